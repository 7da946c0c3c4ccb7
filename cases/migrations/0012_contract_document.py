"""The scanned paper of a shop's contract."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_scan_anomalies"),
        ("core", "0011_history_of_inserts"),
    ]

    operations = [
        migrations.AddField(
            model_name="shopcontract",
            name="evidence",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.storedfile",
                verbose_name="合同文件",
            ),
        ),
    ]
