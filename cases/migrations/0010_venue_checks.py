"""Checks of venues in use against the six-have standard."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from core.operations import ScopeTable

PROJECT = {"project_id": "cases_project"}


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_tap"),
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.CreateModel(
            name="VenueCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="登记时间"
                    ),
                ),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="归档时间"),
                ),
                ("checked_on", models.DateField(verbose_name="检查日期")),
                ("has_sign", models.BooleanField(verbose_name="有名称标识")),
                ("has_place", models.BooleanField(verbose_name="有合适场地")),
                ("has_facilities", models.BooleanField(verbose_name="有服务设施")),
                ("has_services", models.BooleanField(verbose_name="有服务功能")),
                ("has_rules", models.BooleanField(verbose_name="有管理制度")),
                ("is_on_map", models.BooleanField(verbose_name="已上站点地图")),
                ("findings", models.CharField(blank=True, max_length=300, verbose_name="缺什么")),
                ("rectify_by", models.DateField(blank=True, null=True, verbose_name="整改期限")),
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="venue_checks",
                        to="cases.project",
                        verbose_name="建设项目",
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
                "verbose_name": "六有检查",
                "verbose_name_plural": "六有检查",
                "ordering": ["-checked_on", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at__isnull", True)),
                        fields=("project", "checked_on"),
                        name="venuecheck_once_a_day",
                        violation_error_message="这一天已有六有检查，请修改原记录。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("has_facilities", True),
                                ("has_place", True),
                                ("has_rules", True),
                                ("has_services", True),
                                ("has_sign", True),
                                ("is_on_map", True),
                            ),
                            models.Q(("findings", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="venuecheck_missing_explained",
                        violation_error_message="六项没有都做到的，请写明缺什么。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rectify_by__isnull", True),
                            ("rectify_by__gte", models.F("checked_on")),
                            _connector="OR",
                        ),
                        name="venuecheck_rectified_after",
                        violation_error_message="整改期限不能早于检查日期。",
                    ),
                ],
            },
        ),
        ScopeTable("VenueCheck", parents=PROJECT),
    ]
