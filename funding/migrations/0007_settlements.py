"""Months, their lines, exceptions, payments and corrections; what was approved stays as it was."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.operations import ScopeTable

FROZEN = """
create function funding_is_frozen(settlement bigint) returns boolean language sql stable as $$
  select exists (
    select from funding_settlement where id = settlement and stage in ('approved', 'paid', 'closed'))
$$;

create function funding_refuse_frozen() returns void language plpgsql as $$
begin
  raise exception 'an approved month does not change' using errcode = 'check_violation',
    hint = '这个月的结算已批准，不能再改。多付、少付的请登记更正，记入以后的月份。';
end $$;

-- Lines, parts, exceptions and corrections taken: the column in the argument names their month.
create function funding_keep_frozen() returns trigger language plpgsql as $$
declare
  touched bigint;
  tables text[] := case tg_op when 'INSERT' then array['new_rows'] when 'DELETE' then array['old_rows']
    else array['new_rows', 'old_rows'] end;
  name text;
begin
  perform app_event();
  foreach name in array tables loop
    execute format(
      'select max(month) from (select distinct %I as month from %I) m where funding_is_frozen(month)',
      tg_argv[0], name) into touched;
    if touched is not null then
      perform funding_refuse_frozen();
    end if;
  end loop;
  return null;
end $$;

-- The month itself: after its approval it only moves on.
create function funding_keep_settlement() returns trigger language plpgsql as $$
declare moving text[] := array['stage', 'version'];
begin
  perform app_event();
  if old.stage not in ('approved', 'paid', 'closed') then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(old) - moving <> to_jsonb(new) - moving
    or (old.stage, new.stage) not in (
      ('approved', 'approved'), ('approved', 'paid'), ('paid', 'paid'), ('paid', 'closed'), ('closed', 'closed'))
  then
    perform funding_refuse_frozen();
  end if;
  return new;
end $$;

-- Meals: whoever writes one holds the month still, so that it is not approved meanwhile.
create function funding_keep_meals() returns trigger language plpgsql as $$
declare
  tables text[] := case tg_op when 'INSERT' then array['new_rows'] when 'DELETE' then array['old_rows']
    else array['new_rows', 'old_rows'] end;
  name text;
  stage text;
begin
  perform app_event();
  foreach name in array tables loop
    for stage in execute format(
      'select s.stage from funding_settlement s where (s.programme_id, s.month) in (
         select distinct programme_id, date_trunc(''month'', served_on)::date from %I) for share of s', name)
    loop
      if stage in ('approved', 'paid', 'closed') then
        raise exception 'an approved month does not change' using errcode = 'check_violation',
          hint = '这个月的结算已批准，就餐记录不能再改。多付、少付的请在结算页面登记更正。';
      end if;
    end loop;
  end loop;
  return null;
end $$;

create function funding_keep_payment() returns trigger language plpgsql as $$
begin
  perform app_event();
  if tg_op <> 'INSERT' then
    raise exception 'payments are append-only' using errcode = 'check_violation',
      hint = '付款登记后不能改。付错的请登记更正，记入以后的月份。';
  end if;
  if not exists (
    select from funding_settlementline l join funding_settlement s on s.id = l.settlement_id
    where l.id = new.line_id and s.id = new.settlement_id and s.stage = 'approved' and l.payable = new.amount)
  then
    raise exception 'no approved amount' using errcode = 'check_violation',
      hint = '只有已批准的结算才能付款，金额必须等于批准的应付金额。';
  end if;
  return new;
end $$;

-- What a settled month used stays as it was.
create function funding_keep_share() returns trigger language plpgsql as $$
begin
  perform app_event();
  if exists (select from funding_settlementshare p where p.share_id = old.id and funding_is_frozen(p.settlement_id))
  then
    raise exception 'a share that was settled does not change' using errcode = 'check_violation',
      hint = '已批准的结算用到了这个分担办法，各方和金额不能再改。请填写终止日期，从新的日期起另登记一个。';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;

