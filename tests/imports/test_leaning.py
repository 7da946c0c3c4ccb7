"""Rows that lean on other rows of their file: what becomes of them when those are held."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cases.actions import enrol_by_id
from cases.models import Enrolment
from core import scope
from core.actions import bootstrap
from core.imports import actions as imports
from core.models import ImportBatch
from members.models import Person
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World, add_union, id_number
from unions.models import Union

HEADER = "姓名,身份证号,服务项目,班组长,所属班组长身份证号,起始日期"
LEADER, OTHER, WORKER, ALONE = (id_number(serial) for serial in (821, 822, 823, 824))


@pytest.fixture
def clerk(world: World) -> Any:
    return world.account("632322.clerk")


def _table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "登记.csv"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    return path


def _crews(world: World, tmp_path: Path, *leaders: str) -> Path:
    """Leaders as given, a worker of the crew of LEADER, and one without a crew."""
    name = world.programmes["632322"].name
    workers = (f"拉毛,{WORKER},{name},,{LEADER},2023-03-01", f"扎西,{ALONE},{name},,,2023-03-01")
    return _table(tmp_path, HEADER, *(line.replace("项目", name) for line in leaders), *workers)


def _said(clerk: Any, batch: ImportBatch) -> dict[int, str]:
    return {number: said[0][1] for number, said in problems(clerk, batch).items()}


def _names() -> set[str]:
    return set(Enrolment.objects.values_list("person__name", flat=True))


@pytest.mark.parametrize(
    "leaders",
    [
        [f"班长,{LEADER},项目,是,,2023-13-01"],
        [f"班长,{LEADER},项目,是,,2023-03-01", f"班长,{LEADER},项目,,,2023-03-01"],
    ],
    ids=["a bad date", "twice in the file"],
)
def test_a_crew_waits_for_its_leader_whose_row_is_held(
    world: World, clerk: Any, tmp_path: Path, leaders: list[str]
) -> None:
    batch = check(clerk, _crews(world, tmp_path, *leaders), "enrolments")
    worker = len(leaders) + 2
    assert set(_said(clerk, batch)) == set(range(2, worker + 1))
    assert "班组长在表里的那一行还没有导入" in _said(clerk, batch)[worker]
    assert counts(batch) == (1, 0, 0, worker - 1)
    commit(clerk, batch)
    with scope.applied(clerk):
        assert _names() & {"班长", "拉毛", "扎西"} == {"扎西"}
        assert not Person.objects.filter(name__in=("班长", "拉毛")).exists()


def test_the_crew_follows_once_its_leader_is_corrected(world: World, clerk: Any, tmp_path: Path) -> None:
    batch = check(clerk, _crews(world, tmp_path, f"班长,{LEADER},项目,是,,2023-13-01"), "enrolments")
    batch = imports.fix_rows(by=clerk, row=batch, cells={2: {"valid_from": "2023-03-01"}})
    assert counts(batch) == (3, 0, 0, 0)
    commit(clerk, batch)
    with scope.applied(clerk):
        crew = Enrolment.objects.get(person__name="拉毛")
        assert crew.crew_leader is not None and crew.crew_leader.name == "班长"


def test_a_leader_registered_elsewhere_since_the_check_holds_the_crew_alone(
    world: World, clerk: Any, tmp_path: Path
) -> None:
    batch = check(clerk, _crews(world, tmp_path, f"班长,{LEADER},项目,是,,2023-03-01"), "enrolments")
    assert counts(batch) == (3, 0, 0, 0)
    enrol_by_id(
        by=world.account("632323.clerk"),
        programme=world.programmes["632323"],
        name="班长",
        id_number=LEADER,
        valid_from=date(2023, 1, 1),
    )
    commit(clerk, batch)
    said = _said(clerk, batch)
    assert "已有人登记" in said[2] and "班组长" in said[3] and 4 not in said
    with scope.applied(clerk):
        assert _names() & {"拉毛", "扎西"} == {"扎西"}
        assert not Person.objects.filter(name="拉毛").exists()


UNIONS = "工会编码,工会名称,层级,上级工会"
TOWN, BELOW = "632322-0801,坎布拉镇工会,乡镇（街道）,", "632322-0802,示范村工会,基层,坎布拉镇工会"
BY_ITSELF = "632322-0803,独立工会,基层,"


def test_a_union_waits_for_the_one_above_it(world: World, clerk: Any, tmp_path: Path) -> None:
    twice = "632322-0801,坎布拉镇总工会,乡镇（街道）,"
    batch = check(clerk, _table(tmp_path, UNIONS, TOWN, BELOW, BY_ITSELF, twice), "unions")
    assert "上级工会在表里的那一行还没有导入" in _said(clerk, batch)[3]
    assert counts(batch) == (1, 0, 0, 3)
    commit(clerk, batch)
    with scope.applied(clerk):
        assert Union.objects.filter(code__startswith="632322-08").get().name == "独立工会"


def test_a_union_above_taken_since_the_check_holds_those_below(
    world: World, clerk: Any, tmp_path: Path
) -> None:
    below = "632322-0804,示范组工会,基层,示范村工会"
    batch = check(clerk, _table(tmp_path, UNIONS, TOWN, BELOW, below, BY_ITSELF), "unions")
    assert counts(batch) == (4, 0, 0, 0)
    county = world.unions["632322"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        add_union(world, "632322-0801", "别的工会", county, county=632322, level="grassroots", kind="joint")
    commit(clerk, batch)
    said = _said(clerk, batch)
    assert "已有人登记" in said[2] and "上级工会" in said[3] and "上级工会" in said[4] and 5 not in said
    with scope.applied(clerk):
        assert set(Union.objects.filter(code__startswith="632322-08").values_list("name", flat=True)) == {
            "别的工会",
            "独立工会",
        }
