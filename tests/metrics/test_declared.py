"""Declared figures: on their screen, in tables, beside the computed ones; targets likewise."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import scope
from core.actions import Refused, bootstrap
from core.imports import actions as imports
from core.models import AuditEvent, Finding
from metrics import actions
from metrics.models import ComputationRun, DeclaredFigure, Figure, IndicatorTarget
from tests.imports.conftest import check, commit, counts, problems
from tests.imports.conftest import table as table
from tests.world import World

Write = Callable[..., Path]
HEADER = ["工会", "指标", "季度", "组别", "申报数", "分子", "分母", "截至日期", "来源"]
QUARTER = "2023Q1"


@pytest.fixture
def clerk(world: World) -> Any:
    """The clerk of a county whose figure of the quarter is computed: 20 of 21."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        place = world.unions["632322"].stamp()
        run = ComputationRun.objects.create(
            **place, by=world.accounts["admin"], quarters=[QUARTER], state="succeeded"
        )
        Figure.objects.create(
            **place, indicator="I16", quarter=QUARTER, numerator=20, denominator=21, run=run
        )
    return world.account("632322.clerk")


@pytest.fixture
def client(clerk: Any) -> Client:
    signed_in = Client()
    signed_in.force_login(clerk)
    return signed_in


def open_findings(clerk: Any) -> list[str]:
    with scope.applied(clerk):
        found = Finding.objects.visible_to(clerk).filter(state="open", subject_type="metrics.declaredfigure")
        return sorted(found.values_list("message", flat=True))


def declared(clerk: Any) -> list[DeclaredFigure]:
    with scope.applied(clerk):
        return list(DeclaredFigure.objects.visible_to(clerk).order_by("pk"))


FORM = {"union": "632322", "indicator": "I16", "quarter": QUARTER, "group": "whole", "printed": "22/21"}


def test_a_figure_is_declared_compared_corrected_and_withdrawn(clerk: Any, client: Client) -> None:
    response = client.post(reverse("declared_figures-new"), FORM)
    (row,) = declared(clerk)
    assert response["Location"] == reverse("declared_figures-detail", args=[row.pk])
    assert (row.numerator, row.denominator, row.printed) == (Decimal(22), Decimal(21), "22/21")
    assert open_findings(clerk) == [
        "职代会建制率：建立职代会的单位 22 家，多于已建会单位 21 家。",
        "职代会建制率：申报 22/21，系统计算 20/21，分子相差 +2，分母相差 0。",
    ]
    page = client.get(response["Location"]).content.decode()
    assert "20/21" in page and "分子 +2，分母 0" in page
    edit = reverse("declared_figures-edit", args=[row.pk])
    values = {"printed": "20/21", "version": row.version, "reason": "表格抄错"}
    assert client.post(edit, values | {"reason": ""}).status_code == 422
    assert client.post(edit, values).status_code == 302
    assert open_findings(clerk) == []
    with scope.applied(clerk):
        assert AuditEvent.objects.get(verb="metrics.correct_declared").reason == "表格抄错"
    client.post(reverse("declared_figures-withdraw", args=[row.pk]), {"reason": "不该由本级申报"})
    assert declared(clerk)[0].is_archived
    listed = reverse("declared_figures-list")
    assert "20/21" not in client.get(listed).content.decode()
    assert "20/21" in client.get(f"{listed}?scope=archived").content.decode()
    assert client.post(reverse("declared_figures-new"), FORM).status_code == 302


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"printed": "100%"}, "只有百分比“100%”，没有分子和分母"),
        ({"printed": ""}, "请填写申报数"),
        ({"group": "office:南滩"}, "选择一个有效的选项"),
        ({"group": "industry:A"}, "“职代会建制率”没有"),
        ({"quarter": "2099Q1"}, "这个季度还没有开始"),
        ({"as_of": "2099-01-01"}, "截至日期不能晚于今天"),
        ({"union": "632323"}, "您的管辖范围内没有"),
        ({"union": "632322-0001"}, "您的管辖范围内没有"),
    ],
)
def test_what_is_no_declaration_says_why(
    clerk: Any, client: Client, values: dict[str, str], sentence: str
) -> None:
    response = client.post(reverse("declared_figures-new"), FORM | values)
    assert response.status_code == 422 and sentence in response.content.decode()
    assert declared(clerk) == []


