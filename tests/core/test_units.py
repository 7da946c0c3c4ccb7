"""The unit of money that a table names, and what Excel shows behind a number: found, and nothing else taken for it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from core import checks
from core.checks import Problem
from core.sheets import ColumnWords, Merge, Row, Table, find_header, headed, open_table, read_workbook
from core.sheets.formats import style_of

WORDS = (
    ColumnWords(key="project", label="建设项目"),
    ColumnWords(key="amount", label="金额（元）", synonyms=("金额",), is_money=True),
    ColumnWords(key="percent", label="配套比例（%）", synonyms=("配套比例",)),
)


def unit(*rows: list[Any], merges: tuple[Merge, ...] = ()) -> str:
    numbered = [Row(number, cells) for number, cells in enumerate(rows, 1)]
    header = find_header(numbered, WORDS, merges)
    assert header is not None and "amount" in header.mapping
    return header.units["amount"].name if "amount" in header.units else ""


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("金额（万元）", "万元"),
        ("金额(万元)", "万元"),
        ("金额【 万 元 】", "万元"),
        ("金额（单位：万元）", "万元"),
        ("金额（人民币，万元）", "万元"),
        ("金额/万元", "万元"),
        ("金额:万元", "万元"),
        ("金额：千元", "千元"),
        ("金额万元", "万元"),
        ("金额（万）", "万元"),
        ("金额（亿元）", "亿元"),
        ("金额（元）", "元"),
        ("金额/元", "元"),
        ("金额", ""),
        ("金额（共300万元）", ""),
        ("金额（共三百万元）", ""),
        ("金额（万元户补助）", ""),
    ],
)
def test_a_heading_names_its_unit(heading: str, found: str) -> None:
    assert unit(["建设项目", heading, "配套比例"], ["甲", 1, 2]) == found


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("单位：万元", "万元"),
        ("单位:万元", "万元"),
        ("金额单位：万元", "万元"),
        ("（单位：万元）", "万元"),
        ("单位：人、万元", "万元"),
        ("２０２４年资金台账（单位：万元）", "万元"),
        ("2024年资金台账（万元）", "万元"),
        ("单位：元", "元"),
        ("填报单位：尖扎县总工会", ""),
        ("关于下达500万元资金的通知", ""),
        ("总投资300万元", ""),
    ],
)
def test_a_title_names_the_unit_of_headings_that_name_none(title: str, found: str) -> None:
    assert unit([title], ["建设项目", "金额"]) == found
    assert unit([None, title, "2024年6月"], ["建设项目", "金额"]) == found
    assert unit([title], ["建设项目", "金额（元）"]) == "元"


@pytest.mark.parametrize(
    ("title", "read", "beside"),
    [
        ("单位：元、万元", "元", ("万元",)),
        ("单位：万元/元", "万元", ("元",)),
        ("单位：人、万元", "万元", ()),
        ("单位：万元（人民币万元）", "万元", ()),
    ],
)
def test_of_two_units_the_first_counts_and_the_other_is_known(
    title: str, read: str, beside: tuple[str, ...]
) -> None:
    leads: list[list[Any]] = [[title], [None, title, "2024年6月"]]
    for lead in leads:
        rows = [Row(1, lead), Row(2, ["建设项目", "金额"])]
        header = find_header(rows, WORDS)
        assert header is not None and header.units["amount"] == (read, title, beside)


@pytest.mark.parametrize("text", ["金额", "金额（元）", "金额（万元）", "金额 (元)"])
def test_a_heading_is_given_its_unit(text: str) -> None:
    assert unit(["建设项目", headed(text, "万元")]) == "万元"
    assert headed(text, "万元").count("元") == 1


def test_the_nearest_text_above_a_column_counts() -> None:
    over = (Merge(1, 0, 1, 2), Merge(2, 1, 2, 2))
    rows = (["台账（单位：元）", None, None], ["甲", "到位（万元）", None], ["建设项目", "金额", "配套比例"])
    assert unit(*rows, merges=over) == "万元"
    assert unit(["建设项目", "金额"], [None, "（万元）"], ["甲", 1]) == "万元"
    assert unit(["建设项目", "金额"], ["甲", "3万元"]) == ""


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        (2.5, "25000.00"),
        (0.1 + 0.2, "3000.00"),
        (1234567.89, "12345678900.00"),
        ("１０", "100000.00"),
        ("1,234.5", "12345000.00"),
        ("¥3", "30000.00"),
        ("(3)", "-30000.00"),
        ("0.000001", "0.01"),
        (0, "0.00"),
        ("3万元", "30000.00"),
        ("30000元", "30000.00"),
    ],
)
def test_plain_amounts_take_the_unit_and_others_keep_their_own(cell: object, yuan: str) -> None:
    assert checks.money(checks.in_unit(cell, "万元"), allow_negative=True) == Decimal(yuan)


@pytest.mark.parametrize("cell", [None, True, "无", "三万", "#REF!", ""])
def test_what_is_no_amount_stays_as_it_is(cell: object) -> None:
    assert checks.in_unit(cell, "万元") is cell


def test_less_than_a_fen_is_refused_in_every_unit() -> None:
    with pytest.raises(Problem, match="换算成元后小数超过两位"):
        checks.money(checks.in_unit(1.23456789, "万元"))


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("0%", 0.5, "50%"),
        ("0%", 1, "100%"),
        ("0%", 0.125, "12.5%"),
        ("0.00%", 1 / 3, "33.33%"),
        ("0.000%", 1 / 3, "33.333%"),
        ("0.0%;[Red]-0.0%", 0.07, "7%"),
        ('0"万元"', 20, "20万元"),
        ('#,##0.00"万元"', 1234.5, "1234.5万元"),
        ('_ * #,##0.00_ \\ "万元";_ * -#,##0.00_ ', 2.5, "2.5万元"),
        ("0\\万\\元", 0.1 + 0.2, "0.3万元"),
        ('[$¥-804]0.00"万"', 3, "3万"),
        ('General"元"', 3, "3元"),
    ],
)
def test_a_number_format_says_what_is_meant(code: str, value: float, text: str) -> None:
    style = style_of(code)
    assert style is not None and style.shown(value) == text


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0.00",
        "@",
        "yyyy/m/d",
        '0!.0,"万"',
        '0\\.0,"万元"',
        '0,"千元"',
        '0"%"',
        '[>9]0"万元";0',
        '0"台"',
    ],
)
def test_other_formats_leave_the_number(code: str) -> None:
    assert style_of(code) is None


@pytest.fixture
def formatted(tmp_path: Path) -> Table:
    book = Workbook()
    sheet: Any = book.active
    sheet.append([])
    sheet.append(["建设项目", "金额", "配套比例"])
    rows = (("甲", 20, 0.5), ("乙", 20, 50), ("丙", "20", "50％"), ("丁", None, None))
    formats = (('0"万元"', "0%"), ("0.00", "0"), ('0"万元"', "0%"), ('0"万元"', "0%"))
    for number, (cells, (money, percent)) in enumerate(zip(rows, formats, strict=True), 3):
        sheet.append(cells)
        sheet.cell(number, 2).number_format, sheet.cell(number, 3).number_format = money, percent
    sheet["XFD9"].number_format = "0%"  # empty, and far away
    book.save(tmp_path / "formatted.xlsx")
    return open_table(read_workbook(tmp_path / "formatted.xlsx"), WORDS)


def test_cells_are_read_as_excel_shows_them(formatted: Table) -> None:
    assert [row.cells for row in formatted.rows()] == [
        ["甲", "20万元", "50%"],
        ["乙", 20, 50],
        ["丙", "20", "50％"],
        ["丁", None, None],
    ]
    assert formatted.sheet.shown == {1: ["万元"], 2: ["%"]}


def test_whole_hundredths() -> None:
    assert [checks.whole_percent(cell) for cell in ("80%", "８０％", 80, "80", None, "80.0%")] == [
        80, 80, 80, 80, None, 80,
    ]  # fmt: skip
    with pytest.raises(Problem, match="应为整数"):
        checks.whole_percent("80.5%")
    with pytest.raises(Problem, match="无法识别为整数"):
        checks.integer("80%")
