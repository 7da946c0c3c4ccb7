"""The member columns as tests of the spreadsheet reader ask for them."""

from __future__ import annotations

from pathlib import Path

from core.checks import id_number, mobile_phone
from core.sheets import ColumnWords, Table, open_table, read_workbook

DATA = Path(__file__).parents[1] / "data"
MEMBER_WORDS = (
    ColumnWords(key="name", label="姓名", synonyms=("职工姓名",), required=True),
    ColumnWords(
        key="id_number", label="身份证号", synonyms=("身份证号码",), required=True, recognise=id_number
    ),
    ColumnWords(key="sex", label="性别"),
    ColumnWords(key="born_on", label="出生日期", synonyms=("出生年月日",)),
    ColumnWords(key="nation", label="民族"),
    ColumnWords(key="phone", label="手机号", synonyms=("联系电话", "电话"), recognise=mobile_phone),
    ColumnWords(key="union", label="所在工会", synonyms=("工会名称", "所属工会", "基层工会", "工会")),
    ColumnWords(key="employer", label="工作单位", synonyms=("单位",)),
    ColumnWords(key="admitted_on", label="入会日期", synonyms=("入会时间",)),
)


def member_table(file: Path | str) -> Table:
    """The member table of a file under tests/data, or of any path."""
    return open_table(read_workbook(DATA / file), MEMBER_WORDS)


def columns(table: Table) -> dict[str, list[object]]:
    """All data by column key."""
    rows = [row.cells for row in table.rows()]
    return {key: [cells[i] for cells in rows] for i, key in enumerate(table.keys)}
