"""What workers say about their meals."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from cases.models.meals import MealCheckIn
from core.scope import Scoped

LOWEST, HIGHEST = 1, 5


class MealRating(Scoped):
    """One worker's word about one meal: one to five, and what he likes to add. Shown without his name."""

    meal = models.ForeignKey(
        MealCheckIn, models.CASCADE, verbose_name="就餐打卡", related_name="ratings", db_index=False
    )
    stars = models.PositiveSmallIntegerField(
        "评分", validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)]
    )
    words = models.CharField("意见", max_length=200, blank=True)
    rated_at = models.DateTimeField("评价时间", default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "就餐评价"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meal"], name="rating_once", violation_error_message="这份早餐已经评价过了。"
            ),
            models.CheckConstraint(
                name="rating_in_scale",
                condition=models.Q(stars__range=(LOWEST, HIGHEST)),
                violation_error_message="评分是1至5分。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars}分"
