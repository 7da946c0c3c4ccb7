"""A worker's tap in two statements: one reads what decides, one writes the meal with its audit event.

Both set the scope themselves, so neither needs a transaction around it (docs/adr/0008-tap.md).
"""

from django.db import migrations

# Which months are settled is known to `funding`, which replaces this.
MONTHS = """
create function cases_month_is_closed(programme bigint, day date) returns boolean language sql stable as $$
  select false
$$;
comment on function cases_month_is_closed(bigint, date) is 'Whether the meals of the day''s month no longer change.';
"""
READ = """
create function cases_read_tap(
  county int, door text, device bigint, device_epoch int, card bigint, card_epoch int, day date)
returns table (
  shop_id bigint, programme_id bigint, shop varchar, serves_from time, serves_until time,
  archived_at timestamptz, programme varchar, attributes jsonb, started_on date, ended_on date,
  account_id bigint, role varchar, is_active boolean,
  enrolment_id bigint, worker varchar, is_crew_leader boolean,
  is_contracted boolean, pause varchar, cause varchar, is_closed boolean)
language plpgsql as $$
#variable_conflict use_column
begin
  perform set_config('app.counties', county::text, true);
  return query
  select s.id, p.id, s.name, s.serves_from, s.serves_until,
    p.archived_at, p.name, p.attributes, p.started_on, p.ended_on,
    a.id, a.role, a.is_active,
    e.id, w.name, e.is_crew_leader,
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
WRITE = """
create function cases_record_tap(
  county int, account bigint, shop bigint, enrolment bigint, device bigint, day date, at timestamptz)
returns bigint language plpgsql as $$
declare
  event bigint := nextval(pg_get_serial_sequence('core_auditevent', 'id'));
  meal bigint;
begin
  perform set_config('app.counties', county::text, true), set_config('app.event_id', event::text, true),
    set_config('lock_timeout', '10s', true);
  insert into cases_mealcheckin (union_id, county_id, programme_id, shop_id, enrolment_id, served_on, served_at,
                                 channel, device_id)
    select e.union_id, e.county_id, e.programme_id, shop, e.id, day, at, 'worker_scan', device
    from cases_enrolment e
    where e.id = enrolment and e.valid_from <= day and (e.valid_to is null or e.valid_to > day)
    for share
    on conflict do nothing
    returning id into meal;
  if meal is not null then
    insert into core_auditevent (id, at, by_id, county_id, verb, target_type, target_label, reason)
      values (event, now(), account, county, 'cases.check_in', '', '', '');
  end if;
  perform set_config('app.event_id', '', true);
  return meal;
end $$;
comment on function cases_record_tap(int, bigint, bigint, bigint, bigint, date, timestamptz) is
  'The action cases.check_in where nothing stands against it: the meal and its audit event, or neither and null.';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_meal_rating"),
        ("core", "0011_history_of_inserts"),
    ]
    operations = [
        migrations.RunSQL(MONTHS, "drop function cases_month_is_closed(bigint, date)"),
        migrations.RunSQL(READ, "drop function cases_read_tap(int, text, bigint, int, bigint, int, date)"),
        migrations.RunSQL(
            WRITE,
            "drop function cases_record_tap(int, bigint, bigint, bigint, bigint, date, timestamptz)",
        ),
    ]
