"""Tables in 万元 and cells in Excel's percent format, all the way into the register."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from cases.models import ProgressReport
from core import scope
from core.imports import actions
from core.imports.checking import Alone, check_batch
from core.imports.raw import opened
from core.imports.returning import update_table
from core.models import ImportBatch
from core.resource import registry
from funding.models import FundingLine, MatchRequirement
from tests.imports.conftest import check, commit, counts, rows
from tests.world import World

HEAD = ("建设项目", "资金来源", "来源类别", "阶段", "金额（万元）", "日期", "文号")
BAR = "尖扎职工氧吧"
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes an .xlsx of rows; `formats` are the number formats of cells."""

    def write(*lines: Sequence[Any], formats: dict[str, str] | None = None) -> Path:
        book = Workbook()
        sheet: Any = book.active
        for line in lines:
            sheet.append(line)
        for place, code in (formats or {}).items():
            sheet[place].number_format = code
        book.save(tmp_path / "table.xlsx")
        return tmp_path / "table.xlsx"

    return write


@pytest.fixture
def clerk(world: World) -> Any:
    return world.account("632322.clerk")


def line(amount: Any, number: int) -> tuple[Any, ...]:
    return BAR, "某援建企业（演示）", "社会捐赠", "意向", amount, "2024-06-09", f"文{number}"


def lines(*amounts: Any) -> list[tuple[Any, ...]]:
    return [line(amount, number) for number, amount in enumerate(amounts, 1)]


def amounts(clerk: Any) -> list[Decimal]:
    with scope.applied(clerk):
        found = FundingLine.objects.filter(document_no__startswith="文").order_by("document_no")
        return list(found.values_list("amount", flat=True))


def said(batch: ImportBatch) -> str:
    return "\n".join(batch.notes)


def test_a_heading_in_wan_yuan(clerk: Any, save: Save) -> None:
    batch = commit(clerk, check(clerk, save(HEAD, *lines("１０", 2.5, "3万元", "45000元")), "funding_lines"))
    assert amounts(clerk) == [100_000, 25_000, 30_000, 45_000]
    assert "“金额（万元）”按万元读，已换算成元" in said(batch)


def test_a_title_in_wan_yuan(clerk: Any, save: Save) -> None:
    head = [text.replace("（万元）", "") for text in HEAD]
    path = save(["资金台账"], ["金额单位：万元"], head, *lines(20, 0.5))
    batch = commit(clerk, check(clerk, path, "funding_lines"))
    assert amounts(clerk) == [200_000, 5_000]
    assert "“金额”按万元读，已换算成元（表上写着“金额单位：万元”）" in said(batch)


def test_a_heading_in_yuan_stands_against_the_title(clerk: Any, save: Save) -> None:
    head = [text.replace("万元", "元") for text in HEAD]
    batch = commit(clerk, check(clerk, save(["单位：万元"], head, *lines(20)), "funding_lines"))
    assert amounts(clerk) == [20] and "换算" not in said(batch)


def test_a_cell_format_in_wan_yuan(clerk: Any, save: Save) -> None:
    head = [text.replace("（万元）", "") for text in HEAD]
    formats = {"E2": '0"万元"', "E3": '0!.0,"万"'}
    batch = commit(clerk, check(clerk, save(head, *lines(20, 200_000), formats=formats), "funding_lines"))
    assert amounts(clerk) == [200_000, 200_000]
    assert "“金额（元）”列的数字照 Excel 显示的读，连同后面的“万元”" in said(batch)


def test_columns_chosen_by_hand_keep_the_unit_of_their_heading(clerk: Any, save: Save) -> None:
    head = [text.replace("金额", "本次拨付") for text in HEAD]
    batch = check(clerk, save(head, *lines(2.5)), "funding_lines")
    columns = ("project", "source", "source_kind", "stage", "amount", "recorded_on", "document_no")
    actions.map_columns(by=clerk, row=batch, columns=dict(enumerate(columns)))
    with scope.applied(clerk):
        ImportBatch.objects.filter(pk=batch.pk).update(state="checking")
    batch = commit(clerk, check_batch(batch.pk, clerk, Alone(clerk)))
    assert amounts(clerk) == [25_000]
    assert "“本次拨付（万元）”按万元读" in said(batch)


def test_a_held_row_keeps_the_unit_with_its_amount(clerk: Any, save: Save) -> None:
    """Whoever corrects it on the page, or gets it back as a table, must not have to know the heading."""
    wrong = [*line(2.5, 1)[:5], "六月", "文1"]
    batch = check(clerk, save(HEAD, wrong), "funding_lines")
    assert opened(batch, rows(clerk, batch)[2])["amount"] == "2.5万元"


def test_percent_cells_are_read_as_shown(clerk: Any, save: Save) -> None:
    path = save(["建设项目", "配套比例", "依据"], [BAR, 0.5, "青工发1号"], formats={"B2": "0%"})
    batch = commit(clerk, check(clerk, path, "match_requirements"))
    with scope.applied(clerk):
        assert MatchRequirement.objects.get(basis="青工发1号").percent == 50
    assert "“配套比例（%）”列的数字照 Excel 显示的读，连同后面的“%”" in said(batch)


def test_progress_in_percent_cells_and_texts(clerk: Any, save: Save) -> None:
    days = [("2024-06-01", 0.6), ("2024-07-01", "８０％"), ("2024-08-01", 1)]
    body = [(day, BAR, done, "主体") for day, done in days]
    path = save(("日期", "建设项目", "进度（%）", "进展"), *body, formats={"C2": "0%", "C4": "0.00%"})
    commit(clerk, check(clerk, path, "progress_reports"))
    with scope.applied(clerk):
        done = ProgressReport.objects.filter(reported_on__year=2024).order_by("reported_on")
        assert list(done.values_list("percent", flat=True)) == [60, 80, 100]


def test_our_own_table_comes_back_unchanged(clerk: Any, save: Save, tmp_path: Path) -> None:
    commit(clerk, check(clerk, save(HEAD, *lines("10", 2.5)), "funding_lines"))
    resource, path = registry()["funding_lines"], tmp_path / "own.xlsx"
    with scope.applied(clerk), path.open("wb") as stream:
        update_table(by=clerk, resource=resource, rows=resource.rows(clerk), stream=stream)
    batch = check(clerk, path, "funding_lines")
    new, changed, unchanged, held = counts(batch)
    assert (new, changed, held) == (0, 0, 0) and unchanged >= 2 and "换算" not in said(batch)
