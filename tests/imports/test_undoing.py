"""An import is taken back as its history tells it, also after the tables have grown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, models

from core import scope
from core.actions import bootstrap, change
from core.imports import actions, jobs, undoing
from core.imports.images import insertable
from core.jobs import Progress
from core.models import AuditEvent
from members.actions import change_member
from members.models import Person
from tests.imports.conftest import check, commit, counts
from tests.world import World, id_number


@pytest.fixture
def added_column(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A column that may not be empty comes to the table of persons, and the portal knows it."""

    def add() -> None:
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate; set constraints all deferred")
            cursor.execute("alter table members_person add column added_since int not null default 7")
        field: Any = models.IntegerField()
        known = insertable(Person) | {"added_since": field}
        monkeypatch.setattr(
            undoing, "insertable", lambda model: known if model is Person else insertable(model)
        )

    return add


def nation_and_added(person: Person) -> tuple[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("select nation, added_since from members_person where id = %s", [person.pk])
        nation, added = cursor.fetchone()
        return nation, added


def test_imports_are_taken_back_one_after_the_other(county: World, table: Callable[..., Path]) -> None:
    clerk, person = county.account("632322.clerk"), county.persons["632322-1"]
    head = ["姓名", "身份证号", "所在工会", "入会日期", "民族"]
    line = [person.name, id_number(221), "632322-0001", "2022-03-01"]
    first, second = (commit(clerk, check(clerk, table(head, [*line, to]))) for to in ("藏族", "回族"))
    assert [actions.undo(by=clerk, row=batch).kept for batch in (second, first)] == [[], []]
    with scope.applied(clerk):
        assert Person.objects.get(pk=person.pk).nation == person.nation


def test_a_plan_made_before_an_undoing_is_not_written_over_what_came_after(
    county: World, table: Callable[..., Path]
) -> None:
    clerk, person = county.account("632322.clerk"), county.persons["632322-1"]
    head = ["姓名", "身份证号", "所在工会", "入会日期", "民族"]
    line = [person.name, id_number(221), "632322-0001", "2022-03-01"]
    first = commit(clerk, check(clerk, table(head, [*line, "藏族"])))
    planned = check(clerk, table(head, [*line, "回族"]))
    actions.undo(by=clerk, row=first)
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(Person.objects.get(pk=person.pk), nation="土族")
    assert counts(commit(clerk, planned)) == (0, 0, 0, 1)


def test_what_was_kept_can_be_taken_back_once_it_is_as_imported(
    county: World, table: Callable[..., Path]
) -> None:
    """Two new, one changed; one of each is touched before the first undoing, and put back after it."""
    clerk, person = county.account("632322.clerk"), county.persons["632322-1"]
    path = table(
        ["姓名", "身份证号", "所在工会", "入会日期", "民族"],
        [person.name, id_number(221), "632322-0001", "2022-03-01", "藏族"],
        ["王兰", id_number(901), "632322-0001", "2022-03-01", "藏族"],
        ["李梅", id_number(902), "632322-0001", "2022-03-01", "藏族"],
    )
    batch = commit(clerk, check(clerk, path))
    _give_nation(clerk, "土族", person.name, "王兰")
    assert [kept["row"] for kept in actions.undo(by=clerk, row=batch).kept] == [2, 3]
    _give_nation(clerk, "藏族", "王兰")
    assert [kept["row"] for kept in actions.undo(by=clerk, row=batch).kept] == [2]
    with scope.applied(clerk):
        assert not Person.objects.filter(name__in=("王兰", "李梅")).exists()
    _give_nation(clerk, "藏族", person.name)
    batch = actions.undo(by=clerk, row=batch)
    assert (batch.state, batch.kept) == ("undone", [])
    with scope.applied(clerk):
        assert Person.objects.get(pk=person.pk).nation == person.nation
        assert AuditEvent.objects.filter(verb="imports.undo", target_id=batch.pk).count() == 3


def _give_nation(clerk: Any, nation: str, *names: str) -> None:
    with scope.applied(clerk):
        found = list(Person.objects.filter(name__in=names))
    assert len(found) == len(names)
    for person in found:
        change_member(by=clerk, row=person, nation=nation)


def test_an_undoing_that_is_delivered_again_is_done_once(county: World, table: Callable[..., Path]) -> None:
    clerk = county.account("632322.clerk")
    line = ["王兰", id_number(901), "632322-0001", "2022-03-01"]
    batch = commit(clerk, check(clerk, table(["姓名", "身份证号", "所在工会", "入会日期"], line)))
    _give_nation(clerk, "土族", "王兰")
    with scope.applied(clerk):
        job = jobs.start_undo(batch, by=clerk)
    for _ in range(2):
        assert jobs.undo(job, Progress(job)) == {"batch": batch.pk, "kept": 1}
    with scope.applied(clerk):
        assert AuditEvent.objects.filter(verb="imports.undo", target_id=batch.pk).count() == 1


def test_an_older_import_is_undone_after_a_column_was_added(
    county: World, table: Callable[..., Path], added_column: Callable[[], None]
) -> None:
    clerk, person = county.account("632322.clerk"), county.persons["632322-1"]
    path = table(
        ["姓名", "身份证号", "所在工会", "入会日期", "民族"],
        [person.name, id_number(221), "632322-0001", "2022-03-01", "藏族"],
        ["王兰", id_number(901), "632322-0001", "2022-03-01", "藏族"],
    )
    batch = commit(clerk, check(clerk, path))
    assert counts(batch) == (1, 1, 0, 0)
    added_column()
    assert actions.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert nation_and_added(person) == (person.nation, 7)
        assert not Person.objects.filter(name="王兰").exists()
