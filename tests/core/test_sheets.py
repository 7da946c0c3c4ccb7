"""Real files of counties, read into tables: headers found, merged cells filled, only data taken."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from core import checks
from core.checks import Problem
from core.sheets import ColumnWords, Merge, Row, SheetRefused, find_header, open_table, read_workbook
from tests.core.sheet_vocabulary import DATA, MEMBER_WORDS, columns, member_table

WHOLE = [
    ("members_excel.xlsx", 30),
    ("members_excel.xls", 30),
    ("members_titled.xlsx", 20),
    ("members_titled.xls", 20),
    ("members_grouped.xlsx", 25),
    ("members_untidy.xlsx", 20),
    ("members_nameless.xlsx", 10),
    ("members_wps.xlsx", 15),
    ("members_libreoffice.xlsx", 20),
    ("members_libreoffice.xls", 20),
    ("template_libreoffice.xlsx", 6),
    ("template_libreoffice.xls", 6),
    ("template_libreoffice.csv", 6),
    ("members_gb18030.csv", 15),
    ("members_utf8_bom.csv", 15),
    ("members_utf8.csv", 15),
    ("members_utf16.txt", 15),
]


@pytest.mark.parametrize(("file", "count"), WHOLE)
def test_every_row_of_every_kind_of_file_passes_the_checks(file: str, count: int) -> None:
    table = columns(member_table(file))
    numbers = [checks.id_number(value) for value in table["id_number"]]
    assert len(numbers) == len(set(numbers)) == count
    assert all(number and number.startswith("630199") for number in numbers)
    assert all(checks.person_name(value) for value in table["name"])
    assert all(str(value).startswith("632322-000") for value in table["union"])
    for value in table["phone"]:
        checks.mobile_phone(value)
    for value, number in zip(table.get("born_on", []), numbers, strict=False):
        assert number and checks.day(value) == checks.birth_date_of(number)
    for value in table.get("admitted_on", []):
        assert checks.day(value)


def test_our_template_survives_being_saved_by_an_office_program() -> None:
    """Opened in LibreOffice and saved again: text stays text, dates dates, lists lists, whatever the format."""
    saved = [columns(member_table(f"template_libreoffice.{kind}")) for kind in ("xlsx", "xls")]
    assert saved[0] == saved[1] and all(isinstance(value, date) for value in saved[0]["born_on"])
    assert all(isinstance(value, str) for value in saved[0]["id_number"])
    sheet = load_workbook(DATA / "template_libreoffice.xlsx").worksheets[0]
    offered = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert '"男,女"' in offered and sheet["B2"].number_format == "@"


def test_the_same_list_reads_the_same_from_xlsx_and_xls() -> None:
    assert columns(member_table("members_excel.xlsx")) == columns(member_table("members_excel.xls"))
    assert columns(member_table("members_titled.xlsx")) == columns(member_table("members_titled.xls"))


def test_typed_cells_and_excel_row_numbers() -> None:
    table = member_table("members_titled.xlsx")
    first = next(table.rows())
    assert (first.number, first.cells[table.keys.index("name")]) == (5, "张志强")
    assert (table.column_letter("name"), table.column_letter("union")) == ("B", "I")
    excel = columns(member_table("members_excel.xlsx"))
    assert isinstance(excel["born_on"][0], date) and isinstance(excel["phone"][0], int)


def test_titles_totals_signatures_and_hidden_sheets_are_left_out_and_named() -> None:
    table = member_table("members_titled.xlsx")
    assert (table.sheet.name, table.workbook.hidden, table.header.row_number) == ("Sheet1", ("字典",), 4)
    assert len(list(table.rows())) == 20
    assert [(skipped.number, skipped.reason) for skipped in table.skipped] == [
        (25, "合计行"),
        (27, "签字行"),
        (28, "备注说明"),
    ]
    assert [unknown.text for unknown in table.header.unknown] == ["序号", "文化程度", "备注"]
    assert table.header.missing == ("employer",)


def test_merged_unions_are_filled_inside_the_range_only() -> None:
    unions = columns(member_table("members_titled.xlsx"))["union"]
    assert unions == [f"632322-{n // 5 + 1:04d}" for n in range(20)]


def test_group_headers_are_joined_and_repeated_headers_skipped() -> None:
    table = member_table("members_grouped.xlsx")
    assert table.header.row_number == 3
    assert len(list(table.rows())) == 25
    assert [(skipped.number, skipped.reason) for skipped in table.skipped] == [
        (19, "重复的表头"),
        (20, "重复的表头"),
    ]


def test_columns_without_a_telling_name_are_known_by_their_values() -> None:
    table = member_table("members_nameless.xlsx")
    assert table.header.guessed == ("id_number", "phone")


def test_numbers_that_excel_destroyed_are_named_row_by_row() -> None:
    table = member_table("members_broken_ids.xlsx")
    at, refused = table.keys.index("id_number"), {}
    for row in table.rows():
        try:
            checks.id_number(row.cells[at])
        except Problem as problem:
            refused[row.number] = problem.reason
    lost = "身份证号被表格软件当成数字，后三位已经丢失"
    assert refused == {3: lost, 4: lost, 6: lost, 7: lost, 8: lost, 9: "是 15 位的旧身份证号"}


def test_a_formula_without_a_result_is_a_cell_of_its_own(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "所在工会"])
        sheet.write_row(1, 0, ["张三", "a"])
        sheet.write_formula(1, 1, "=VLOOKUP(1,A1:B2,2)", None, "#N/A")
        sheet.write_row(2, 0, ["李四", "b"])
        sheet.write_formula(2, 1, '="632322-"&"0001"', None, "632322-0001")
    assert columns(member_table(tmp_path / "f.xlsx"))["union"] == ["#N/A", "632322-0001"]


def test_uncomputed_formulas_are_not_read_as_blank(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["姓名", "所在工会"], ["张三", '="632322-"&"0001"']):
        sheet.append(line)
    book.save(tmp_path / "f.xlsx")
    assert columns(member_table(tmp_path / "f.xlsx"))["union"] == ["#公式未计算"]


def test_a_sheet_can_be_chosen_by_name(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "two.xlsx") as book:
        for name, person in (("甲", "张三"), ("乙", "李四")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["姓名", "民族"])
            sheet.write_row(1, 0, [person, "汉族"])
    workbook = read_workbook(tmp_path / "two.xlsx")
    assert [sheet.name for sheet in workbook.sheets] == ["甲", "乙"]
    assert next(open_table(workbook, MEMBER_WORDS).rows()).cells == ["张三", "汉族"]
    assert next(open_table(workbook, MEMBER_WORDS, sheet="乙").rows()).cells == ["李四", "汉族"]
    with pytest.raises(SheetRefused, match="没有名为“丙”的可见工作表，现有：甲、乙"):
        open_table(workbook, MEMBER_WORDS, sheet="丙")


def test_blank_rows_columns_and_example_rows(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "gaps.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(6, 3, ["姓名", "民族"])
        sheet.write_row(7, 3, ["示例：张三", "汉族"])
        sheet.write_row(11, 3, ["李四", "藏族"])
        sheet.write_row(12, 2, [7, "  ", ""])
    table = member_table(tmp_path / "gaps.xlsx")
    assert list(table.rows()) == [Row(12, ["李四", "藏族"])]
    assert [tuple(skipped)[:2] for skipped in table.skipped] == [(8, "示例行")]
    assert table.column_letter("name") == "D"


def test_a_path_with_spaces_and_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "县 工会"
    folder.mkdir()
    target = folder / "会员 名册.xlsx"
    target.write_bytes((DATA / "members_wps.xlsx").read_bytes())
    assert len(list(member_table(target).rows())) == 15


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    workbook = read_workbook(DATA / "members_excel.xlsx")
    assert sum(1 for _ in workbook.sheets[0].rows()) == 31
    assert os.listdir(tmp_path) == []


# Headers -------------------------------------------------------------------------------------------------


def _rows(*lines: list[object]) -> list[Row]:
    return [Row(number, line) for number, line in enumerate(lines, 1)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "word", ["姓名", "姓 名", "*姓名", "姓名*", "姓名（必填）", "【姓名】", "姓\n名", "姓名：", "１.姓名"[2:]]
)
def test_header_words_vary(word: str) -> None:
    header = find_header(_rows([word, "民族"], ["张三", "汉族"]), MEMBER_WORDS)
    assert header and header.mapping == {"name": 0, "nation": 1}


@settings(deadline=None)
@given(st.integers(0, 10), st.permutations([column.label for column in MEMBER_WORDS]))
def test_the_header_is_found_below_any_number_of_titles(titles: int, labels: list[str]) -> None:
    lines: list[list[object]] = [["关于会员的通知", None, "姓名"] for _ in range(titles)]
    header = find_header(_rows(*lines, list(labels), ["x"] * len(labels)), MEMBER_WORDS)
    assert header and header.row_number == titles + 1 and header.missing == ()
    assert [labels[index] for index in header.mapping.values()] == [column.label for column in MEMBER_WORDS]


def test_duplicates_are_reported_unless_the_label_decides() -> None:
    header = find_header(_rows(["姓名", "电话", "联系电话"], ["张三", "1", "2"]), MEMBER_WORDS)
    assert header and header.duplicates == {"phone": (1, 2)}
    header = find_header(_rows(["姓名", "电话", "手机号"], ["张三", "1", "2"]), MEMBER_WORDS)
    assert header and (header.duplicates, header.mapping["phone"]) == ({}, 2)


def test_a_group_header_lends_its_words() -> None:
    words = (ColumnWords(key="name", label="姓名"), ColumnWords(key="place", label="户籍所在地"))
    rows = _rows(["姓名", "户籍", None], [None, "类型", "所在地"], ["张三", "农业", "尖扎"])
    header = find_header(rows, words, [Merge(1, 1, 1, 2)])
    assert header and (header.row_number, dict(header.mapping)) == (2, {"name": 0, "place": 2})


def test_no_header() -> None:
    assert find_header(_rows(["张三", "汉族"], ["李四", "藏族"]), MEMBER_WORDS) is None
    assert find_header([], MEMBER_WORDS) is None


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.text(max_size=6), st.integers(), st.floats()), max_size=5),
        max_size=20,
    )
)
def test_find_header_survives_anything(lines: list[list[object]]) -> None:
    find_header(_rows(*lines), MEMBER_WORDS, [Merge(1, 0, 9, 3)])
