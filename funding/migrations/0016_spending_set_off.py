"""A settlement may write negative spending, where a source is given back more than it bears; nobody else may."""

from django.db import migrations, models

# Checked at the end of the transaction: the line comes before what says that a settlement wrote it.
ONLY = """
create function funding_only_set_off() returns trigger language plpgsql as $$
begin
  if not exists (select from funding_settlementspending p where p.line_id = new.id) then
    raise exception 'negative, and written by no settlement' using errcode = 'check_violation',
      hint = '金额必须大于0；退回的钱另记一条“退回”。';
  end if;
  return null;
end $$;
create constraint trigger only_set_off after insert or update of amount on funding_fundingline
  deferrable initially deferred for each row when (new.amount < 0) execute function funding_only_set_off();
"""
FOLLOW = """
create or replace function funding_keep_spending() returns trigger language plpgsql as $$
declare
  moving text[] := array['amount', 'archived_at', 'version'];
  spent numeric;
begin
  perform app_event();
  select funding_spent_on(p.settlement_id, p.source_id, p.paid_on) into spent
  from funding_settlementspending p where p.line_id = old.id;
  if found and (tg_op = 'DELETE' or to_jsonb(old) - moving <> to_jsonb(new) - moving
    or (new.archived_at is null and new.amount <> spent) or (new.archived_at is not null and spent <> 0))
  then
    raise exception 'written by a settlement' using errcode = 'check_violation',
      hint = '这笔支出由月结算生成，不能另外改动。请在月结算里登记更正。';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
"""
SWAP = """
alter table funding_fundingline drop constraint line_amount_positive;
alter table funding_fundingline rename constraint line_amount_positive_or_set_off to line_amount_positive
"""
ADD = """
alter table funding_fundingline add constraint line_amount_positive_or_set_off check (
  amount > 0 or (amount < 0 and goods = '' and programme_id is not null and stage = 'spent')) not valid
"""
CHECK = "alter table funding_fundingline validate constraint line_amount_positive_or_set_off"


class Migration(migrations.Migration):
    # Each by itself: the rows are looked through under no lock that stops writing.
    atomic = False
    dependencies = [("funding", "0015_statements_by_day")]

    operations = [
        migrations.RunSQL(FOLLOW, migrations.RunSQL.noop),
        migrations.RunSQL(ONLY, "drop function funding_only_set_off() cascade"),
        migrations.AlterField(
            model_name="fundingline",
            name="amount",
            field=models.DecimalField(decimal_places=2, max_digits=14, verbose_name="金额（元）"),
        ),
        migrations.RunSQL(
            "alter table funding_fundingline drop constraint if exists line_amount_positive_or_set_off"
        ),
        migrations.RunSQL(ADD),
        migrations.RunSQL(CHECK),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(SWAP)],
            [
                migrations.RemoveConstraint(model_name="fundingline", name="line_amount_positive"),
                migrations.AddConstraint(
                    model_name="fundingline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(amount__gt=0)
                        | models.Q(amount__lt=0, goods="", programme__isnull=False, stage="spent"),
                        name="line_amount_positive",
                        violation_error_message="金额必须大于0；退回的钱另记一条“退回”。",
                    ),
                ),
            ],
        ),
    ]
