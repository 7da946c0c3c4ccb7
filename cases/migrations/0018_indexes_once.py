"""Foreign keys with which another index begins have none of their own."""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import WithoutIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("cases", "0017_read_tap"),
    ]

    operations = [
        WithoutIndex(
            model_name="checkindevice",
            name="shop",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="devices",
                to="cases.partnershop",
                verbose_name="门店",
            ),
        ),
        WithoutIndex(
            model_name="mealcard",
            name="programme",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cards",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
        WithoutIndex(
            model_name="partnershop",
            name="programme",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shops",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
        WithoutIndex(
            model_name="rejectedscan",
            name="shop",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rejected_scans",
                to="cases.partnershop",
                verbose_name="门店",
            ),
        ),
    ]
