"""A payment that the bank returned stays in the file and the line is paid again; spending follows what stands.

What was spent on a month is written by day of payment. The days of what was written before come with the
column, so that no row changes outside an action.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

SPENT_ON = """
select set_config('app.counties',
                  coalesce((select string_agg(code::text, ',') from unions_administrativedivision), ''), true);
create function funding_day_of(line bigint) returns date language sql stable as $$
  select recorded_on from funding_fundingline where id = line
$$;
alter table funding_settlementspending add column paid_on date;
alter table funding_settlementspending alter column paid_on type date using funding_day_of(line_id);
alter table funding_settlementspending alter column paid_on set not null;
drop function funding_day_of;
"""
KEEP = """
-- Whoever writes a payment holds the month still: it is not put away meanwhile.
create or replace function funding_keep_payment() returns trigger language plpgsql as $$
declare
  moving text[] := array['returned_on', 'returned_reason', 'returned_by_id', 'returned_at', 'version'];
  month record;
begin
  perform app_event();
  if tg_op = 'DELETE' or (tg_op = 'UPDATE' and to_jsonb(old) - moving <> to_jsonb(new) - moving) then
    raise exception 'payments are append-only' using errcode = 'check_violation',
      hint = '付款登记后不能改。被银行退回的请登记退回，付错金额的请登记更正，记入以后的月份。';
  end if;
  select s.stage into month from funding_settlement s where s.id = new.settlement_id for share;
  if month.stage is distinct from 'approved' or not exists (
    select from funding_settlementline l
    where l.id = new.line_id and l.settlement_id = new.settlement_id and l.payable = new.amount)
  then
    raise exception 'no approved amount' using errcode = 'check_violation',
      hint = '只有已批准的结算才能付款，金额必须等于批准的应付金额。';
  end if;
  return new;
end $$;

create function funding_all_paid(month bigint) returns boolean language sql stable as $$
  select not exists (
    select from funding_settlementline l where l.settlement_id = month and l.payable > 0 and not exists (
      select from funding_payment p where p.line_id = l.id and p.returned_on is null))
$$;

-- The month itself: after its approval it only moves on, and back to where it is paid when money came back.
create or replace function funding_keep_settlement() returns trigger language plpgsql as $$
declare moving text[] := array['stage', 'version'];
begin
  perform app_event();
  if tg_op = 'UPDATE' and new.stage in ('paid', 'closed') and new.stage <> old.stage and not funding_all_paid(new.id)
  then
    raise exception 'a shop is not paid' using errcode = 'check_violation',
      hint = '还有门店没有付款，付清之后才能归档。';
  end if;
  if old.stage not in ('approved', 'paid', 'closed') then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(old) - moving <> to_jsonb(new) - moving
    or (old.stage, new.stage) not in (
      ('approved', 'approved'), ('approved', 'paid'), ('paid', 'paid'), ('paid', 'closed'), ('closed', 'closed'),
      ('paid', 'approved'), ('closed', 'approved'))
  then
    perform funding_refuse_frozen();
  end if;
  return new;
end $$;

-- What a source spent on a month by the payments of a day that stand.
create function funding_spent_on(month bigint, source bigint, day date) returns numeric language sql stable as $$
  select coalesce(sum(s.amount), 0) from funding_payment p
  join funding_settlementshare s on s.line_id = p.line_id
  join funding_costshare c on c.id = s.share_id
  where p.settlement_id = month and p.paid_on = day and p.returned_on is null and c.source_id = source
$$;

-- The line of spending follows the payments, and nothing else.
create or replace function funding_keep_spending() returns trigger language plpgsql as $$
declare
  moving text[] := array['amount', 'archived_at', 'version'];
  spent numeric;
begin
  perform app_event();
  select funding_spent_on(p.settlement_id, p.source_id, p.paid_on) into spent
  from funding_settlementspending p where p.line_id = old.id;
  if found and (tg_op = 'DELETE' or to_jsonb(old) - moving <> to_jsonb(new) - moving
    or (new.archived_at is null and new.amount <> spent) or (new.archived_at is not null and spent > 0))
  then
    raise exception 'written by a settlement' using errcode = 'check_violation',
      hint = '这笔支出由月结算生成，不能另外改动。请在月结算里登记更正。';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0010_keep_statements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="returned_on",
            field=models.DateField(editable=False, null=True, verbose_name="退回日期"),
        ),
        migrations.AddField(
            model_name="payment",
            name="returned_reason",
            field=models.CharField(
                blank=True, db_default="", editable=False, max_length=300, verbose_name="退回原因"
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="returned_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="退回登记人",
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="returned_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="退回登记时间"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=Q(returned_on__isnull=True),
                fields=("line",),
                name="payment_stands_once",
                violation_error_message="这家门店这个月已经付过款。",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=("line", "reference"),
                name="payment_reference_once",
                violation_error_message="这家门店这个月的付款用过这个凭证号。重新付款请填写新的凭证号。",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(returned_on__isnull=True, returned_reason="", returned_at__isnull=True)
                | (
                    Q(returned_on__isnull=False, returned_at__isnull=False, returned_by__isnull=False)
                    & Q(returned_on__gte=F("paid_on"))
                    & ~Q(returned_reason="")
                ),
                name="payment_return_complete",
                violation_error_message="退回的付款要写明日期（不早于付款日期）、原因和登记人。",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="funding.settlementline",
                verbose_name="门店结算",
            ),
        ),
        migrations.RemoveConstraint(model_name="settlementspending", name="settlementspending_once"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SPENT_ON, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AddField(
                    model_name="settlementspending",
                    name="paid_on",
                    field=models.DateField(verbose_name="付款日期"),
                    preserve_default=False,
                )
            ],
        ),
        migrations.AddConstraint(
            model_name="settlementspending",
            constraint=models.UniqueConstraint(
                fields=("settlement", "source", "paid_on"),
                name="settlementspending_once_a_day",
                violation_error_message="一个月的结算，同一天的付款对每个来源只记一笔支出。",
            ),
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
