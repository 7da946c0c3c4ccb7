"""A union with members or a running programme is not archived, and an archived one takes neither."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from cases import actions as cases
from core import scope
from core.actions import Refused, bootstrap
from members import actions
from members.models import Membership, Person
from tests.world import World, build, id_number
from unions.actions import archive_union, change_union, create_union
from unions.models import Union, UnitCoverage

LOW = "632322-0001"
DAY = date(2023, 5, 1)
WAITING = "select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"


@pytest.fixture
def low(world: World) -> Union:
    """A grassroots union of two members that covers no employer any more."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        UnitCoverage.objects.filter(union=world.unions[LOW]).update(valid_to=DAY)
    return world.unions[LOW]


def clerk(world: World) -> Any:
    return world.account("632322.clerk")


def archive(world: World, union: Union) -> Union:
    return archive_union(by=clerk(world), row=union, reason="合并")


def bare(world: World) -> Union:
    """A union of the county without anybody."""
    made = create_union(by=clerk(world), parent=world.unions["632322"], name="尖扎新工会", kind="joint")
    with scope.applied(clerk(world)):
        made.refresh_from_db()
    return made


def transfer(world: World, union: Union, number: int = 1) -> Person:
    person = world.persons[f"632322-{number}"]
    return actions.transfer_member(by=clerk(world), row=person, union=union, on=DAY)


def test_a_union_with_members_is_not_archived_and_says_where_they_are(world: World, low: Union) -> None:
    with pytest.raises(Refused, match=rf"“{low}”还有 2 名会员.*“隶属 {LOW}”.*转会或终止会籍"):
        archive(world, low)


def test_what_else_holds_a_union_is_named(world: World) -> None:
    with pytest.raises(Refused, match="还覆盖着用人单位：尖扎示范企业01。请先在单位的页面“终止工会覆盖”"):
        archive(world, world.unions[LOW])
    above = bare(world)
    for number in range(1, 5):
        create_union(by=clerk(world), parent=above, name=f"尖扎第{number}工会", kind="joint")
    with pytest.raises(Refused, match="还有下级工会：尖扎第1工会、尖扎第2工会、尖扎第3工会等 4 个。"):
        archive(world, above)


def test_it_is_archived_when_they_have_gone(world: World, low: Union) -> None:
    transfer(world, world.unions["632322"])
    actions.end_membership(by=clerk(world), row=world.persons["632322-2"], on=DAY, how="6")
    assert archive(world, low).is_archived


def test_nobody_becomes_a_member_of_an_archived_union(world: World) -> None:
    gone = archive(world, bare(world))
    with pytest.raises(Refused, match="“尖扎新工会”已归档，不能再登记会籍"):
        transfer(world, gone)
    new = {"name": "才让卓玛", "id_number": id_number(777), "joined_on": DAY}
    with pytest.raises(Refused, match="已归档，不能再登记会籍"):
        actions.admit_member(by=clerk(world), union=gone, **new)


@contextmanager
def before_this_was_kept(world: World, table: str, trigger: str) -> Iterator[None]:
    """Write as it could be written once."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]), connection.cursor() as cursor:
        cursor.execute(f"set constraints all immediate; alter table {table} disable trigger {trigger}")
        yield
        cursor.execute(f"alter table {table} enable trigger {trigger}")


def test_members_whom_an_archived_union_has_from_before_stay_and_may_leave(world: World, low: Union) -> None:
    with before_this_was_kept(world, "unions_union", "members_membership_hold_union"):
        Union.objects.filter(pk=low.pk).update(archived_at=timezone.now())
    change_union(by=clerk(world), row=low, name="原示范企业工会")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Membership.objects.filter(union=low).update(valid_from=date(2022, 4, 1))  # still open, still there
    actions.end_membership(by=clerk(world), row=world.persons["632322-2"], on=DAY, how="6")
    with scope.applied(clerk(world)):
        assert Membership.objects.open().filter(union=low).count() == 1


def test_a_membership_that_has_ended_is_not_opened_again_in_an_archived_union(
    world: World, low: Union
) -> None:
    for number in (1, 2):
        actions.end_membership(by=clerk(world), row=world.persons[f"632322-{number}"], on=DAY, how="6")
    archive(world, low)
    opened = {"valid_to": None, "ended_by": ""}
    with (
        pytest.raises(Exception, match="union archived"),
        bootstrap("demo.load", lambda: world.accounts["admin"]),
    ):
        Membership.objects.filter(union=low).update(**opened)


def test_a_union_with_a_running_programme_is_not_archived(world: World) -> None:
    union = bare(world)
    given = {"kind": "relief", "name": "乡镇帮扶", "started_on": DAY}
    programme = cases.create_programme(by=clerk(world), union=union, **given)
    with pytest.raises(Refused, match=r"还有 1 个服务项目在进行.*先在“修改”里填写结束日期"):
        archive(world, union)
    cases.change_programme(by=clerk(world), row=programme, ended_on=timezone.localdate())
    gone = archive(world, union)
    with pytest.raises(Refused, match="“尖扎新工会”已归档，不能再登记服务项目"):
        cases.create_programme(by=clerk(world), union=gone, **{**given, "name": "又一个"})
    later = timezone.localdate() + timedelta(days=30)
    with pytest.raises(Refused, match="已归档，不能再登记服务项目"):
        cases.change_programme(by=clerk(world), row=programme, ended_on=later)


def test_of_archiving_and_admitting_at_once_the_second_sees_the_first(transactional_db: None) -> None:
    world = build()
    union = bare(world)
    said: list[str] = []

    def run() -> None:
        try:
            archive(world, union)
        except Refused as refused:
            said.append(refused.message)
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        person = Person.objects.get(pk=world.persons["632322-1"].pk)
        Membership.objects.filter(person=person).update(valid_to=DAY, ended_by="4")
        Membership.objects.create(**union.stamp(), person=person, valid_from=DAY, began_by="2")
        other.start()
        _until_it_waits()
    other.join()
    assert len(said) == 1 and "还有 1 名会员" in said[0]


def _until_it_waits() -> None:
    until = monotonic() + 20
    with connection.cursor() as cursor:
        while monotonic() < until:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    pytest.fail("the other one never waited")
