"""Whoever writes a statement holds the month alone: two who both go on to count it would wait for each other."""

from django.db import migrations

KEEP = """
create or replace function funding_keep_statements() returns trigger language plpgsql as $$
declare stage text;
begin
  perform app_event();
  if tg_op <> 'DELETE' then
    for stage in
      select s.stage from funding_settlement s
      join cases_partnershop p on p.programme_id = s.programme_id
      join new_rows n on n.shop_id = p.id and n.month = s.month order by s.id for update of s
    loop
      perform funding_refuse_statement(stage);
    end loop;
  end if;
  if tg_op <> 'INSERT' then
    for stage in
      select s.stage from funding_settlement s
      join cases_partnershop p on p.programme_id = s.programme_id
      join old_rows o on o.shop_id = p.id and o.month = s.month order by s.id for update of s
    loop
      perform funding_refuse_statement(stage);
    end loop;
  end if;
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0012_returned_contract_payments")]
    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
