"""Tables in 万元 and cells in Excel's percent format, all the way into the register."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook, load_workbook

from cases.models import ProgressReport
from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.checking import Alone, check_batch
from core.imports.raw import opened
from core.imports.returning import return_held, update_table
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


PLAIN = [text.replace("（万元）", "") for text in HEAD]
IN_WAN_YUAN: dict[str, list[Sequence[Any]]] = {
    "heading": [HEAD],
    "title": [["单位：万元"], PLAIN],
    "beside": [[*[None] * 8, "单位：万元"], PLAIN],
}
LEFT = {"约6": "6", "六月": "2024-06-09"}


def held_lines() -> list[tuple[Any, ...]]:
    """Rows of which all but the first are held, the last for its date alone."""
    return [*lines(20, "约3", "约4", "约5", "约6"), (*line(2.5, 6)[:5], "六月", "文6")]


def typed_over(batch: ImportBatch, cells: dict[str, str | None], clerk: Any) -> ImportBatch:
    """What the cells of the held rows that say this are corrected to."""
    given = {
        row.number: {key: cells[value] for key, value in opened(batch, row).items() if value in cells}
        for row in rows(clerk, batch).values()
        if row.plan == "held"
    }
    return actions.fix_rows(by=clerk, row=batch, cells={n: c for n, c in given.items() if c})


def returned(by: Any, batch: ImportBatch, path: Path, *, whole: bool) -> Path:
    """The table that goes back to the clerk, with the cells mended that are still wrong."""
    stream = BytesIO()
    return_held(by=by, row=batch, stream=stream, whole=whole)
    book = load_workbook(stream)
    for cells in book.worksheets[0].iter_rows():
        for cell in cells:
            if cell.value in LEFT:
                cell.value = LEFT[str(cell.value)]
    book.save(path)
    return path


def planned(clerk: Any, batch: ImportBatch) -> dict[str, str]:
    found = rows(clerk, batch).values()
    assert not [row.problems for row in found if row.plan == "held"]
    return {row.shown["document_no"]: row.shown["amount"] for row in found}


@pytest.mark.parametrize("place", IN_WAN_YUAN)
def test_what_is_corrected_means_the_same_on_the_page_and_in_both_tables(
    clerk: Any, save: Save, tmp_path: Path, place: str
) -> None:
    batch = check(clerk, save(*IN_WAN_YUAN[place], *held_lines()), "funding_lines")
    batch = typed_over(batch, {"约3": "3", "约4": "4元", "约5": "5.00万元"}, clerk)
    assert batch.rows_held == 2 and "按万元读，已换算成元" in said(batch)
    again = {
        whole: check(
            clerk, returned(clerk, batch, tmp_path / f"back{whole}.xlsx", whole=whole), "funding_lines"
        )
        for whole in (True, False)
    }
    batch = typed_over(batch, dict(LEFT), clerk)
    amounts = {
        "文1": "200000.00",
        "文2": "30000.00",
        "文3": "4.00",
        "文4": "50000.00",
        "文5": "60000.00",
        "文6": "25000.00",
    }
    assert planned(clerk, batch) == planned(clerk, again[True]) == amounts
    assert planned(clerk, again[False]) == {name: amounts[name] for name in ("文5", "文6")}
    assert "“金额（万元）”按万元读" in said(again[False])


def test_what_is_left_of_a_committed_table_keeps_its_unit(clerk: Any, save: Save, tmp_path: Path) -> None:
    batch = commit(clerk, check(clerk, save(HEAD, *held_lines()), "funding_lines"))
    note = "“金额（万元）”按万元读，已换算成元；格子里自己写明单位的，照格子里的读，在网页上改正的也一样"
    assert note in batch.notes
    back = check(clerk, returned(clerk, batch, tmp_path / "held.xlsx", whole=False), "funding_lines")
    assert rows(clerk, back)[5].shown["amount"] == "60000.00"
    rest = actions.continue_held(by=clerk, row=batch)
    assert note in rest.notes
    rest = typed_over(rest, {"约3": "3", "约4": "4元", "约5": "￥5", **LEFT}, clerk)
    rest = actions.recheck_held(by=clerk, row=rest)
    assert note in rest.notes
    assert sorted(planned(clerk, rest).items()) == [
        ("文2", "30000.00"),
        ("文3", "4.00"),
        ("文4", "50000.00"),
        ("文5", "60000.00"),
        ("文6", "25000.00"),
    ]


def test_a_colleague_gets_what_was_read_in_yuan_with_its_unit(
    world: World, clerk: Any, save: Save, tmp_path: Path
) -> None:
    batch = check(clerk, save(HEAD, *held_lines()), "funding_lines")
    path = returned(world.account("632322.head"), batch, tmp_path / "held.xlsx", whole=False)
    back = rows(clerk, check(clerk, path, "funding_lines"))
    assert {row.shown["document_no"]: row.shown["amount"] for row in back.values()}["文6"] == "25000.00"


def test_the_page_of_corrections_names_the_unit(client: Client, clerk: Any, save: Save) -> None:
    batch = check(clerk, save(["单位：万元"], PLAIN, *held_lines()), "funding_lines")
    client.force_login(clerk)
    page = client.get(f"/imports/{batch.pk}/fix/").content.decode()
    assert ">金额（万元）</th>" in page and "金额（元）" not in page.replace("金额（元）|", "")
    assert "“金额（万元）”按万元读：只填数字 3 就是 3万元" in page
    assert "金额（万元）“约3”：无法识别为金额。请只填数字，如 12.5，按万元读" in page
    form = dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', page))
    client.post(f"/imports/{batch.pk}/fix/", {"row": ["4"], **form, "r4-amount": "3"})
    assert rows(clerk, batch)[4].shown["amount"] == "30000.00"
    fill = {"column": "amount", "value": "7", "instead_of": "约5"}
    client.post(f"/imports/{batch.pk}/fill/", fill)
    assert rows(clerk, batch)[6].shown["amount"] == "70000.00"
    wrong = client.post(f"/imports/{batch.pk}/fill/", {**fill, "value": "若干"}, follow=True)
    assert "金额（万元）：无法识别为金额" in wrong.content.decode()


def test_a_number_is_asked_for_its_unit_where_only_some_cells_show_one(
    client: Client, clerk: Any, save: Save
) -> None:
    path = save(PLAIN, *lines(20, "约3", 3000), formats={"E2": '0"万元"'})
    batch = check(clerk, path, "funding_lines")
    client.force_login(clerk)
    url = f"/imports/{batch.pk}/fix/"
    form = dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', client.get(url).content.decode()))
    typed = {"row": ["3"], **form, "r3-amount": "3", "r3-document_no": "文9"}
    page = client.post(url, typed, follow=True).content.decode()
    assert "第 3 行的“金额（元）”没有写明单位：这一列有的数字按 Excel 显示的“万元”读" in page
    row = rows(clerk, batch)[3]
    assert opened(batch, row)["amount"] == "约3" and opened(batch, row)["document_no"] == "文9"
    with pytest.raises(Refused, match="请写成 3万元 或 30000元"):
        actions.fill_held(by=clerk, row=batch, column="amount", value="3", instead_of="约3")
    actions.fix_rows(by=clerk, row=batch, cells={3: {"amount": "3万元"}})
    assert rows(clerk, batch)[3].shown["amount"] == "30000.00"


def test_a_title_of_two_units_is_said(clerk: Any, save: Save) -> None:
    batch = check(clerk, save(["单位：元、万元"], PLAIN, *lines(20)), "funding_lines")
    told = "“金额”按元读（表上写着“单位：元、万元”，写了不止一个单位：元、万元，请核对）"
    assert told in said(batch) and rows(clerk, batch)[3].shown["amount"] == "20.00"


@pytest.mark.parametrize("typed", ["50", "50%", "５０％"])
def test_a_percentage_corrected_by_hand_is_what_was_typed(
    clerk: Any, save: Save, tmp_path: Path, typed: str
) -> None:
    head, formats = ["建设项目", "配套比例", "依据"], {"B2": "0%", "B3": "0%"}
    path = save(head, [BAR, "约一半", "青工发1号"], [BAR, 0.25, "青工发2号"], formats=formats)
    batch = check(clerk, path, "match_requirements")
    assert batch.rows_held == 1
    batch = actions.fix_rows(by=clerk, row=batch, cells={2: {"percent": typed}})
    path = returned(clerk, batch, tmp_path / "back.xlsx", whole=True)
    for found in (batch, check(clerk, path, "match_requirements")):
        assert [rows(clerk, found)[n].shown["percent"] for n in (2, 3)] == ["50.00", "25.00"]


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
