"""Membership: admission, transfer, retirement, leaving; one membership at a time."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.http import Http404

from core.actions import Refused, bootstrap
from core.models import AuditEvent, History
from members import actions
from members.models import Membership, Person
from tests.world import World, id_number


def admit(world: World, by: str = "632322.clerk", union: str = "632322-0001", **values: object) -> Person:
    given = {"name": "才让卓玛", "id_number": id_number(777), "joined_on": date(2023, 2, 1), **values}
    return actions.admit_member(by=world.account(by), union=world.unions[union], **given)


def test_admission_derives_sex_and_birth_date_and_hides_the_number(world: World) -> None:
    person = admit(world)
    assert (person.sex, person.birth_date) == ("1", date(1990, 1, 1))
    assert person.id_masked.endswith(id_number(777)[-4:]) and id_number(777) not in str(person.__dict__)
    assert bytes(person.id_number).find(id_number(777).encode()) == -1


def test_admission_leaves_one_event_and_the_rows_it_inserted(world: World) -> None:
    person = admit(world)
    event = AuditEvent.objects.get(verb="members.admit")
    assert (event.target_id, event.by.username) == (person.pk, "632322.clerk")
    assert set(History.objects.filter(event_id=event.pk).values_list("table_name", "op")) == {
        ("members_person", "I"),
        ("members_membership", "I"),
    }


def test_a_person_of_another_county_is_answered_with_one_sentence(world: World) -> None:
    admit(world)
    with pytest.raises(Refused, match="管辖范围以外") as refused:
        admit(world, by="630103.clerk", union="630103-0001", name="另一个名字")
    assert "才让卓玛" not in str(refused.value)


def test_a_member_is_not_admitted_twice(world: World) -> None:
    admit(world)
    with pytest.raises(Refused, match=r"已是.*的会员"):
        admit(world)


def test_too_young_and_wrong_numbers_are_refused(world: World) -> None:
    with pytest.raises(Refused, match="16"):
        admit(world, id_number=id_number(5, "20150101"))
    with pytest.raises(Refused, match="校验码"):
        admit(world, id_number="630199199001010011")


def test_another_countys_union_is_not_found(world: World) -> None:
    with pytest.raises(Http404):
        admit(world, union="632323-0001")


def test_an_official_may_not_admit(world: World) -> None:
    with pytest.raises(PermissionDenied):
        admit(world, by="630000.official")


def test_a_transfer_changes_both_sides_on_one_day(world: World) -> None:
    person, day = world.persons["632322-1"], date(2023, 5, 1)
    actions.transfer_member(
        by=world.account("632322.clerk"), row=person, union=world.unions["632322"], on=day
    )
    spells = list(Membership.objects.filter(person=person).order_by("valid_from"))
    assert [(s.union_id, s.valid_to, s.ended_by) for s in spells] == [
        (world.unions["632322-0001"].pk, day, "4"),
        (world.unions["632322"].pk, None, ""),
    ]
    person.refresh_from_db()
    assert person.union_id == world.unions["632322"].pk


def test_a_retired_member_is_retained_and_may_leave_later(world: World) -> None:
    person, clerk = world.persons["632322-1"], world.account("632322.clerk")
    actions.retain_membership(by=clerk, row=person, on=date(2023, 1, 1), change_reason="3")
    actions.end_membership(by=clerk, row=person, on=date(2023, 6, 1), how="6", change_reason="5")
    states = Membership.objects.filter(person=person).order_by("valid_from").values_list("state", "ended_by")
    assert list(states) == [("active", "3"), ("retained", "6")]


def test_the_database_refuses_a_second_membership(world: World) -> None:
    person, union = world.persons["632322-1"], world.unions["632322-0001"]
    with (
        pytest.raises(IntegrityError, match="membership_one_at_a_time"),
        bootstrap("demo.load", lambda: world.accounts["admin"]),
    ):
        Membership.objects.create(**union.stamp(), person=person, valid_from=date(2023, 4, 1))


def test_a_write_outside_an_action_is_refused_by_the_database(world: World) -> None:
    person = world.persons["632322-1"]
    with pytest.raises(DatabaseError, match="write outside an action"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(name="改名")


def test_revealing_a_number_keeps_the_reason(world: World) -> None:
    number = actions.reveal_id_number(
        by=world.account("632322.clerk"), row=world.persons["632322-1"], reason="补办会员卡"
    )
    assert number == id_number(221)
    assert AuditEvent.objects.get(verb="members.reveal").reason == "补办会员卡"
