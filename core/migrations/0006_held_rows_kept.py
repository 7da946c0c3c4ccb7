"""Held rows keep their cells, sealed; batches may continue another one, or be done with."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_import_mapping"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="continues",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="continued_by",
                to="core.importbatch",
                verbose_name="接着处理",
            ),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="dismissed_at",
            field=models.DateTimeField(null=True, verbose_name="问题行了结时间"),
        ),
        migrations.AddField(
            model_name="importrow",
            name="raw",
            field=models.BinaryField(null=True),
        ),
    ]
