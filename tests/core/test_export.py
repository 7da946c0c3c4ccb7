"""What is written is text and numbers, whatever it begins with, and reads back unchanged."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.blank_tables import TemplateColumn, write_template
from core.export import (
    MAX_CELL,
    ExportCell,
    Marked,
    sheet_name,
    write_csv,
    write_marked,
    write_xlsx,
)
from core.sheets import ColumnWords, open_table, read_workbook

BODIES = (
    "1+1",
    "SUM(A1:A9)",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://a.example","点我")',
    'WEBSERVICE("http://a.example")',
    'DDE("cmd";"/C calc";"x")',
    "http://a.example",
    "mailto:a@a.example",
    "internal:Sheet1!A1",
    "{1}",
    "630199199001010012",
    "张三",
    "",
    " ",
    '"quoted"',
    "_x0041_",
    "<f>1</f>",
    "&amp;",
    "a\nb",
    "=",
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "\t=")
PAYLOADS = [start + body for start in STARTS for body in BODIES]


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def sheet_xml(content: bytes) -> str:
    return "".join(text for name, text in parts(content).items() if name.startswith("xl/worksheets/"))


def written(
    headers: Sequence[str], rows: Sequence[Sequence[ExportCell]], path: Path, **options: object
) -> bytes:
    with path.open("wb") as stream:
        write_xlsx(stream, title="导出", headers=headers, rows=rows, **options)  # type: ignore[arg-type]
    return path.read_bytes()


def test_two_hundred_payloads_come_back_unchanged_and_harmless(tmp_path: Path) -> None:
    assert len(PAYLOADS) == 200
    content = written(["序号", "内容"], [[n, text] for n, text in enumerate(PAYLOADS)], tmp_path / "a.xlsx")
    xml = sheet_xml(content)
    assert ("<f>" in xml, "<f " in xml, "hyperlink" in xml) == (False, False, False)
    assert not any("externalLink" in name for name in parts(content))
    rows = list(read_workbook(tmp_path / "a.xlsx").sheets[0].rows())[1:]
    assert [row.cells[1] for row in rows] == PAYLOADS


def test_payloads_in_headers_titles_and_notes_are_text_too(tmp_path: Path) -> None:
    content = written(["=1+1", "@x"], [["a", "b"]], tmp_path / "a.xlsx", notes=["=2+2", "http://a.example"])
    assert "<f>" not in sheet_xml(content) and "hyperlink" not in sheet_xml(content)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, max_size=20
    )
)
def test_any_text_survives_the_round_trip(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    target = tmp_path_factory.mktemp("t") / "a.xlsx"
    written(["序号", "内容"], [[n, text] for n, text in enumerate(texts)], target)
    rows = list(read_workbook(target).sheets[0].rows())[1:]
    assert [row.cells[1] for row in rows] == [as_xml_keeps(text) for text in texts]


def as_xml_keeps(text: str) -> str:
    """The two code points that no XML can hold."""
    return text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def test_types_are_kept(tmp_path: Path) -> None:
    row: list[ExportCell] = [
        "630199199001010012",
        date(2023, 3, 1),
        datetime(2023, 3, 1, 8, 30),
        12,
        1.5,
        Decimal("1234.50"),
        True,
        None,
        13900000012,
    ]
    written([f"列{n}" for n in range(9)], [row], tmp_path / "a.xlsx", text_columns=[0, 8])
    read = list(read_workbook(tmp_path / "a.xlsx").sheets[0].rows())[1].cells
    assert read == [*row[:5], 1234.5, "是", None, "13900000012"]


def test_long_numbers_and_long_texts_lose_nothing_silently(tmp_path: Path) -> None:
    written(["数", "文"], [[630199199001010012, "长" * 40_000]], tmp_path / "a.xlsx")
    number, text = list(read_workbook(tmp_path / "a.xlsx").sheets[0].rows())[1].cells
    assert number == "630199199001010012"
    assert isinstance(text, str) and len(text) == MAX_CELL and text.endswith("（超出单元格长度）")


def test_layout(tmp_path: Path) -> None:
    notes = ["会员名册", "导出人：示范账号 2023-03-01", "筛选：所在工会 = 632322-0001"]
    content = written(
        ["姓名", "身份证号"], [["张三", "1"]], tmp_path / "a.xlsx", text_columns=[1], notes=notes
    )
    xml = sheet_xml(content)
    assert 'state="frozen"' in xml and '<autoFilter ref="A4:B' in xml and "<cols>" in xml
    assert 'numFmtId="49"' in parts(content)["xl/styles.xml"]
    words = [ColumnWords(key="name", label="姓名"), ColumnWords(key="id", label="身份证号")]
    table = open_table(read_workbook(tmp_path / "a.xlsx"), words)
    assert (table.header.row_number, [row.cells for row in table.rows()]) == (4, [["张三", "1"]])


def test_rows_beyond_one_sheet_go_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.export.ROWS_PER_SHEET", 3)
    written(["数"], [[n] for n in range(7)], tmp_path / "a.xlsx")
    sheets = read_workbook(tmp_path / "a.xlsx").sheets
    assert [(sheet.name, sheet.row_count) for sheet in sheets] == [("导出", 4), ("导出 2", 4), ("导出 3", 2)]


def test_no_rows_leave_a_header(tmp_path: Path) -> None:
    written(["姓名"], [], tmp_path / "a.xlsx")
    assert read_workbook(tmp_path / "a.xlsx").sheets[0].row_count == 1


@pytest.mark.parametrize("title", ["", "a/b:c*d?e[f]g\\h", "'x'", "长" * 50])
def test_any_title_makes_a_sheet_name(title: str, tmp_path: Path) -> None:
    name = sheet_name(title)
    assert 0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name)


def test_csv_is_safe_and_opens_in_excel() -> None:
    stream = io.BytesIO()
    rows: list[list[ExportCell]] = [[text, -5, date(2023, 3, 1), True, None] for text in PAYLOADS]
    assert write_csv(stream, headers=["=内容", "数", "日", "是否", "空"], rows=rows) == 200
    assert stream.getvalue().startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline="")))
    assert read[0][0] == "'=内容"
    assert [line[0] for line in read[1:]] == [f"'{text}" for text in PAYLOADS]
    assert read[1][1:] == ["-5", "2023-03-01", "是", ""]


TEMPLATE = (
    TemplateColumn(label="姓名", example="张三", required=True, help="身份证上的姓名"),
    TemplateColumn(label="身份证号", example="630199199001010012", required=True),
    TemplateColumn(label="性别", example="男", choices=("男", "女")),
    TemplateColumn(label="民族", example="藏族", choices=tuple(f"第{n}民族" for n in range(56))),
    TemplateColumn(label="入会日期", example="2023-03-01", kind="date"),
    TemplateColumn(label="人数", example="12", kind="number"),
)
TEMPLATE_WORDS = [ColumnWords(key=column.label, label=column.label) for column in TEMPLATE]


def template(path: Path, rows: Sequence[Sequence[ExportCell]] = ()) -> dict[str, str]:
    with path.open("wb") as stream:
        write_template(
            stream, title="会员导入模板", columns=TEMPLATE, instructions=["请勿改动表头。"], rows=rows
        )
    return parts(path.read_bytes())


def test_a_template_has_lists_text_columns_and_a_help_sheet(tmp_path: Path) -> None:
    content = template(tmp_path / "t.xlsx")
    xml = content["xl/worksheets/sheet1.xml"]
    assert xml.count("<dataValidation ") == 2 and "男,女" in xml and "选项!$A$1:$A$56" in xml
    assert re.search(r'<col min="2" max="2" [^>]*style="\d+"', xml)
    workbook = read_workbook(tmp_path / "t.xlsx")
    assert ([sheet.name for sheet in workbook.sheets], workbook.hidden) == (
        ["会员导入模板", "填写说明"],
        ("选项",),
    )
    help_rows = list(workbook.sheets[1].rows())
    assert help_rows[0].cells[0] == "请勿改动表头。"
    assert help_rows[1].cells == ["第 1 列 姓名", "必填。身份证上的姓名。例如：张三"]


def test_every_sheet_prints_on_one_width_of_paper_with_its_header(tmp_path: Path) -> None:
    content = template(tmp_path / "t.xlsx")
    for name in ("sheet1", "sheet2"):
        sheet = content[f"xl/worksheets/{name}.xml"]
        assert 'fitToPage="1"' in sheet and 'orientation="landscape"' in sheet
        assert 'fitToHeight="0"' in sheet
    assert (
        "会员导入模板'!$1:$1" in content["xl/workbook.xml"]
        or "会员导入模板!$1:$1" in content["xl/workbook.xml"]
    )


def test_columns_of_a_returned_table_are_as_wide_as_what_stands_in_them(tmp_path: Path) -> None:
    path, why = tmp_path / "t.xlsx", "身份证号：校验码不对，号码中至少有一位写错，请对照身份证逐位核对。"
    with path.open("wb") as stream:
        write_marked(
            stream,
            title="问题",
            rows=[
                Marked(1, ["姓名", "身份证号", "问题"], is_header=True),
                Marked(2, ["张三", "630199199001010012", why], marks=frozenset({1})),
            ],
        )
    sheet = load_workbook(path).worksheets[0]
    assert sheet.column_dimensions["B"].width > 18
    assert sheet["C2"].alignment.wrap_text and sheet.column_dimensions["C"].width < 50


def test_the_help_of_a_column_ends_its_sentences_once(tmp_path: Path) -> None:
    column = TemplateColumn(label="所在工会", help="编码或全称。", example="某公司工会")
    with (tmp_path / "t.xlsx").open("wb") as stream:
        write_template(stream, title="会员", columns=[column])
    explained = next(read_workbook(tmp_path / "t.xlsx").sheets[1].rows()).cells[1]
    assert explained == "选填。编码或全称。例如：某公司工会"


def test_the_example_row_is_not_imported(tmp_path: Path) -> None:
    template(tmp_path / "t.xlsx")
    header_and_example = read_workbook(tmp_path / "t.xlsx").sheets[0].head(2)
    assert header_and_example[1].cells[:2] == ["示例：张三", "630199199001010012"]
    with pytest.raises(Exception, match="只有表头"):
        open_table(read_workbook(tmp_path / "t.xlsx"), TEMPLATE_WORDS)


def test_a_template_can_carry_current_rows(tmp_path: Path) -> None:
    template(tmp_path / "t.xlsx", [["李四", "630199198512310020", "女", "第1民族", date(2023, 3, 1), 3]])
    table = open_table(read_workbook(tmp_path / "t.xlsx"), TEMPLATE_WORDS)
    assert [row.cells for row in table.rows()] == [
        ["李四", "630199198512310020", "女", "第1民族", date(2023, 3, 1), 3]
    ]


def test_an_instant_is_written_as_the_clock_showed_it() -> None:
    """01:52 in London is 09:52 here; a spreadsheet knows no zones."""
    at = datetime(2023, 3, 1, 1, 52, tzinfo=UTC)
    stream = io.BytesIO()
    write_xlsx(stream, title="打卡", headers=["时间"], rows=[[at]])
    assert load_workbook(stream).active["A2"].value == datetime(2023, 3, 1, 9, 52)
    stream = io.BytesIO()
    write_csv(stream, headers=["时间"], rows=[[at]])
    assert "2023-03-01 09:52\r\n" in stream.getvalue().decode("utf-8-sig")
