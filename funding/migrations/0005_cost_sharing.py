"""Cost-sharing rules and their parts, which make up the face value whatever writes them."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import unions.models.employers
from core.operations import ScopeTable

WHOLE = """
create function funding_shares_whole() returns trigger language plpgsql as $$
declare
  rule_key bigint := (coalesce(to_jsonb(new), to_jsonb(old)) ->> tg_argv[0])::bigint;
  missing numeric;
  is_shared boolean;
begin
  select r.face_value - coalesce(sum(s.amount), 0), count(s.weight) > 0 into missing, is_shared
  from funding_costsharerule r left join funding_costshare s on s.rule_id = r.id
  where r.id = rule_key group by r.id;
  if missing < 0 or (missing = 0 and is_shared) or (missing > 0 and not is_shared) then
    raise exception 'shares of rule % do not make up the face value', rule_key
      using errcode = 'check_violation', hint = '各方承担的合计必须等于每份标准。请核对各方的金额和比例。';
  end if;
  return null;
end $$;
create constraint trigger shares_whole after insert or update on funding_costsharerule
  deferrable initially deferred for each row execute function funding_shares_whole('id');
create constraint trigger shares_whole after insert or update or delete on funding_costshare
  deferrable initially deferred for each row execute function funding_shares_whole('rule_id');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_meal_channel"),
        ("funding", "0004_subsidies"),
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.CreateModel(
            name="CostShareRule",
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
                    "face_value",
                    models.DecimalField(decimal_places=2, max_digits=10, verbose_name="每份标准（元）"),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="依据")),
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
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cost_share_rules",
                        to="cases.programme",
                        verbose_name="服务项目",
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
                "verbose_name": "费用分担",
                "verbose_name_plural": "费用分担",
                "ordering": ["-valid_from", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CostShare",
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
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                (
                    "payer",
                    models.CharField(
                        choices=[("source", "资金来源"), ("merchant", "商家让利"), ("worker", "职工个人")],
                        max_length=10,
                        verbose_name="承担方",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="每份（元）"
                    ),
                ),
                (
                    "weight",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="比例",
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
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cost_shares",
                        to="funding.fundingsource",
                        verbose_name="资金来源",
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
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="funding.costsharerule",
                        verbose_name="分担办法",
                    ),
                ),
            ],
            options={
                "verbose_name": "分担各方",
                "verbose_name_plural": "分担各方",
                "ordering": ["rule", "position"],
            },
        ),
        migrations.AddConstraint(
            model_name="costsharerule",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                expressions=[
                    ("programme", "="),
                    (
                        unions.models.employers.DateSpan(
                            "valid_from", "valid_to", django.contrib.postgres.fields.ranges.RangeBoundary()
                        ),
                        "&&",
                    ),
                ],
                name="costsharerule_no_overlap",
                violation_error_message="这个项目在这段时间已有分担办法。请先给原来的办法填写终止日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="costsharerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="costsharerule_ends_after_start",
                violation_error_message="终止日期必须晚于起始日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="costsharerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("face_value__gt", 0)),
                name="costsharerule_face_value_positive",
                violation_error_message="每份标准必须大于0。",
            ),
        ),
        migrations.AddConstraint(
            model_name="costshare",
            constraint=models.UniqueConstraint(
                fields=("rule", "position"),
                name="costshare_position_once",
                violation_error_message="分担各方的次序不能重复。",
            ),
        ),
        migrations.AddConstraint(
            model_name="costshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("payer__in", ["source", "merchant", "worker"])),
                name="costshare_payer_known",
                violation_error_message="请写明由谁承担。",
            ),
        ),
        migrations.AddConstraint(
            model_name="costshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payer", "source"), ("source__isnull", False)),
                    models.Q(
                        models.Q(("payer", "source"), _negated=True),
                        ("source__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="costshare_source_named",
                violation_error_message="由资金来源承担的要写明来源；商家让利和职工个人不写来源。",
            ),
        ),
        migrations.AddConstraint(
            model_name="costshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("amount__isnull", False), ("weight__isnull", True)),
                    models.Q(("amount__isnull", True), ("weight__gt", 0), ("weight__isnull", False)),
                    _connector="OR",
                ),
                name="costshare_amount_or_weight",
                violation_error_message="每一方要么写每份多少元，要么写比例，必须大于0。",
            ),
        ),
        ScopeTable("CostShareRule", parents={"programme_id": "cases_programme"}, is_parent=True),
        ScopeTable(
            "CostShare",
            parents={"rule_id": "funding_costsharerule", "source_id": "funding_fundingsource"},
        ),
        migrations.RunSQL(WHOLE, migrations.RunSQL.noop),
    ]
