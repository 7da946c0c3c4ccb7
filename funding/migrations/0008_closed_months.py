"""Check-in asks whether a month is settled; the guard of settled meals is planned once, not for every meal."""

from django.db import migrations

CLOSED = """
create or replace function cases_month_is_closed(programme bigint, day date) returns boolean language sql stable as $$
  select exists (
    select from funding_settlement s
    where s.programme_id = programme and s.month = date_trunc('month', day)::date
      and s.stage in ('approved', 'paid', 'closed'))
$$;
"""
OPEN = """
create or replace function cases_month_is_closed(programme bigint, day date) returns boolean language sql stable as $$
  select false
$$;
"""
KEEP_MEALS = """
create function funding_refuse_meal(stage text) returns void language plpgsql as $$
begin
  if stage in ('approved', 'paid', 'closed') then
    raise exception 'an approved month does not change' using errcode = 'check_violation',
      hint = '这个月的结算已批准，就餐记录不能再改。多付、少付的请在结算页面登记更正。';
  end if;
end $$;

-- Whoever writes a meal holds the month still, so that it is not approved meanwhile.
create or replace function funding_keep_meals() returns trigger language plpgsql as $$
declare stage text;
begin
  perform app_event();
  if tg_op <> 'DELETE' then
    for stage in
      select s.stage from funding_settlement s where (s.programme_id, s.month) in (
        select distinct programme_id, date_trunc('month', served_on)::date from new_rows) for share of s
    loop
      perform funding_refuse_meal(stage);
    end loop;
  end if;
  if tg_op <> 'INSERT' then
    for stage in
      select s.stage from funding_settlement s where (s.programme_id, s.month) in (
        select distinct programme_id, date_trunc('month', served_on)::date from old_rows) for share of s
    loop
      perform funding_refuse_meal(stage);
    end loop;
  end if;
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0007_settlements"), ("cases", "0009_tap")]
    operations = [
        migrations.RunSQL(CLOSED, OPEN),
        migrations.RunSQL(KEEP_MEALS, migrations.RunSQL.noop),
    ]
