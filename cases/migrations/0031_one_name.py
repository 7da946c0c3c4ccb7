"""Of what stands in one union, no two projects and no two programmes have the same name, whoever writes them.

Only what is written from now on is judged: pairs from before stay until somebody renames or archives one.
"""

from django.db import migrations

# Two at once wait for each other until both are seen; the locks are shared out over 256 numbers, taken in their
# order, so that a table of many thousand rows takes no more of them.
ONE_NAME = (
    """create or replace function {table}_one_name() returns trigger language plpgsql as $$
declare
  named bigint[];
  taken text;
begin
  if tg_op = 'INSERT' then
    select array_agg(r.id) into named from new_rows r where r.archived_at is null;
  else
    select array_agg(r.id) into named from new_rows r join old_rows o on o.id = r.id
    where r.archived_at is null
      and (o.archived_at is not null or o.union_id <> r.union_id or o.name <> r.name);
  end if;
  if named is null then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtext('{table}'), turn) from (
    select distinct hashtext(r.union_id || ' ' || r.name) & 255 as turn from new_rows r
    where r.id = any(named) order by turn) turns;
  select r.name into taken from new_rows r
  join {table} t on t.union_id = r.union_id and t.name = r.name and t.id <> r.id and t.archived_at is null
  where r.id = any(named) limit 1;
  if found then
    raise exception 'name taken' using errcode = 'check_violation',
      hint = format('本工会已有名为“%s”的项目。请换一个名称，或打开原来的项目。', taken);
  end if;
  return null;
end $$""",
    "drop trigger if exists keep_name_insert on {table}",
    """create trigger keep_name_insert after insert on {table} referencing new table as new_rows
       for each statement execute function {table}_one_name()""",
    "drop trigger if exists keep_name_update on {table}",
    """create trigger keep_name_update after update on {table}
       referencing old table as old_rows new table as new_rows
       for each statement execute function {table}_one_name()""",
)
TABLES = ("cases_project", "cases_programme")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0030_meal_doubts")]
    operations = [
        migrations.RunSQL(
            [statement.format(table=table) for statement in ONE_NAME],
            f"drop function {table}_one_name() cascade",
        )
        for table in TABLES
    ]
