"""How tables are read: what was found, what a person chose, what is remembered for the county."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.operations import ScopeTable


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_importbatch_defaults"),
        ("unions", "0003_constraint_sentences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="chosen",
            field=models.JSONField(default=dict, verbose_name="指定的读法"),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="reading",
            field=models.JSONField(default=dict, verbose_name="读表结果"),
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("resource", models.CharField(max_length=40, verbose_name="内容")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="表头特征")),
                ("columns", models.JSONField(default=dict, verbose_name="列对应")),
                (
                    "changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="指定时间"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="指定人",
                    ),
                ),
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
                "verbose_name": "记住的列对应",
                "verbose_name_plural": "记住的列对应",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("county", "resource", "fingerprint"),
                        name="importmapping_once",
                        violation_error_message="同样的表头只记住一种读法。",
                    )
                ],
            },
        ),
        ScopeTable("ImportMapping"),
    ]
