"""Images before a change leave out what is secret: a password hash of years ago is still worth guessing at."""

from django.db import migrations

LEAVE_OUT = """
create or replace function core_history_change() returns trigger language plpgsql as $$
declare
  image text := 'to_jsonb(old_rows)';
begin
  if tg_nargs > 1 then
    image := format('to_jsonb(old_rows) - %L::text[]', tg_argv[1]);
  end if;
  execute format(
    'insert into core_history (event_id, table_name, row_id, op, county_id, before)
     select %s, %L, id, %L, %s, %s from old_rows',
    app_event(), tg_table_name, left(tg_op, 1), tg_argv[0], image);
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0009_doubtful_and_piles")]
    operations = [migrations.RunSQL(LEAVE_OUT, migrations.RunSQL.noop)]
