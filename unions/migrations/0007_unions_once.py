"""The union has no index of its own where another one begins with it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import WithoutIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("unions", "0006_keys_once"),
    ]

    operations = [
        WithoutIndex(
            model_name="legalpersonregistration",
            name="union",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.UNION_MODEL,
                verbose_name="所属工会",
            ),
        ),
        WithoutIndex(
            model_name="unionheadcount",
            name="union",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.UNION_MODEL,
                verbose_name="所属工会",
            ),
        ),
    ]
