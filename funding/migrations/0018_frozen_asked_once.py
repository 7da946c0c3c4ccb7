"""Whether a month is frozen is asked once for each month that a statement touched, not for every row of it."""

from django.db import migrations

ASKED = """
create or replace function funding_keep_frozen() returns trigger language plpgsql as $$
declare
  touched bigint;
  tables text[] := case tg_op when 'INSERT' then array['new_rows'] when 'DELETE' then array['old_rows']
    else array['new_rows', 'old_rows'] end;
  name text;
begin
  perform app_event();
  foreach name in array tables loop
    execute format(
      'with months as materialized (select distinct %I as month from %I)
       select max(month) from months where funding_is_frozen(month)', tg_argv[0], name) into touched;
    if touched is not null then
      perform funding_refuse_frozen();
    end if;
  end loop;
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0017_keys_once")]
    operations = [migrations.RunSQL(ASKED, migrations.RunSQL.noop)]