create function funding_keep_spending() returns trigger language plpgsql as $$
begin
  perform app_event();
  if exists (select from funding_settlementspending p where p.line_id = old.id) then
    raise exception 'written by a settlement' using errcode = 'check_violation',
      hint = '这笔支出由月结算生成，不能另外改动。请在月结算里登记更正。';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;

create trigger keep_frozen before update or delete on funding_settlement
  for each row execute function funding_keep_settlement();
create trigger keep_frozen before insert or update or delete on funding_payment
  for each row execute function funding_keep_payment();
create trigger keep_frozen before update or delete on funding_costshare
  for each row execute function funding_keep_share();
create trigger keep_frozen before update or delete on funding_fundingline
  for each row execute function funding_keep_spending();
"""
KEEP = """
create trigger keep_insert after insert on {table} referencing new table as new_rows
  for each statement execute function {function}({argument});
create trigger keep_update after update on {table} referencing old table as old_rows new table as new_rows
  for each statement execute function {function}({argument});
create trigger keep_delete after delete on {table} referencing old table as old_rows
  for each statement execute function {function}({argument});
"""
KEPT = (
    ("funding_settlementline", "funding_keep_frozen", "'settlement_id'"),
    ("funding_settlementshare", "funding_keep_frozen", "'settlement_id'"),
    ("funding_settlementexception", "funding_keep_frozen", "'settlement_id'"),
    ("funding_settlementcorrection", "funding_keep_frozen", "'taken_in_id'"),
    ("cases_mealcheckin", "funding_keep_meals", ""),
)
OF_MONTH = {"settlement_id": "funding_settlement"}


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_shop_lifecycle"),
        ("funding", "0006_contracts"),
        ("unions", "0003_constraint_sentences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Settlement",
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
                ("month", models.DateField(verbose_name="月份")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("drafted", "已生成"),
                            ("confirmed", "门店已确认"),
                            ("checked", "已核对"),
                            ("approved", "已批准"),
                            ("paid", "已付款"),
                            ("closed", "已归档"),
                        ],
                        default="drafted",
                        max_length=10,
                        verbose_name="阶段",
                    ),
                ),
                ("eligible_days", models.PositiveIntegerField(default=0, verbose_name="应就餐人天")),
                ("drafted_at", models.DateTimeField(editable=False, null=True, verbose_name="生成时间")),
                ("checked_at", models.DateTimeField(editable=False, null=True, verbose_name="核对时间")),
                ("approved_at", models.DateTimeField(editable=False, null=True, verbose_name="批准时间")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核对人",
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
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
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
                "verbose_name": "月结算",
                "verbose_name_plural": "月结算",
                "ordering": ["-month", "-id"],
            },
        ),
        migrations.CreateModel(
            name="SettlementException",
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
                    "reason",
                    models.CharField(
                        choices=[
                            ("outside_hours", "不在供餐时间"),
                            ("left_post", "当天没有登记在册"),
                            ("closed_shop", "门店当天没有合同或停供"),
                            ("proxy_share", "一人代登过多"),
                            ("two_shops", "几分钟内在两家门店代登"),
                            ("burst", "几秒内连续打卡"),
                            ("statement", "与门店报数不一致"),
                        ],
                        max_length=16,
                        verbose_name="原因",
                    ),
                ),
                ("detail", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "decision",
                    models.CharField(
                        choices=[("open", "待定"), ("accepted", "认可"), ("disputed", "有异议")],
                        default="open",
                        max_length=10,
                        verbose_name="处理",
                    ),
                ),
                ("decision_reason", models.CharField(blank=True, max_length=300, verbose_name="处理理由")),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="处理时间")),
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
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
                (
                    "meal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.mealcheckin",
                        verbose_name="就餐打卡",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exceptions",
                        to="funding.settlement",
                        verbose_name="月结算",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                "verbose_name": "结算疑点",
                "verbose_name_plural": "结算疑点",
                "ordering": ["settlement", "shop", "id"],
            },
        ),
        migrations.CreateModel(
            name="SettlementLine",
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
                ("meals_recorded", models.PositiveIntegerField(default=0, verbose_name="打卡（份）")),
                ("meals_withheld", models.PositiveIntegerField(default=0, verbose_name="待定和有异议（份）")),
                ("meals_valid", models.PositiveIntegerField(default=0, verbose_name="结算（份）")),
                (
                    "meals_stated",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="门店报数（份）"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="面值合计（元）"
                    ),
                ),
                ("correction_meals", models.IntegerField(default=0, verbose_name="更正（份）")),
                (
                    "correction_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="更正面值（元）"
                    ),
                ),
                (
                    "payable",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="应付（元）"
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="门店确认时间"),
                ),
                ("confirmed_how", models.CharField(blank=True, max_length=200, verbose_name="确认方式")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认登记人",
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="funding.settlement",
                        verbose_name="月结算",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement_lines",
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
                "verbose_name": "门店结算",
                "verbose_name_plural": "门店结算",
                "ordering": ["settlement", "shop__name", "id"],
            },
        ),
        migrations.CreateModel(
            name="SettlementCorrection",
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
                ("meals", models.IntegerField(verbose_name="份数（少付为正，多付为负）")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
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
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.costsharerule",
                        verbose_name="分担办法",
                    ),
                ),
                (
                    "taken_in",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="funding.settlement",
                        verbose_name="记入",
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
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="funding.settlementline",
                        verbose_name="更正哪一行",
                    ),
                ),
            ],
            options={
                "verbose_name": "结算更正",
                "verbose_name_plural": "结算更正",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Payment",
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
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="金额（元）")),
                ("reference", models.CharField(max_length=80, verbose_name="付款凭证号")),
                ("paid_on", models.DateField(verbose_name="付款日期")),
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="funding.settlement",
                        verbose_name="月结算",
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        error_messages={"unique": "这家门店这个月已经付过款。"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment",
                        to="funding.settlementline",
                        verbose_name="门店结算",
                    ),
                ),
            ],
            options={
                "verbose_name": "付款",
                "verbose_name_plural": "付款",
                "ordering": ["-paid_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="SettlementShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("meals", models.IntegerField(verbose_name="份数")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="金额（元）")),
                (
                    "correction",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="funding.settlementcorrection",
                        verbose_name="更正",
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
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="funding.settlementline",
                        verbose_name="门店结算",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="funding.settlement",
                        verbose_name="月结算",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settled",
                        to="funding.costshare",
                        verbose_name="承担方",
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
                "verbose_name": "各方承担",
                "verbose_name_plural": "各方承担",
                "ordering": ["line", "share__position", "id"],
            },
        ),
        migrations.CreateModel(
            name="SettlementSpending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="funding.fundingline",
                        verbose_name="资金明细",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spendings",
                        to="funding.settlement",
                        verbose_name="月结算",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
            ],
            options={
                "verbose_name": "结算支出",
                "verbose_name_plural": "结算支出",
            },
        ),
        migrations.CreateModel(
            name="ShopStatement",
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
                ("month", models.DateField(verbose_name="月份")),
                ("meals", models.PositiveIntegerField(verbose_name="报数（份）")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="报账金额（元）",
                    ),
                ),
                ("stated_on", models.DateField(verbose_name="报数日期")),
                (
                    "channel",
                    models.CharField(
                        choices=[("phone", "门店手机"), ("clerk", "工会登记"), ("imported", "表格导入")],
                        db_default="clerk",
                        default="clerk",
                        max_length=10,
                        verbose_name="报数方式",
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
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
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
                "verbose_name": "门店报数",
                "verbose_name_plural": "门店报数",
                "ordering": ["-month", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                fields=("programme", "month"),
                name="settlement_once",
                violation_error_message="这个项目的这个月已经有结算。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)),
                name="settlement_month_first_day",
                violation_error_message="月份要写当月1日。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stage__in", ["drafted", "confirmed", "checked", "approved", "paid", "closed"])
                ),
                name="settlement_stage_known",
                violation_error_message="请选择结算的阶段。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(
                        ("checked_by__isnull", False),
                        models.Q(("approved_by", models.F("checked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="settlement_approved_by_another",
                violation_error_message="核对人不能批准自己核对的结算，请由另一个账号批准。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage__in", ("approved", "paid", "closed")), _negated=True),
                    models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                    _connector="OR",
                ),
                name="settlement_frozen_has_approval",
                violation_error_message="没有批准人和批准时间的结算不能算已批准。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementexception",
            constraint=models.UniqueConstraint(
                fields=("settlement", "shop", "reason", "meal"),
                name="settlementexception_once",
                nulls_distinct=False,
                violation_error_message="同一份早餐的同一个疑点只列一次。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementexception",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        [
                            "outside_hours",
                            "left_post",
                            "closed_shop",
                            "proxy_share",
                            "two_shops",
                            "burst",
                            "statement",
                        ],
                    )
                ),
                name="settlementexception_reason_known",
                violation_error_message="请选择疑点的原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementexception",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["open", "accepted", "disputed"])),
                name="settlementexception_decision_known",
                violation_error_message="请选择怎样处理。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementexception",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decision", "open"),
                    models.Q(
                        models.Q(("decision_reason", ""), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="settlementexception_decision_explained",
                violation_error_message="处理疑点要写明理由。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.UniqueConstraint(
                fields=("settlement", "shop"),
                name="settlementline_once",
                violation_error_message="同一家门店一个月只有一行。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "meals_recorded",
                        django.db.models.expressions.CombinedExpression(
                            models.F("meals_withheld"), "+", models.F("meals_valid")
                        ),
                    )
                ),
                name="settlementline_meals_add_up",
                violation_error_message="结算份数加上待定和有异议的份数，必须等于打卡份数。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.CheckConstraint(
                condition=models.Q(("payable__gte", 0)),
                name="settlementline_payable_not_negative",
                violation_error_message="应付金额不能是负数；多付的从以后的月份里扣。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_at__isnull", True),
                    models.Q(("confirmed_by__isnull", False), models.Q(("confirmed_how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="settlementline_confirmation_complete",
                violation_error_message="门店确认要写明由谁登记、怎样确认。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("meals", 0), _negated=True),
                name="settlementcorrection_not_zero",
                violation_error_message="更正的份数不能是0。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="settlementcorrection_explained",
                violation_error_message="更正要写明理由。",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="payment_positive",
                violation_error_message="付款金额必须大于0。",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                name="payment_has_reference",
                violation_error_message="请填写付款凭证号。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementshare",
            constraint=models.UniqueConstraint(
                fields=("line", "share", "correction"),
                name="settlementshare_once",
                nulls_distinct=False,
                violation_error_message="同一方在一行里只记一次。",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementspending",
            constraint=models.UniqueConstraint(
                fields=("settlement", "source"),
                name="settlementspending_once",
                violation_error_message="一个月的结算对每个来源只记一笔支出。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopstatement",
            constraint=models.UniqueConstraint(
                fields=("shop", "month"),
                name="shopstatement_once",
                violation_error_message="这家门店这个月已有报数，请修改原来的。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)),
                name="shopstatement_month_first_day",
                violation_error_message="月份要写当月1日。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["phone", "clerk", "imported"])),
                name="shopstatement_channel_known",
                violation_error_message="请选择报数方式。",
            ),
        ),
        ScopeTable("Settlement", parents={"programme_id": "cases_programme"}, is_parent=True),
        ScopeTable("SettlementLine", parents=OF_MONTH, is_parent=True),
        ScopeTable("SettlementException", parents=OF_MONTH),
        ScopeTable("ShopStatement"),
        ScopeTable("SettlementCorrection", parents={"line_id": "funding_settlementline"}),
        ScopeTable("SettlementShare", parents={**OF_MONTH, "line_id": "funding_settlementline"}),
        ScopeTable("Payment", parents={**OF_MONTH, "line_id": "funding_settlementline"}),
        ScopeTable("SettlementSpending", parents=OF_MONTH),
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                KEEP.format(table=table, function=function, argument=argument), migrations.RunSQL.noop
            )
            for table, function, argument in KEPT
        ),
    ]
