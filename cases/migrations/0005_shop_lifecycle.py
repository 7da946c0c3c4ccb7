"""A shop has a life: application, inspections, contracts with a discount, days without service.

What stood on the shop as its one contract becomes the first row of its contracts. The rows are written before
their table has history, and the shops' stages and codes come with their columns, so no row changes outside an
action.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import cases.models.shops
import unions.models.employers
from core.operations import ParentTable, ScopeTable

SHOP = {"shop_id": "cases_partnershop"}
CONTRACTS = """
select set_config('app.counties',
                  coalesce((select string_agg(code::text, ',') from unions_administrativedivision), ''), true);
insert into cases_shopcontract
  (version, created_at, valid_from, valid_to, contract_no, union_id, county_id, shop_id)
select 1, created_at, valid_from, valid_to, '', union_id, county_id, id from cases_partnershop;
set constraints all immediate;
set constraints all deferred;
"""
STAGES = """
alter table cases_partnershop alter column stage type varchar(10)
  using case when valid_to <= current_date then 'ended' else 'contracted' end;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_meal_channel"),
        ("members", "0002_scope"),
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShopContract",
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
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                ("contract_no", models.CharField(blank=True, max_length=60, verbose_name="合同编号")),
                (
                    "discount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="每份让利（元）",
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
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="cases.partnershop",
                        verbose_name="门店",
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
                "verbose_name": "门店合同",
                "verbose_name_plural": "门店合同",
                "ordering": ["-valid_from", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="shopcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="contract_ends_after_start",
                violation_error_message="合同终止日期必须晚于起始日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount__isnull", True), ("discount__gte", 0), _connector="OR"),
                name="contract_discount_not_negative",
                violation_error_message="每份让利不能是负数。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopcontract",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("shop", "="),
                    (
                        unions.models.employers.DateSpan(
                            "valid_from", "valid_to", django.contrib.postgres.fields.ranges.RangeBoundary()
                        ),
                        "&&",
                    ),
                ],
                name="contract_no_overlap",
                violation_error_message="这家门店在这段时间已有合同，请核对日期。",
            ),
        ),
        migrations.CreateModel(
            name="ShopInspection",
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
                ("inspected_on", models.DateField(verbose_name="检查日期")),
                ("passed", models.BooleanField(verbose_name="合格")),
                ("findings", models.CharField(blank=True, max_length=1000, verbose_name="检查情况")),
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
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inspections",
                        to="cases.partnershop",
                        verbose_name="门店",
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
                "verbose_name": "门店检查",
                "verbose_name_plural": "门店检查",
                "ordering": ["-inspected_on", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="shopinspection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("passed", True), models.Q(("findings", ""), _negated=True), _connector="OR"
                ),
                name="inspection_failure_explained",
                violation_error_message="检查不合格的，要写明情况。",
            ),
        ),
        migrations.CreateModel(
            name="ShopPause",
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
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[("pause", "停供日"), ("suspension", "暂停资格")],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="原因")),
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
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="cases.partnershop",
                        verbose_name="门店",
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
                "verbose_name": "门店停供",
                "verbose_name_plural": "门店停供",
                "ordering": ["-valid_from", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="shoppause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="pause_ends_after_start",
                violation_error_message="恢复供餐的日期必须晚于停供的日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shoppause",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["pause", "suspension"])),
                name="pause_kind_known",
                violation_error_message="请选择停供的种类。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shoppause",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "suspension"), ("valid_to__isnull", False), _connector="OR"),
                name="pause_has_end",
                violation_error_message="停供日要写明最后一天。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shoppause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "pause"), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="pause_suspension_explained",
                violation_error_message="暂停门店资格要写明原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shoppause",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("shop", "="),
                    ("kind", "="),
                    (
                        unions.models.employers.DateSpan(
                            "valid_from", "valid_to", django.contrib.postgres.fields.ranges.RangeBoundary()
                        ),
                        "&&",
                    ),
                ],
                name="pause_no_overlap",
                violation_error_message="这家门店在这段时间已登记停供，请核对日期。",
            ),
        ),
        ParentTable("PartnerShop"),
        ParentTable("Enrolment"),
        migrations.RunSQL(CONTRACTS, migrations.RunSQL.noop),
        *(ScopeTable(name, parents=SHOP) for name in ("ShopContract", "ShopInspection", "ShopPause")),
        migrations.AddField(
            model_name="partnershop",
            name="stage",
            field=models.CharField(
                choices=[
                    ("applied", "已申请"),
                    ("inspected", "验收合格"),
                    ("contracted", "已签约"),
                    ("ended", "已终止"),
                    ("refused", "未通过"),
                ],
                default="applied",
                max_length=10,
                verbose_name="阶段",
            ),
        ),
        migrations.RunSQL(STAGES, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="partnershop",
            name="shop_ends_after_start",
        ),
        migrations.RemoveField(
            model_name="partnershop",
            name="valid_from",
        ),
        migrations.RemoveField(
            model_name="partnershop",
            name="valid_to",
        ),
        migrations.AddField(
            model_name="enrolment",
            name="crew_leader",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.person",
                verbose_name="所属班组长",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="employer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="unions.employer",
                verbose_name="用人单位",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="is_crew_leader",
            field=models.BooleanField(db_default=False, default=False, verbose_name="班组长"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="address",
            field=models.CharField(blank=True, max_length=200, verbose_name="地址"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="applied_on",
            field=models.DateField(blank=True, null=True, verbose_name="申请日期"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="contact_post",
            field=models.CharField(blank=True, max_length=60, verbose_name="联系岗位"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="door_code",
            field=models.CharField(
                db_default=django.db.models.functions.text.Left(
                    django.db.models.functions.text.Replace(
                        django.db.models.functions.comparison.Cast(
                            django.contrib.postgres.functions.RandomUUID(), models.CharField()
                        ),
                        models.Value("-"),
                        models.Value(""),
                    ),
                    12,
                ),
                default=cases.models.shops.new_door_code,
                editable=False,
                error_messages={"unique": "这个门店码已有门店使用。"},
                max_length=12,
                unique=True,
                verbose_name="门店码",
            ),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="latitude",
            field=models.DecimalField(
                blank=True, decimal_places=6, max_digits=8, null=True, verbose_name="纬度"
            ),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="longitude",
            field=models.DecimalField(
                blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="经度"
            ),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="phone",
            field=models.CharField(blank=True, max_length=20, verbose_name="门店电话"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="refusal",
            field=models.CharField(blank=True, max_length=500, verbose_name="未通过原因"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="serves_from",
            field=models.TimeField(blank=True, null=True, verbose_name="供餐开始"),
        ),
        migrations.AddField(
            model_name="partnershop",
            name="serves_until",
            field=models.TimeField(blank=True, null=True, verbose_name="供餐结束"),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("crew_leader__isnull", True),
                    models.Q(("crew_leader", models.F("person")), _negated=True),
                    _connector="OR",
                ),
                name="enrolment_leads_no_self",
                violation_error_message="不能把本人登记为自己的班组长。",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnershop",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["applied", "inspected", "contracted", "ended", "refused"])),
                name="shop_stage_known",
                violation_error_message="请选择门店的阶段。",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnershop",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage", "refused"), ("refusal", ""), _connector="XOR"),
                name="shop_refusal_explained",
                violation_error_message="申请未通过的门店要写明原因；其他门店不写。",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnershop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                    models.Q(
                        ("latitude__isnull", False),
                        ("longitude__isnull", False),
                        ("latitude__range", (3, 54)),
                        ("longitude__range", (73, 136)),
                    ),
                    _connector="OR",
                ),
                name="shop_on_the_map",
                violation_error_message="经度和纬度要一起填写，并且在中国境内（经度73至136，纬度3至54）。",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnershop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("serves_from__isnull", True), ("serves_until__isnull", True)),
                    models.Q(
                        ("serves_from__isnull", False),
                        ("serves_until__gt", models.F("serves_from")),
                        ("serves_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="shop_hours_in_order",
                violation_error_message="供餐开始和结束要一起填写，结束要晚于开始。",
            ),
        ),
    ]
