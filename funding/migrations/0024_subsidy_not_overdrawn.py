"""Of a subsidy no more comes than was granted and no more is spent than came, whoever writes it."""

from django.db import migrations

# At the end of the transaction: a table brings what came and what was spent in any order. The grant is locked
# first: of two writers at the same time the second sees the first.
WITHIN = """
create function funding_subsidy_within() returns trigger language plpgsql as $$
declare
  own funding_subsidygrant;
  came numeric;
  spent numeric;
begin
  select * into own from funding_subsidygrant
  where id = (coalesce(to_jsonb(new), to_jsonb(old)) ->> 'grant_id')::bigint for update;
  select coalesce(sum(amount) filter (where stage = 'received'), 0),
         coalesce(sum(amount) filter (where stage = 'spent'), 0) into came, spent
  from funding_subsidyentry where grant_id = own.id and archived_at is null;
  if own.archived_at is not null and came + spent > 0 then
    raise exception 'subsidy withdrawn' using errcode = 'check_violation',
      hint = format('%s年的这笔补助已撤回，不能再登记收支。', own.year);
  elsif came > own.amount then
    raise exception 'more came than was granted' using errcode = 'check_violation',
      hint = format('%s年补助的到账合计会超过补助金额，没有写入。请先核对登记的收支。', own.year);
  elsif spent > came then
    raise exception 'more spent than came' using errcode = 'check_violation',
      hint = format('%s年补助的支出会多于到账，没有写入。请先核对登记的收支。', own.year);
  end if;
  return null;
end $$;
create constraint trigger within_grant after insert or update or delete on funding_subsidyentry
  deferrable initially deferred for each row execute function funding_subsidy_within();
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0023_same_phone")]

    operations = [migrations.RunSQL(WITHIN, "drop function funding_subsidy_within() cascade")]
