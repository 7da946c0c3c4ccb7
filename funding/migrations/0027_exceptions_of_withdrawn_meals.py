"""What a month lists of a meal goes with the meal, where its registration is withdrawn; the table stays as it is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0030_meal_doubts"),
        ("funding", "0026_match_of_active_projects"),
    ]

    operations = [
        migrations.AlterField(
            model_name="settlementexception",
            name="meal",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="cases.mealcheckin",
                verbose_name="就餐打卡",
            ),
        ),
    ]
