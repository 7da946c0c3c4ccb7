"""What a person said of a row of a batch outlives a new check of the file."""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import SecureRecord


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0011_history_of_inserts"),
        ("unions", "0005_history_without_passwords"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportAnswer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField(verbose_name="行号")),
                ("typed", models.BinaryField(null=True, verbose_name="改正的格子")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("new", "按新增"), ("known", "按此人更新"), ("later", "暂不处理")],
                        max_length=10,
                        verbose_name="处理",
                    ),
                ),
                ("target_id", models.BigIntegerField(null=True, verbose_name="是哪一条")),
                ("seen", models.BinaryField(null=True, verbose_name="当时的内容")),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="core.importbatch",
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.administrativedivision",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入行的处理",
                "verbose_name_plural": "导入行的处理",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "number"),
                        name="importanswer_once",
                        violation_error_message="同一行只留一份处理。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", ["", "new", "known", "later"])),
                        name="importanswer_decision_known",
                        violation_error_message="处理只能是按新增、按此人更新或暂不处理。",
                    ),
                ],
            },
        ),
        SecureRecord("ImportAnswer"),
    ]
