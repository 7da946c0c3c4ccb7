"""Functions that every later table stands on: scope, history, append-only."""

from django.db import migrations

FORWARDS = """
create extension if not exists btree_gist;

create function app_counties() returns int[] language sql stable as $$
  select string_to_array(nullif(current_setting('app.counties', true), ''), ',')::int[]
$$;
comment on function app_counties() is 'Counties open to this transaction; null where none was set.';

create function app_event() returns bigint language plpgsql stable as $$
declare event bigint := nullif(current_setting('app.event_id', true), '')::bigint;
begin
  if event is null then
    raise exception 'write outside an action' using errcode = 'insufficient_privilege';
  end if;
  return event;
end $$;
comment on function app_event() is 'The audit event of the running action; a write outside one is refused.';

create function core_history_insert() returns trigger language plpgsql as $$
begin
  execute format(
    'insert into core_history (event_id, table_name, row_id, op, county_id)
     select %s, %L, id, ''I'', %s from new_rows', app_event(), tg_table_name, tg_argv[0]);
  return null;
end $$;

create function core_history_change() returns trigger language plpgsql as $$
begin
  execute format(
    'insert into core_history (event_id, table_name, row_id, op, county_id, before)
     select %s, %L, id, %L, %s, to_jsonb(old_rows) from old_rows',
    app_event(), tg_table_name, left(tg_op, 1), tg_argv[0]);
  return null;
end $$;

create function core_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
"""

BACKWARDS = """
drop function core_append_only();
drop function core_history_change();
drop function core_history_insert();
drop function app_event();
drop function app_counties();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
