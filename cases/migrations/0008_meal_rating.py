"""What workers say about their meals."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from core.operations import ScopeTable


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_project_life"),
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.CreateModel(
            name="MealRating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="评分",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                (
                    "rated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="评价时间"
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.administrativedivision",
                        verbose_name="县级区划",
                    ),
                ),
                (
                    "meal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ratings",
                        db_index=False,
                        to="cases.mealcheckin",
                        verbose_name="就餐打卡",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.union",
                        verbose_name="所属工会",
                    ),
                ),
            ],
            options={
                "verbose_name": "就餐评价",
                "verbose_name_plural": "就餐评价",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("meal",), name="rating_once", violation_error_message="这份早餐已经评价过了。"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stars__range", (1, 5))),
                        name="rating_in_scale",
                        violation_error_message="评分是1至5分。",
                    ),
                ],
            },
        ),
        ScopeTable("MealRating"),
    ]
