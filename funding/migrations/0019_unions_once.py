"""The union has no index of its own where another one begins with it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import WithoutIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("funding", "0018_frozen_asked_once"),
    ]

    operations = [
        WithoutIndex(
            model_name="fundingsource",
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
