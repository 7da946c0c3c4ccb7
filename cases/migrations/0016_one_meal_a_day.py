"""One meal a worker and day instead of one an enrolment and day; may be run again where it was interrupted.

New meals are held to it from the second statement on; the older ones get their worker some thousands at a
time, so that nobody at a counter waits long. Where a worker has two meals of one day in two programmes, both
stay as they are, settled or not: the first has his name in `person_id`, the second has none.
"""

from typing import Any

import django.db.models.deletion
from django.db import connection, migrations, models, transaction

from core import scope

PAIR = "create unique index concurrently if not exists cases_enrolment_id_person on cases_enrolment (id, person_id)"
ONCE = "create unique index concurrently if not exists meal_worker_day on cases_mealcheckin (person_id, served_on)"
NAMED = """
create or replace function cases_name_worker() returns trigger language plpgsql as $$
begin
  select person_id into new.person_id from cases_enrolment where id = new.enrolment_id;
  if not found then
    raise exception 'no such enrolment' using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;
comment on function cases_name_worker() is 'The worker of a meal is the one of its enrolment.';
drop trigger if exists name_worker on cases_mealcheckin;
create trigger name_worker before insert on cases_mealcheckin
  for each row when (new.person_id is null) execute function cases_name_worker();
"""
RECORD = """
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
BATCH = 20_000
FILL = """
with firsts as (
  select distinct on (e.person_id, m.served_on) m.id, e.person_id
  from cases_mealcheckin m join cases_enrolment e on e.id = m.enrolment_id
  where m.id between %s and %s and m.person_id is null
  order by e.person_id, m.served_on, m.id)
update cases_mealcheckin m set person_id = f.person_id from firsts f
where m.id = f.id and not exists (
  select from cases_mealcheckin t where t.person_id = f.person_id and t.served_on = m.served_on)"""
SECONDS = "select count(*) from cases_mealcheckin where person_id is null"
KEY = (
    "alter table cases_mealcheckin drop constraint if exists cases_mealcheckin_enrolment_person_fk",
    """alter table cases_mealcheckin add constraint cases_mealcheckin_enrolment_person_fk
       foreign key (enrolment_id, person_id) references cases_enrolment (id, person_id)
       deferrable initially deferred not valid""",
    "alter table cases_mealcheckin validate constraint cases_mealcheckin_enrolment_person_fk",
)
SWAP = """
alter table cases_mealcheckin drop constraint meal_once_a_day,
  add constraint meal_once_a_day unique using index meal_worker_day
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Every older meal gets its worker; this is no change of a meal, so neither history nor months ask."""
    with connection.cursor() as cursor:
        last = _everywhere(cursor, "select coalesce(max(id), 0) from cases_mealcheckin")
        for first in range(1, last + 1, BATCH):
            with transaction.atomic():
                scope.apply_everywhere()
                cursor.execute("alter table cases_mealcheckin disable trigger user")
                cursor.execute(FILL, [first, first + BATCH - 1])
                cursor.execute("alter table cases_mealcheckin enable trigger user")
        seconds = _everywhere(cursor, SECONDS)
    if seconds:
        print(
            f"\n  {seconds} meals are a second one of the same worker and day; they stay (docs/operations.md)"
        )


def _everywhere(cursor: Any, question: str) -> int:
    with transaction.atomic():
        scope.apply_everywhere()
        cursor.execute(question)
        return int(cursor.fetchone()[0])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0015_meal_person"), ("funding", "0010_keep_statements")]

    operations = [
        migrations.RunSQL(PAIR),
        migrations.RunSQL(ONCE),
        migrations.RunSQL(NAMED),
        migrations.RunSQL(RECORD),
        migrations.RunPython(fill),
        *(migrations.RunSQL(statement) for statement in KEY),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(SWAP)],
            [
                migrations.RemoveConstraint(model_name="mealcheckin", name="meal_once_a_day"),
                migrations.AddConstraint(
                    model_name="mealcheckin",
                    constraint=models.UniqueConstraint(
                        fields=("person", "served_on"),
                        name="meal_once_a_day",
                        violation_error_message="此人当天已就餐，一天只能一份。",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="mealcheckin",
            name="enrolment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meals",
                to="cases.enrolment",
                verbose_name="登记职工",
            ),
        ),
    ]
