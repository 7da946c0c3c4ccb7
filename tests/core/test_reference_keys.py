"""Keys of rows that arrive and leave by the hundred thousand: each asks once."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.actions import bootstrap
from members.models import Person
from tests.world import World

pytestmark = pytest.mark.django_db
POINTING = {
    ("members_membership", "person_id"),
    ("members_membergrouptag", "person_id"),
    ("cases_enrolment", "person_id"),
    ("cases_enrolment", "crew_leader_id"),
    ("cases_mealcard", "person_id"),
    ("cases_mealcheckin", "proxy_by_id"),
}
RESTRICTING = """
select c.conrelid::regclass::text, a.attname from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
where c.confrelid = 'members_person'::regclass and c.contype = 'f' and c.confdeltype = 'r' and c.convalidated"""


TWICE = """
select p.conrelid::regclass::text, a.attname from pg_constraint p
join pg_attribute a on a.attrelid = p.conrelid and p.conkey = array[a.attnum]
join pg_constraint both_columns on both_columns.conrelid = p.conrelid and both_columns.confrelid = p.confrelid
  and both_columns.contype = 'f' and both_columns.conkey[1] = a.attnum and cardinality(both_columns.conkey) = 2
where p.contype = 'f'"""
IN_BULK = {
    ("unions_employerheadcount", "employer_id"),
    ("unions_unitcoverage", "employer_id"),
    ("unions_democraticsystem", "employer_id"),
    ("cases_enrolment", "programme_id"),
    ("cases_mealcard", "programme_id"),
    ("cases_mealcheckin", "programme_id"),
}


def test_what_the_key_over_row_and_county_proves_is_not_asked_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TWICE)
        assert not IN_BULK & set(cursor.fetchall())


TWO_INDEXES = """
select k.indrelid::regclass::text, a.attname from pg_index k
join pg_attribute a on a.attrelid = k.indrelid and k.indkey[0] = a.attnum
where k.indnkeyatts = 1 and not k.indisunique and k.indpred is null
  and k.indrelid::regclass::text ~ '^(cases|funding)_' and a.attname <> 'union_id'
  and exists (
    select from pg_index other join pg_class c on c.oid = other.indexrelid join pg_am m on m.oid = c.relam
    where other.indrelid = k.indrelid and other.indexrelid <> k.indexrelid and m.amname = 'btree'
      and other.indpred is null and other.indkey[0] = k.indkey[0] and other.indclass[0] = k.indclass[0])"""


def test_a_key_with_which_another_index_begins_has_none_of_its_own() -> None:
    """The union of a row stands on every table alike (`core.scope.Scoped`) and is left out."""
    with connection.cursor() as cursor:
        cursor.execute(TWO_INDEXES)
        assert cursor.fetchall() == []


def test_each_asks_once_whether_somebody_points_at_who_leaves() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RESTRICTING)
        assert set(cursor.fetchall()) == POINTING


def test_a_member_is_not_deleted_even_for_a_moment(world: World) -> None:
    person = world.persons["632322-1"]
    with (
        bootstrap("demo.load", lambda: world.accounts["admin"]),
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("delete from members_person where id = %s", [person.pk])
    assert Person.objects.visible_to(world.accounts["632322.clerk"]).filter(pk=person.pk).exists()