def test_a_second_declaration_is_refused(clerk: Any, client: Client) -> None:
    client.post(reverse("declared_figures-new"), FORM)
    response = client.post(reverse("declared_figures-new"), FORM | {"printed": "20/21"})
    assert response.status_code == 422 and "不要重复申报" in response.content.decode()


def test_quarters_are_chosen_from_a_list(client: Client) -> None:
    for name in ("declared_figures-list", "declared_figures-new"):
        page = client.get(reverse(name)).content.decode()
        assert '<option value="2023Q1"' in page and "2023年第1季度</option>" in page


def test_the_list_is_narrowed_by_what_the_comparison_says(clerk: Any, client: Client) -> None:
    client.post(reverse("declared_figures-new"), FORM)
    client.post(reverse("declared_figures-new"), FORM | {"quarter": "2022Q4", "printed": "19/21"})
    for verdict, shown in (("different", {"22/21"}), ("alone", {"19/21"}), ("same", set())):
        page = client.get(reverse("declared_figures-list"), {"verdict": verdict}).content.decode()
        rows = page.partition("<tbody")[2]
        assert {printed for printed in ("22/21", "19/21") if printed in rows} == shown


def test_a_quarters_table_is_taken_in_and_back(clerk: Any, table: Write) -> None:
    path = table(
        HEADER,
        ["632322", "职代会建制率", QUARTER, "", "22/21", "", "", "2023-03-31", "季报"],
        ["", "I16", "2022Q4", "事业单位", "100%", "22", "21", "", ""],
        ["", "I17", QUARTER, "", "100%", "", "", "", ""],
        ["", "I17", QUARTER, "", "", "", "", "", ""],
        ["632323", "I17", QUARTER, "", "1/2", "", "", "", ""],
        ["", "I17", "2023年", "", "1/2", "", "", "", ""],
        ["", "I17", "2099Q1", "", "1/2", "", "", "", ""],
        ["", "I17", QUARTER, "街道", "1/2", "", "", "", ""],
    )
    batch = commit(clerk, check(clerk, path, "declared_figures"))
    assert counts(batch) == (2, 0, 0, 6), problems(clerk, batch)
    found = {number: text for number, ((_, text), *_) in problems(clerk, batch).items()}
    assert "只有百分比“100%”" in found[4] and "没有填写数值" in found[5]
    assert "没有县级以上工会“632323”" in found[6] and "无法识别为季度" in found[7]
    assert "还没有开始" in found[8] and "没有“街道”这一组" in found[9]
    first, second = declared(clerk)
    assert (first.as_of, first.source, second.group_value) == (date(2023, 3, 31), "季报", "institution")
    assert len(open_findings(clerk)) == 3
    assert imports.undo(by=clerk, row=batch).kept == []
    assert declared(clerk) == [] and open_findings(clerk) == []


def test_a_table_corrects_what_was_declared_and_back(clerk: Any, client: Client, table: Write) -> None:
    client.post(reverse("declared_figures-new"), FORM)
    again = table(HEADER, ["", "I16", QUARTER, "", "20/21", "", "", "", ""])
    corrected = commit(clerk, check(clerk, again, "declared_figures"))
    assert counts(corrected) == (0, 1, 0, 0) and open_findings(clerk) == []
    assert imports.undo(by=clerk, row=corrected).kept == []
    assert declared(clerk)[0].printed == "22/21" and len(open_findings(clerk)) == 2


