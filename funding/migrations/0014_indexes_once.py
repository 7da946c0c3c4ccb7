"""Foreign keys with which another index begins have none of their own."""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import WithoutIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("cases", "0018_indexes_once"),
        ("funding", "0013_statements_hold_the_month"),
    ]

    operations = [
        WithoutIndex(
            model_name="costshare",
            name="rule",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shares",
                to="funding.costsharerule",
                verbose_name="分担办法",
            ),
        ),
        WithoutIndex(
            model_name="settlement",
            name="programme",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settlements",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
        WithoutIndex(
            model_name="settlementexception",
            name="settlement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exceptions",
                to="funding.settlement",
                verbose_name="月结算",
            ),
        ),
        WithoutIndex(
            model_name="settlementline",
            name="settlement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="funding.settlement",
                verbose_name="月结算",
            ),
        ),
        WithoutIndex(
            model_name="settlementspending",
            name="settlement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="spendings",
                to="funding.settlement",
                verbose_name="月结算",
            ),
        ),
        WithoutIndex(
            model_name="shopstatement",
            name="shop",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statements",
                to="cases.partnershop",
                verbose_name="门店",
            ),
        ),
    ]
