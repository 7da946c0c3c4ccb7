"""A tap whose shop is as it was when last judged is read and written in one statement."""

from django.db import migrations

TAP = """
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
comment on function cases_tap(int, text, bigint, int, bigint, int, date, timestamptz, text, text) is
  'What decides about a tap, and the meal of it where the shop is as it was judged; no row for who is unknown.';
"""
GONE = "drop function cases_tap(int, text, bigint, int, bigint, int, date, timestamptz, text, text)"


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_pause_cancelled")]
    operations = [migrations.RunSQL(TAP, GONE)]