def test_a_withdrawn_figure_may_be_declared_anew_by_a_table(clerk: Any, client: Client, table: Write) -> None:
    client.post(reverse("declared_figures-new"), FORM)
    client.post(reverse("declared_figures-withdraw", args=[declared(clerk)[0].pk]), {"reason": "重报"})
    batch = check(clerk, table(HEADER, ["", "I16", QUARTER, "", "20/21", "", "", "", ""]), "declared_figures")
    assert counts(commit(clerk, batch)) == (1, 0, 0, 0)


TARGETS = ["指标", "工会", "要求", "目标值", "起始季度", "截止季度", "依据"]


def targets(by: Any) -> list[tuple[Any, ...]]:
    with scope.applied(by):
        return list(IndicatorTarget.objects.order_by("pk").values_list("indicator", "union__code", "value"))


def test_targets_come_as_a_table_and_go_again(world: World, table: Write) -> None:
    by = world.account("632300.reviewer")
    path = table(
        TARGETS,
        ["I01", "632322", "不低于", "92.5%", "2023Q1", "", "工作要点"],
        ["I04", "", "高于", "60", "2023Q1", "2024Q4", "工作要点"],
        ["I04", "630000", "", "60", "2023Q1", "", "工作要点"],
        ["I04", "632323", "", "160", "2023Q1", "", "工作要点"],
        ["I04", "632323", "", "60", "2023Q2", "2023Q1", "工作要点"],
        ["I04", "632323", "", "60", "2023Q1", "", ""],
    )
    batch = commit(by, check(by, path, "targets"))
    assert counts(batch) == (2, 0, 0, 4), problems(by, batch)
    assert targets(by) == [("I01", "632322", Decimal("92.5")), ("I04", "632300", Decimal("60.0"))]
    assert counts(check(by, path, "targets")) == (0, 0, 2, 4)
    assert imports.undo(by=by, row=batch).kept == []
    assert targets(by) == []


def test_a_target_is_changed_and_put_away_by_its_own_place(world: World) -> None:
    province, prefecture = world.account("630000.reviewer"), world.account("632300.reviewer")
    values = {"indicator": "I01", "from_quarter": "2023Q1", "source": "文件"}
    row = actions.set_target(by=province, union=world.unions["630000"], value=Decimal(90), **values)
    with pytest.raises(Refused, match="请由该工会修改"):
        actions.archive_target(by=prefecture, row=row)
    client = Client()
    client.force_login(province)
    form = {"value": "95", "direction": "at_least", "source": "新文件", "until_quarter": "", "version": 1}
    assert client.post(reverse("targets-edit", args=[row.pk]), form).status_code == 302
    assert targets(province) == [("I01", "630000", Decimal("95.0"))]
    client.post(reverse("targets-archive", args=[row.pk]), {"reason": "设错了"})
    with scope.applied(province):
        held = IndicatorTarget.objects.visible_to(province).holding(world.unions["632322"], "2023Q2")
        assert list(held) == []
    actions.set_target(by=province, union=world.unions["630000"], value=Decimal(91), **values)
    assert len(targets(province)) == 2


def test_a_target_of_a_higher_place_is_read_here_and_set_there(world: World, table: Write) -> None:
    province, by = world.account("630000.reviewer"), world.account("632300.reviewer")
    actions.set_target(
        by=province,
        indicator="I01",
        union=world.unions["630000"],
        value=Decimal(90),
        from_quarter="2023Q1",
        source="文件",
    )
    same, other = (
        ["I01", "630000", "", "90", "2023Q1", "", "文件"],
        ["I01", "630000", "", "95", "2023Q1", "", ""],
    )
    assert counts(check(by, table(TARGETS, same), "targets")) == (0, 0, 1, 0)
    batch = check(by, table(TARGETS, other), "targets")
    assert counts(batch) == (0, 0, 0, 1) and "这是上级工会" in problems(by, batch)[2][0][1]
