"""The history of inserts as a statement that is planned once: it was planned anew for every row written."""

from django.db import migrations

PLANNED_ONCE = """
create or replace function core_history_insert() returns trigger language plpgsql as $$
declare event bigint := app_event();
begin
  if tg_argv[0] = 'county_id' then
    insert into core_history (event_id, table_name, row_id, op, county_id)
      select event, tg_table_name, id, 'I', county_id from new_rows;
  else
    execute format(
      'insert into core_history (event_id, table_name, row_id, op, county_id)
       select %s, %L, id, ''I'', %s from new_rows', event, tg_table_name, tg_argv[0]);
  end if;
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0010_history_without_secrets")]
    operations = [migrations.RunSQL(PLANNED_ONCE, migrations.RunSQL.noop)]
