"""A tap at a shop of a prefecture's or the province's programme reads the worker in whatever county below it."""

from django.db import migrations

READ = """
create or replace function cases_read_tap(
  county int, door text, device bigint, device_epoch int, card bigint, card_epoch int, day date)
returns table (
  shop_id bigint, union_id bigint, programme_id bigint, shop varchar, serves_from time, serves_until time,
  archived_at timestamptz, programme varchar, attributes jsonb, started_on date, ended_on date,
  account_id bigint, role varchar, account_union bigint, is_active boolean,
  enrolment_id bigint, person_id bigint, is_crew_leader boolean, worker varchar,
  is_contracted boolean, pause varchar, cause varchar, is_settled boolean)
language plpgsql as $$
#variable_conflict use_column
begin
  perform set_config('app.counties', case when county % 100 > 0 then county::text else (
    select string_agg(d.code::text, ',') from unions_administrativedivision d
    left join unions_administrativedivision above on above.code = d.parent_id
    where county in (d.code, d.parent_id, above.parent_id)) end, true);
  return query
  select s.id, s.union_id, p.id, s.name, s.serves_from, s.serves_until,
    p.archived_at, p.name, p.attributes, p.started_on, p.ended_on,
    a.id, a.role, a.union_id, a.is_active,
    e.id, w.id, e.is_crew_leader, w.name,
    exists (
      select from cases_shopcontract k where k.shop_id = s.id and k.archived_at is null
        and k.valid_from <= day and (k.valid_to is null or k.valid_to > day)),
    coalesce(z.kind, ''), coalesce(z.reason, ''),
    cases_month_is_closed(p.id, day)
  from cases_mealcard c
  join members_person w on w.id = c.person_id
  join cases_checkindevice d on d.id = device
  join unions_account a on a.id = d.account_id
  join cases_partnershop s on s.id = d.shop_id and s.programme_id = c.programme_id
  join cases_programme p on p.id = s.programme_id
  join cases_enrolment e on e.programme_id = p.id and e.person_id = c.person_id and e.archived_at is null
    and e.valid_from <= day and (e.valid_to is null or e.valid_to > day)
  left join lateral (
    select x.kind, x.reason from cases_shoppause x where x.shop_id = s.id and x.archived_at is null
      and x.valid_from <= day and (x.valid_to is null or x.valid_to > day)
    order by x.kind desc limit 1) z on true
  where c.id = card and c.epoch = card_epoch and c.archived_at is null
    and d.epoch = device_epoch and d.paired_at is not null and d.revoked_at is null
    and s.door_code = door and s.archived_at is null;
end $$;
comment on function cases_read_tap(int, text, bigint, int, bigint, int, date) is
  'What decides about a tap of a known worker at a paired phone; no row where one of them is not known.';
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_scan_window"), ("unions", "0006_keys_once")]
    operations = [migrations.RunSQL(READ, migrations.RunSQL.noop)]
