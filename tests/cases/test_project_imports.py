"""What hangs on projects from spreadsheets: found again, refused with sentences, taken back."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cases import actions
from cases.models import (
    Acceptance,
    Equipment,
    Milestone,
    ProgressReport,
    Project,
    ProjectStage,
    Visit,
)
from core import scope
from core.actions import bootstrap
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


def test_progress_is_held_against_the_report_before_it_whatever_the_order(
    clerk: Any, county: World, table: Write
) -> None:
    path = table(
        ["日期", "项目", "形象进度", "进展情况", "回落原因"],
        ["2023-06-03", NAME, "50", "返工", ""],
        ["2023-06-01", NAME, "40", "主体", ""],
        ["2023-06-02", NAME, "60", "封顶", ""],
        ["2023-06-04", NAME, "55", "返工后", "屋面重做"],
        ["2023-06-05", NAME, "101", "多了", ""],
    )
    batch = commit(clerk, check(clerk, path, "progress_reports"))
    said = str(problems(clerk, batch))
    assert "2023-06-02 已报告 60%，这次是 50%" in said
    assert "大于 100" in said
    with scope.applied(clerk):
        rows = ProgressReport.objects.filter(reported_on__month=6).order_by("reported_on")
        assert list(rows.values_list("percent", flat=True)) == [40, 60, 55]
    assert imports.undo(by=clerk, row=batch).kept == []


def test_a_report_brought_in_later_does_not_stand_above_the_next_one(
    clerk: Any, county: World, table: Write
) -> None:
    heads = ["日期", "项目", "进度（%）", "进展"]
    commit(clerk, check(clerk, table(heads, ["2023-06-10", NAME, "30", "主体"]), "progress_reports"))
    batch = check(clerk, table(heads, ["2023-06-01", NAME, "50", "补报"]), "progress_reports")
    assert "2023-06-10 报告的是 30%，比这次的 50% 低" in str(problems(clerk, batch))
    both = table(heads, ["2023-06-01", NAME, "50", "补报"], ["2023-06-10", NAME, "60", "更正"])
    batch = commit(clerk, check(clerk, both, "progress_reports"))
    assert counts(batch)[:2] == (1, 1)


def test_inspections_come_in_where_they_leave_the_stage_as_it_is(
    clerk: Any, county: World, table: Write
) -> None:
    heads = ["验收日期", "项目", "验收结论", "存在问题", "整改期限"]
    rows = [
        ["2023-09-01", NAME, "不合格", "漏水", "2023-09-10"],
        ["2023-09-11", NAME, "合格", "", ""],
        ["2023-09-12", NAME, "不合格", "", ""],
        ["2023-09-13", NAME, "不合格", "漏水", "2023-09-01"],
    ]
    batch = commit(clerk, check(clerk, table(heads, *rows), "acceptances"))
    said = str(problems(clerk, batch))
    assert "请写明发现的问题" in said
    assert "早于验收日期" in said
    with scope.applied(clerk):
        project = Project.objects.get(name=NAME)
        found = Acceptance.objects.filter(project=project, accepted_on__month=9).order_by("accepted_on")
        assert list(found.values_list("verdict", flat=True)) == ["failed", "passed"]
        assert project.stage == ProjectStage.IN_USE
    assert imports.undo(by=clerk, row=batch).kept == []


def test_an_inspection_that_would_move_the_stage_is_left_to_the_page(
    clerk: Any, county: World, table: Write
) -> None:
    with bootstrap("demo.load", lambda: county.account("admin")):
        Project.objects.filter(name=NAME).update(stage="construction", stage_on=None, opened_on=None)
    path = table(["验收日期", "项目", "结论"], ["2023-09-11", NAME, "合格"])
    batch = check(clerk, path, "acceptances")
    assert "请在项目页面“登记验收”" in str(problems(clerk, batch))


def test_a_sheet_puts_no_project_into_use_without_its_day_or_after_its_use(
    clerk: Any, county: World, table: Write
) -> None:
    path = table(
        ["项目名称", "种类", "阶段", "实际投用日期", "建筑面积"],
        ["早就有的氧吧", "高原职工氧吧", "投入使用", "", "80"],
        ["另一个氧吧", "高原职工氧吧", "投入使用", "2023-05-01", "80"],
        [NAME, "", "", "2026-01-01", ""],
    )
    batch = check(clerk, path, "projects")
    said = str(problems(clerk, batch))
    assert counts(batch) == (1, 0, 0, 2), said
    assert "投入使用的项目要填实际投用日期" in said and "已有使用记录" in said
