"""The key over (month or line, county) proves what the plain key proved: each row asks once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0016_spending_set_off"),
    ]

    operations = [
        migrations.AlterField(
            model_name="settlementexception",
            name="settlement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exceptions",
                to="funding.settlement",
                verbose_name="月结算",
            ),
        ),
        migrations.AlterField(
            model_name="settlementline",
            name="settlement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="funding.settlement",
                verbose_name="月结算",
            ),
        ),
        migrations.AlterField(
            model_name="settlementshare",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shares",
                to="funding.settlementline",
                verbose_name="门店结算",
            ),
        ),
        migrations.AlterField(
            model_name="settlementshare",
            name="settlement",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shares",
                to="funding.settlement",
                verbose_name="月结算",
            ),
        ),
    ]
