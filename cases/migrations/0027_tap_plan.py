"""A tap is read by one plan of one function, and the number of its event asked of the sequence by name."""

from django.db import migrations

TAP = """
create or replace function cases_tap(
  county int, door text, device bigint, device_epoch int, card bigint, card_epoch int, day date,
  at timestamptz, browser text, judged text)
returns table (basis text, meal bigint, enrolment_id bigint, person_id bigint, worker varchar, leads boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  account bigint;
  shop bigint;
begin
  perform set_config('app.counties', case when county % 100 > 0 then county::text else (
    select string_agg(d.code::text, ',') from unions_administrativedivision d
    left join unions_administrativedivision above on above.code = d.parent_id
    where county in (d.code, d.parent_id, above.parent_id)) end, true);
  select json_build_array(
      json_build_array(s.id, s.union_id, county, p.id, s.name, s.serves_from, s.serves_until),
      json_build_array(p.id, p.archived_at, p.name, p.attributes, p.started_on, p.ended_on),
      json_build_array(a.id, a.role, a.union_id, county, a.is_active),
      json_build_array(
        exists (
          select from cases_shopcontract k where k.shop_id = s.id and k.archived_at is null
            and k.valid_from <= day and (k.valid_to is null or k.valid_to > day)),
        coalesce(z.kind, ''), coalesce(z.reason, ''), cases_month_is_closed(p.id, day)),
      day)::text,
    e.id, w.id, w.name, e.is_crew_leader, a.id, s.id
  into basis, enrolment_id, person_id, worker, leads, account, shop
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
  if basis is null then
    return;
  end if;
  if basis = judged and not leads then
    meal := cases_record_tap(county, account, shop, enrolment_id, device, day, at, browser);
  end if;
  return next;
end $$;
drop function cases_read_tap(int, text, bigint, int, bigint, int, date);
"""
RECORD = """
create or replace function cases_record_tap(
  county int, account bigint, shop bigint, enrolment bigint, device bigint, day date, at timestamptz, browser text)
returns bigint language plpgsql as $$
declare
  event bigint := nextval('core_auditevent_id_seq');
  meal bigint;
begin
  perform set_config('app.counties', county::text, true), set_config('app.event_id', event::text, true),
    set_config('lock_timeout', '10s', true);
  insert into cases_mealcheckin (union_id, county_id, programme_id, shop_id, enrolment_id, person_id, served_on,
                                 served_at, channel, device_id, browser)
    select e.union_id, e.county_id, e.programme_id, shop, e.id, e.person_id, day, at, 'worker_scan', device, browser
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
"""
OLD_TAP = """
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
create or replace function cases_tap(
  county int, door text, device bigint, device_epoch int, card bigint, card_epoch int, day date,
  at timestamptz, browser text, judged text)
returns table (basis text, meal bigint, enrolment_id bigint, person_id bigint, worker varchar, leads boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  known record;
begin
  select t.*, json_build_array(
    json_build_array(t.shop_id, t.union_id, county, t.programme_id, t.shop, t.serves_from, t.serves_until),
    json_build_array(t.programme_id, t.archived_at, t.programme, t.attributes, t.started_on, t.ended_on),
    json_build_array(t.account_id, t.role, t.account_union, county, t.is_active),
    json_build_array(t.is_contracted, t.pause, t.cause, t.is_settled), day)::text as basis
  into known
  from cases_read_tap(county, door, device, device_epoch, card, card_epoch, day) t;
  if known.basis is null then
    return;
  end if;
  if known.basis = judged and not known.is_crew_leader then
    meal := cases_record_tap(
      county, known.account_id, known.shop_id, known.enrolment_id, device, day, at, browser);
  end if;
  basis := known.basis;
  enrolment_id := known.enrolment_id;
  person_id := known.person_id;
  worker := known.worker;
  leads := known.is_crew_leader;
  return next;
end $$;
"""
OLD_RECORD = """
create or replace function cases_record_tap(
  county int, account bigint, shop bigint, enrolment bigint, device bigint, day date, at timestamptz, browser text)
returns bigint language plpgsql as $$
declare
  event bigint := nextval(pg_get_serial_sequence('core_auditevent', 'id'));
  meal bigint;
begin
  perform set_config('app.counties', county::text, true), set_config('app.event_id', event::text, true),
    set_config('lock_timeout', '10s', true);
  insert into cases_mealcheckin (union_id, county_id, programme_id, shop_id, enrolment_id, person_id, served_on,
                                 served_at, channel, device_id, browser)
    select e.union_id, e.county_id, e.programme_id, shop, e.id, e.person_id, day, at, 'worker_scan', device, browser
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
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0026_meal_shop_time")]
    operations = [migrations.RunSQL(RECORD, OLD_RECORD), migrations.RunSQL(TAP, OLD_TAP)]
