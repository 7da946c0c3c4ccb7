"""What the union doubts about single meals; and the month of a meal held still, for whoever looks after its meals."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from core.operations import ScopeTable

# Whoever settles months replaces it: where nobody does, no month is settled.
HOLD = """
create function cases_month_state(programme bigint, day date) returns text language sql stable as $$
  select ''
$$;
comment on function cases_month_state(bigint, date) is
  'How far the settlement of the day''s month is: generated, checked, approved or nothing.';

create function cases_hold_month(programme bigint, day date) returns text language sql volatile as $$
  select ''
$$;
comment on function cases_hold_month(bigint, date) is
  'Holds the settlement of the day''s month still and says how far it is.';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0029_worker_phones"),
        ("unions", "0007_unions_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="MealDoubt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="登记时间"
                    ),
                ),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="归档时间"),
                ),
                ("words", models.CharField(max_length=300, verbose_name="疑问")),
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
                        related_name="doubts",
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
                "verbose_name": "就餐疑问",
                "verbose_name_plural": "就餐疑问",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at__isnull", True)),
                        fields=("meal",),
                        name="mealdoubt_once",
                        violation_error_message="这份早餐已经有人提出疑问。要改写的，先撤回再提出。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="mealdoubt_explained",
                        violation_error_message="请写明哪里有疑问。",
                    ),
                ],
            },
        ),
        ScopeTable("MealDoubt"),
        migrations.RunSQL(
            HOLD,
            "drop function cases_hold_month(bigint, date); drop function cases_month_state(bigint, date)",
        ),
    ]
