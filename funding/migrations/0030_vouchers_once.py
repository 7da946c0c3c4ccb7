"""A voucher pays once on a contract, as far as the payment stands.

Only what is written from now on is judged: payments from before stay until somebody corrects one.
"""

from django.db import migrations

# Whoever writes payments holds their contracts until the end: of two at once, the later sees the earlier.
ONCE = """
create function funding_voucher_once() returns trigger language plpgsql as $$
declare
  told bigint[];
  taken funding_contractpayment;
begin
  if tg_op = 'INSERT' then
    select array_agg(r.id) into told from new_rows r
    where r.reference <> '' and r.archived_at is null and r.returned_on is null;
  else
    select array_agg(r.id) into told from new_rows r join old_rows o on o.id = r.id
    where r.reference <> '' and r.archived_at is null and r.returned_on is null
      and (o.archived_at is not null or o.returned_on is not null
        or o.contract_id <> r.contract_id or o.reference <> r.reference);
  end if;
  if told is null then
    return null;
  end if;
  perform 1 from funding_projectcontract
  where id in (select r.contract_id from new_rows r where r.id = any(told)) order by id for update;
  select p.* into taken from new_rows r
  join funding_contractpayment p on p.contract_id = r.contract_id and p.reference = r.reference and p.id <> r.id
    and p.archived_at is null and p.returned_on is null
  where r.id = any(told) limit 1;
  if found then
    raise exception 'voucher taken' using errcode = 'check_violation',
      hint = format('这份合同已有凭证号“%s”的付款（%s、%s 元）。请核对；分几次付的请写不同的凭证号。',
        taken.reference, taken.paid_on, to_char(taken.amount, 'FM999,999,999,990.00'));
  end if;
  return null;
end $$;
create trigger keep_voucher_insert after insert on funding_contractpayment referencing new table as new_rows
  for each statement execute function funding_voucher_once();
create trigger keep_voucher_update after update on funding_contractpayment
  referencing old table as old_rows new table as new_rows
  for each statement execute function funding_voucher_once();
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0029_standards_in_use")]
    operations = [migrations.RunSQL(ONCE, "drop function funding_voucher_once() cascade")]
