"""The file of a run: a workbook as long as one holds the rows, beyond that a text table."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

# Of ten columns; what more would unpack to is refused (`core.sheets.limits`).
WORKBOOK_ROWS = 500_000


def name_of(rows: int) -> str:
    """The name of a file of so many rows."""
    return f"members{rows}.{'xlsx' if rows <= WORKBOOK_ROWS else 'csv'}"


def write(file: str, rows: Iterable[Sequence[str]]) -> None:
    """Write the rows, the header among them."""
    if file.endswith(".csv"):
        with Path(file).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
        return
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("会员")
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)


def read(file: str) -> list[list[Any]]:
    """The rows below the header, parsed the fastest way."""
    if file.endswith(".csv"):
        with Path(file).open(encoding="utf-8", newline="") as stream:
            return list(csv.reader(stream))[1:]
    return CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()[1:]
