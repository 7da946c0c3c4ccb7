"""The key over (row, county) proves what the plain key proved: each row asks once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0013_persons_kept"),
    ]

    operations = [
        migrations.AlterField(
            model_name="enrolment",
            name="programme",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
        migrations.AlterField(
            model_name="mealcard",
            name="programme",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cards",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
        migrations.AlterField(
            model_name="mealcheckin",
            name="programme",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meals",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
    ]
