"""The yearly subsidy of county unions and the counties' funding targets."""

from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import unions.models.employers
from core.operations import ScopeTable, TrackTable


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_importrow_of_batch"),
        ("funding", "0003_waterfall"),
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubsidyStandard",
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
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("national", "全总对口联系"),
                            ("provincial", "省总对口联系"),
                            ("prefecture", "市州对口联系"),
                        ],
                        max_length=10,
                        verbose_name="对口层级",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="标准（元）",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                (
                    "spend_within",
                    models.PositiveSmallIntegerField(
                        default=12,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="使用期限（月）",
                    ),
                ),
                ("basis", models.CharField(max_length=120, verbose_name="依据（文号）")),
            ],
            options={
                "verbose_name": "补助标准",
                "verbose_name_plural": "补助标准",
                "ordering": ["tier", "-valid_from"],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("archived_at__isnull", True)),
                        expressions=[
                            ("tier", "="),
                            (
                                unions.models.employers.DateSpan(
                                    "valid_from",
                                    "valid_to",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                ),
                                "&&",
                            ),
                        ],
                        name="standard_once_at_a_time",
                        violation_error_message="这个层级在这段时间已有补助标准，请先给原来的填写终止日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tier__in", ["national", "provincial", "prefecture"])),
                        name="standard_tier_known",
                        violation_error_message="请选择对口层级。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)),
                        name="standard_amount_positive",
                        violation_error_message="补助标准要大于0。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="standard_ends_after_start",
                        violation_error_message="终止日期必须晚于起始日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spend_within__gte", 1), ("spend_within__lte", 60)),
                        name="standard_spend_within",
                        violation_error_message="使用期限在1到60个月之间。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubsidyGrant",
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
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="年度",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("national", "全总对口联系"),
                            ("provincial", "省总对口联系"),
                            ("prefecture", "市州对口联系"),
                        ],
                        max_length=10,
                        verbose_name="对口层级",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="补助金额（元）",
                    ),
                ),
                ("granted_on", models.DateField(verbose_name="下达日期")),
                ("document_no", models.CharField(blank=True, max_length=80, verbose_name="文号")),
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
                (
                    "standard",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.subsidystandard",
                        verbose_name="补助标准",
                    ),
                ),
            ],
            options={
                "verbose_name": "县级工会补助",
                "verbose_name_plural": "县级工会补助",
                "ordering": ["-year", "union_id"],
            },
        ),
        migrations.CreateModel(
            name="CountyTier",
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
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="年度",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("national", "全总对口联系"),
                            ("provincial", "省总对口联系"),
                            ("prefecture", "市州对口联系"),
                        ],
                        max_length=10,
                        verbose_name="对口层级",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
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
                "verbose_name": "对口联系层级",
                "verbose_name_plural": "对口联系层级",
                "ordering": ["-year", "union_id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at__isnull", True)),
                        fields=("union", "year"),
                        name="county_tier_once",
                        violation_error_message="这个县这一年已登记对口层级，请修改原来的。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tier__in", ["national", "provincial", "prefecture"])),
                        name="county_tier_known",
                        violation_error_message="请选择对口层级。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundingTarget",
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
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="年度",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("all", "全部来源"),
                            ("superior_union", "上级工会"),
                            ("counterpart", "对口援助"),
                            ("enterprise", "援建企业"),
                            ("county_match", "县级配套"),
                            ("donation", "社会捐赠"),
                            ("worker", "职工个人"),
                            ("treasury", "财政"),
                            ("mixed", "多方共同"),
                        ],
                        default="all",
                        max_length=16,
                        verbose_name="来源类别",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="目标（元）",
                    ),
                ),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="依据")),
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
                "verbose_name": "资金目标",
                "verbose_name_plural": "资金目标",
                "ordering": ["-year", "union_id", "kind"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at__isnull", True)),
                        fields=("union", "year", "kind"),
                        name="funding_target_once",
                        violation_error_message="这一年这类来源的资金目标已登记，请修改原来的。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)),
                        name="funding_target_positive",
                        violation_error_message="资金目标要大于0。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "all",
                                    "superior_union",
                                    "counterpart",
                                    "enterprise",
                                    "county_match",
                                    "donation",
                                    "worker",
                                    "treasury",
                                    "mixed",
                                ],
                            )
                        ),
                        name="funding_target_kind_known",
                        violation_error_message="请选择来源类别。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubsidyEntry",
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
                (
                    "stage",
                    models.CharField(
                        choices=[("received", "到账"), ("spent", "支出")], max_length=10, verbose_name="收支"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="金额（元）",
                    ),
                ),
                ("occurred_on", models.DateField(verbose_name="日期")),
                ("purpose", models.CharField(blank=True, max_length=200, verbose_name="用途")),
                ("document_no", models.CharField(blank=True, max_length=80, verbose_name="凭证号")),
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
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                        verbose_name="凭证文件",
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
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="funding.subsidygrant",
                        verbose_name="县级工会补助",
                    ),
                ),
            ],
            options={
                "verbose_name": "补助收支",
                "verbose_name_plural": "补助收支",
                "ordering": ["-occurred_on", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)),
                        name="subsidy_entry_positive",
                        violation_error_message="金额必须大于0。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["received", "spent"])),
                        name="subsidy_entry_stage_known",
                        violation_error_message="请选择到账或支出。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose", ""), ("stage", "spent"), _negated=True),
                        name="subsidy_spending_has_purpose",
                        violation_error_message="请填写支出的用途。",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="subsidygrant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("union", "year"),
                name="subsidy_once_a_year",
                violation_error_message="这个县这一年的补助已下达。",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidygrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="subsidy_amount_positive",
                violation_error_message="补助金额要大于0。",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidygrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("tier__in", ["national", "provincial", "prefecture"])),
                name="subsidy_tier_known",
                violation_error_message="请选择对口层级。",
            ),
        ),
        ScopeTable("CountyTier"),
        TrackTable("SubsidyStandard"),
        ScopeTable("SubsidyGrant", is_parent=True),
        ScopeTable("SubsidyEntry", parents={"grant_id": "funding_subsidygrant"}),
        ScopeTable("FundingTarget"),
    ]
