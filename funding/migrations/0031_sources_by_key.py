"""In one union, names that differ in brackets, spaces and the like are one source, whoever writes them.

Only what is written from now on is judged: pairs from before stay until somebody renames one.
"""

from django.db import migrations

# Two at once wait for each other until both are seen; the locks are shared out over 256 numbers, taken in their order.
ONE_KEY = """
create function funding_source_one_key() returns trigger language plpgsql as $$
declare
  named bigint[];
  taken text;
begin
  if tg_op = 'INSERT' then
    select array_agg(r.id) into named from new_rows r;
  else
    select array_agg(r.id) into named from new_rows r join old_rows o on o.id = r.id
    where o.union_id <> r.union_id or o.name_key <> r.name_key;
  end if;
  if named is null then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtext('funding_fundingsource'), turn) from (
    select distinct hashtext(r.union_id || ' ' || r.name_key) & 255 as turn from new_rows r
    where r.id = any(named) order by turn) turns;
  select t.name into taken from new_rows r
  join funding_fundingsource t on t.union_id = r.union_id and t.name_key = r.name_key and t.id <> r.id
  where r.id = any(named) limit 1;
  if found then
    raise exception 'source named' using errcode = 'check_violation',
      hint = format('本工会已登记过资金来源“%s”，请直接使用它。名称只差括号、空格或标点的算同一个来源；'
        '确是另一家的，请写不同的名称。', taken);
  end if;
  return null;
end $$;
create trigger keep_key_insert after insert on funding_fundingsource referencing new table as new_rows
  for each statement execute function funding_source_one_key();
create trigger keep_key_update after update on funding_fundingsource
  referencing old table as old_rows new table as new_rows
  for each statement execute function funding_source_one_key();
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0030_vouchers_once")]
    operations = [migrations.RunSQL(ONE_KEY, "drop function funding_source_one_key() cascade")]
