"""What the union itself doubts about meals that no rule finds."""

from django.db import models
from django.db.models import Q

from cases.models.meals import MealCheckIn
from core.models import Versioned
from core.scope import Scoped


class MealDoubt(Scoped, Versioned):
    """A clerk's question about one meal, which is not paid until it is decided; archived when it is taken back."""

    meal = models.ForeignKey(MealCheckIn, models.CASCADE, verbose_name="就餐打卡", related_name="doubts")
    words = models.CharField("疑问", max_length=300)
    is_told_alone = True

    class Meta:
        verbose_name = verbose_name_plural = "就餐疑问"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meal"],
                condition=Q(archived_at__isnull=True),
                name="mealdoubt_once",
                violation_error_message="这份早餐已经有人提出疑问。要改写的，先撤回再提出。",
            ),
            models.CheckConstraint(
                name="mealdoubt_explained",
                condition=~Q(words=""),
                violation_error_message="请写明哪里有疑问。",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def standing(self) -> str:
        """What became of it, as lists write it."""
        return "已撤回" if self.is_archived else "列入那个月的结算"
