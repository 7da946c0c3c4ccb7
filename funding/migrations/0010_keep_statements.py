"""What a shop stated for an approved month stays as it was when the month was approved."""

from django.db import migrations

KEEP = """
create function funding_refuse_statement(stage text) returns void language plpgsql as $$
begin
  if stage in ('approved', 'paid', 'closed') then
    raise exception 'an approved month does not change' using errcode = 'check_violation',
      hint = '这个月的结算已批准，门店报数不能再改。多付、少付的请在结算页面登记更正。';
  end if;
end $$;

-- Whoever writes a statement holds the month still, so that it is not approved meanwhile.
create function funding_keep_statements() returns trigger language plpgsql as $$
declare stage text;
begin
  perform app_event();
  if tg_op <> 'DELETE' then
    for stage in
      select s.stage from funding_settlement s
      join cases_partnershop p on p.programme_id = s.programme_id
      join new_rows n on n.shop_id = p.id and n.month = s.month for share of s
    loop
      perform funding_refuse_statement(stage);
    end loop;
  end if;
  if tg_op <> 'INSERT' then
    for stage in
      select s.stage from funding_settlement s
      join cases_partnershop p on p.programme_id = s.programme_id
      join old_rows o on o.shop_id = p.id and o.month = s.month for share of s
    loop
      perform funding_refuse_statement(stage);
    end loop;
  end if;
  return null;
end $$;

create trigger keep_insert after insert on funding_shopstatement referencing new table as new_rows
  for each statement execute function funding_keep_statements();
create trigger keep_update after update on funding_shopstatement
  referencing old table as old_rows new table as new_rows
  for each statement execute function funding_keep_statements();
create trigger keep_delete after delete on funding_shopstatement referencing old table as old_rows
  for each statement execute function funding_keep_statements();
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0009_shop_objections"), ("cases", "0009_tap")]
    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
