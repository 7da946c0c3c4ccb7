"""What hangs on projects from spreadsheets: found again, refused with sentences, taken back."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cases import actions
from cases.models import Equipment, Milestone, Visit
from core import scope
from core.imports import actions as imports
from tests.imports.conftest import check, commit, counts, county, problems, table
from tests.world import World

__all__ = ["county", "table"]
Write = Callable[..., Path]
NAME = "尖扎职工氧吧"


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def test_visits_come_in_by_project_and_day(clerk: Any, county: World, table: Write) -> None:
    path = table(
        ["项目名称", "日期", "使用人次", "供氧时长"],
        [NAME, "2023-10-01", "35", "20.5小时"],
        [NAME, "2023.9.21", "33", ""],
        [NAME, "2023-09-01", "3", ""],
        [NAME, "2023-10-02", "3", "1.25"],
        [NAME, "2099-10-02", "3", ""],
        ["泽库职工氧吧", "2023-10-02", "3", ""],
        [NAME, "2023-10-03", "", ""],
    )
    batch = commit(clerk, check(clerk, path, "visits"))
    assert counts(batch) == (1, 1, 0, 5)
    said = str(problems(clerk, batch))
    for words in ("早于投用日期 2023-09-20", "小数超过一位", "晚于今天", "没有建设项目", "没有填写"):
        assert words in said, words
    with scope.applied(clerk):
        rows = Visit.objects.order_by("visited_on").values_list("visited_on", "person_times", "oxygen_hours")
        assert list(rows) == [
            (date(2023, 9, 21), 33, Decimal("18.5")),
            (date(2023, 10, 1), 35, Decimal("20.5")),
        ]
    assert imports.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert Visit.objects.get().person_times == 31


def test_milestones_are_found_by_label_or_number(clerk: Any, county: World, table: Write) -> None:
    with scope.applied(clerk):
        step = Milestone.objects.get()
    path = table(
        ["节点名称", "项目", "计划完成日期", "实际完成日期", "节点编号"],
        ["正式开工", NAME, "", "", str(step.pk)],
        ["竣工", NAME, "2023-08-01", "", ""],
        ["验收", NAME, "", "2099-01-01", ""],
    )
    batch = commit(clerk, check(clerk, path, "milestones"))
    assert counts(batch) == (1, 1, 0, 1), problems(clerk, batch)
    with scope.applied(clerk):
        labels = Milestone.objects.order_by("pk").values_list("label", "planned_on")
        assert list(labels) == [("正式开工", date(2023, 4, 1)), ("竣工", date(2023, 8, 1))]


def test_a_removed_step_comes_in_anew(clerk: Any, county: World, table: Write) -> None:
    with scope.applied(clerk):
        step = Milestone.objects.get()
    actions.archive_milestone(by=clerk, row=step, reason="重复")
    batch = commit(clerk, check(clerk, table(["节点", "建设项目"], ["开工", NAME]), "milestones"))
    assert counts(batch) == (1, 0, 0, 0), problems(clerk, batch)


def test_equipment_is_found_by_its_serial_number(clerk: Any, county: World, table: Write) -> None:
    path = table(
        ["设备名称", "项目", "序列号", "数量", "单价", "设备状态", "验收日期"],
        ["制氧机", NAME, "ZY-01", "1", "1.3万", "验收合格", "2023-09-18"],
        ["制氧机", NAME, "ZY-02", "1", "", "", ""],
        ["吸氧座椅", NAME, "", "14", "", "", ""],
        ["监测仪", NAME, "J-1", "2", "", "", ""],
        ["监护仪", NAME, "", "1", "", "验收合格", ""],
        ["血氧仪", NAME, "", "0", "", "", ""],
    )
    batch = commit(clerk, check(clerk, path, "equipment"))
    assert counts(batch) == (1, 2, 0, 3), problems(clerk, batch)
    with scope.applied(clerk):
        rows = {row.serial_no or row.name: row for row in Equipment.objects.all()}
    assert (rows["ZY-01"].state, rows["ZY-01"].unit_price) == ("accepted", Decimal("13000.00"))
    assert rows["ZY-02"].state == "arrived" and rows["吸氧座椅"].quantity == 14
