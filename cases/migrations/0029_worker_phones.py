"""Which workers confirmed meals on which phone, written with the meal, so that phones of several are soon found."""

from typing import Any

import django.db.models.deletion
from django.db import connection, migrations, models, transaction

from core import scope
from core.operations import SecureTable

NOTE = """
create or replace function cases_note_phone() returns trigger language plpgsql as $$
begin
  if not exists (
    select from cases_workerphone w
    where w.county_id = new.county_id and w.browser = new.browser and w.person_id = new.person_id)
  then
    insert into cases_workerphone (union_id, county_id, browser, person_id)
      values (new.union_id, new.county_id, new.browser, new.person_id)
      on conflict do nothing;
  end if;
  return null;
end $$;
comment on function cases_note_phone() is 'The worker of a meal is one who confirms meals on the phone of the meal.';
drop trigger if exists note_phone on cases_mealcheckin;
create trigger note_phone after insert on cases_mealcheckin
  for each row when (new.browser <> '' and new.person_id is not null) execute function cases_note_phone();
"""
SILENT = "drop trigger note_phone on cases_mealcheckin; drop function cases_note_phone()"
BATCH = 20_000
LAST = "select coalesce(max(id), 0) from cases_mealcheckin"
FILL = """
insert into cases_workerphone (union_id, county_id, browser, person_id)
select distinct on (county_id, browser, person_id) union_id, county_id, browser, person_id from cases_mealcheckin
where id between %s and %s and browser <> '' and person_id is not null
order by county_id, browser, person_id, id
on conflict do nothing"""


def fill(apps: Any, schema_editor: Any) -> None:
    """The phones of the meals that stand already, while further ones come in."""
    with connection.cursor() as cursor:
        with transaction.atomic():
            scope.apply_everywhere()
            cursor.execute(LAST)
            last = cursor.fetchone()[0]
        for first in range(1, last + 1, BATCH):
            with transaction.atomic():
                scope.apply_everywhere()
                cursor.execute(FILL, [first, first + BATCH - 1])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("cases", "0028_projects_in_use_have_a_day"),
        ("members", "0005_members_of_active_unions"),
        ("unions", "0007_unions_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkerPhone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("browser", models.CharField(editable=False, max_length=16, verbose_name="浏览器")),
                (
                    "county",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.administrativedivision",
                        verbose_name="县级区划",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="members.person",
                        verbose_name="职工",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.union",
                        verbose_name="所属工会",
                    ),
                ),
            ],
            options={
                "verbose_name": "职工手机",
                "verbose_name_plural": "职工手机",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("county", "browser", "person"),
                        name="workerphone_once",
                        violation_error_message="同一名职工在一部手机上只记一次。",
                    )
                ],
            },
        ),
        SecureTable("WorkerPhone"),
        migrations.RunSQL(NOTE, SILENT),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
