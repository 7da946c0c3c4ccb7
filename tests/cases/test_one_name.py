"""In one union no two projects, and no two programmes, that stand have the same name, whatever way it comes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from cases import actions
from cases.models import Programme, Project
from core import scope
from core.actions import Refused, bootstrap
from tests.funding.months import at_once
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import PASSWORD, World, build

__all__ = ["table"]
CHAMBER, OTHER = "尖扎高压氧舱", "尖扎高压氧舱二期"
TAKEN = f"本工会已有名为“{CHAMBER}”的项目"
Made = Callable[[World, str], Any]


def clerk(world: World) -> Any:
    return world.account("632322.clerk")


def project(world: World, name: str = CHAMBER, place: str = "632322") -> Project:
    given = {"kind": "oxygen_chamber", "name": name, "attributes": {"places": "坎布拉镇"}}
    return actions.create_project(by=clerk(world), union=world.unions[place], **given)


def programme(world: World, name: str = CHAMBER) -> Programme:
    given = {"kind": "breakfast", "name": name, "started_on": date(2023, 1, 1), "ended_on": date(2023, 2, 1)}
    served = {"served_group": "环卫工人"}
    return actions.create_programme(by=clerk(world), union=world.unions["632322"], attributes=served, **given)


def archived(world: World, row: Any) -> Any:
    verb = actions.archive_project if isinstance(row, Project) else actions.archive_programme
    return verb(by=clerk(world), row=row, reason="登记错")


def restored(world: World, row: Any) -> Any:
    verb = actions.restore_project if isinstance(row, Project) else actions.restore_programme
    return verb(by=clerk(world), row=row, reason="误归档")


def renamed(world: World, row: Any, name: str) -> Any:
    verb = actions.change_project if isinstance(row, Project) else actions.change_programme
    return verb(by=clerk(world), row=row, name=name)


def whatever_the_actions_say(world: World) -> AbstractContextManager[Any]:
    return bootstrap("demo.load", lambda: world.accounts["admin"])


def as_before(world: World, row: Any) -> None:
    """A second of that name, as it could be written once."""
    table = row._meta.db_table
    with whatever_the_actions_say(world), connection.cursor() as cursor:
        cursor.execute(f"set constraints all immediate; alter table {table} disable trigger keep_name_update")
        type(row).objects.filter(pk=row.pk).update(name=CHAMBER)
        cursor.execute(f"alter table {table} enable trigger keep_name_update")


both = pytest.mark.parametrize("made", [project, programme])


@both
def test_none_is_renamed_to_the_name_of_another(world: World, made: Made) -> None:
    made(world, CHAMBER)
    row = made(world, OTHER)
    with pytest.raises(Refused, match=TAKEN) as refused:
        renamed(world, row, CHAMBER)
    assert refused.value.field == "name"
    assert renamed(world, row, OTHER).name == OTHER


@both
def test_none_is_restored_beside_one_that_has_its_name_now(world: World, made: Made) -> None:
    first = archived(world, made(world, CHAMBER))
    second = made(world, CHAMBER)
    with pytest.raises(Refused, match=f"又登记了名为“{CHAMBER}”的项目。.*先给那一个改名或归档"):
        restored(world, first)
    renamed(world, second, OTHER)
    assert not restored(world, first).is_archived


@both
def test_the_database_refuses_what_no_action_looked_at(world: World, made: Made) -> None:
    gone = archived(world, made(world, CHAMBER))
    made(world, CHAMBER)
    other = made(world, OTHER)
    for row, values in ((gone, {"archived_at": None}), (other, {"name": CHAMBER})):
        with pytest.raises(IntegrityError, match="name taken"), whatever_the_actions_say(world):
            type(row).objects.filter(pk=row.pk).update(**values)
    other.pk, other.name = None, CHAMBER
    with pytest.raises(IntegrityError, match="name taken"), whatever_the_actions_say(world):
        type(other).objects.bulk_create([other])


def test_other_unions_and_archived_rows_are_not_in_the_way(world: World) -> None:
    archived(world, project(world))
    project(world)
    programme(world)
    assert project(world, place="632322-0001").name == CHAMBER


def test_a_pair_from_before_may_be_worked_on_and_parted(world: World) -> None:
    project(world)
    second = project(world, OTHER)
    as_before(world, second)
    second.refresh_from_db()
    actions.change_project(by=clerk(world), row=second, note="同名，待更名")
    assert renamed(world, second, OTHER).name == OTHER


def test_two_at_once_register_one(transactional_db: None) -> None:
    world = build()
    said = at_once(2, lambda: project(world))
    assert said.count("done") == 1 and TAKEN in str(said)
    with scope.applied(clerk(world)):
        assert Project.objects.filter(name=CHAMBER).count() == 1


def test_two_at_once_renaming_one_each_give_one_name(transactional_db: None) -> None:
    world = build()
    rows = [project(world, f"{OTHER}{number}") for number in range(2)]
    said = at_once(2, lambda: renamed(world, rows.pop(), CHAMBER))
    assert said.count("done") == 1 and TAKEN in str(said)


def test_the_page_says_it_at_the_name(world: World, client: Client) -> None:
    project(world)
    row = project(world, OTHER)
    assert client.login(username="632322.clerk", password=PASSWORD)
    given = {"name": CHAMBER, "places": "坎布拉镇", "version": row.version}
    answer = client.post(f"/projects/{row.pk}/edit/", given)
    assert answer.status_code == 422
    assert TAKEN in str(answer.context["form"].errors["name"])


def test_a_name_given_away_since_the_check_holds_its_row(world: World, table: Callable[..., Path]) -> None:
    other = project(world, OTHER)
    heads = ["项目名称", "所属工会", "种类", "安装地点"]
    rows = [
        [name, str(world.unions["632322"]), "高压氧舱", "坎布拉镇"] for name in (CHAMBER, "尖扎高压氧舱新")
    ]
    batch = check(clerk(world), table(heads, *rows), "projects")
    assert counts(batch) == (2, 0, 0, 0), problems(clerk(world), batch)
    renamed(world, other, CHAMBER)
    batch = commit(clerk(world), batch)
    assert counts(batch) == (1, 0, 0, 1) and "又有了同名的项目" in str(problems(clerk(world), batch))
