"""The one writer of spreadsheets: typed cells, never a formula or a link, whatever the text begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final, NamedTuple

import xlsxwriter
from django.utils import timezone

ExportCell = str | int | float | Decimal | bool | date | datetime | None
ROWS_PER_SHEET: Final = 1_000_000
MAX_CELL: Final = 32_767
WIDEST: Final = 46
_CUT = "…（超出单元格长度）"
_EXACT_DIGITS = 10**15
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "header": {
        "bold": True,
        "bg_color": "#DCE6F1",
        "border": 1,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
    },
    "required": {
        "bold": True,
        "bg_color": "#FCE4D6",
        "border": 1,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
    },
    "title": {"bold": True, "font_size": 14},
    "note": {"font_color": "#595959"},
    "text": {"num_format": 49},
    "wrapped": {"num_format": 49, "text_wrap": True, "valign": "top"},
    "date": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm"},
    "money": {"num_format": "#,##0.00"},
    "example": {"num_format": 49, "italic": True, "font_color": "#7F7F7F"},
    "help": {"text_wrap": True, "valign": "top"},
    "marked": {"num_format": 49, "bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1},
}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One table of a workbook, see `write_sheets`."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[ExportCell]]
    text_columns: Sequence[int] = ()
    notes: Sequence[str] = ()


class Marked(NamedTuple):
    """A row at its own place in a sheet, the columns in `marks` coloured."""

    number: int
    cells: Sequence[ExportCell]
    marks: frozenset[int] = frozenset()
    is_header: bool = False


def write_xlsx(
    stream: IO[bytes],
    *,
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[ExportCell]],
    text_columns: Sequence[int] = (),
    notes: Sequence[str] = (),
) -> int:
    """Write rows as they come, in constant memory; `notes` (who, when, which filter) stand above the
    header. Returns the count.
    """
    with Book(stream) as book:
        sheet = book.open_sheet(title, headers, text_columns, notes)
        count = 0
        for count, row in enumerate(rows, 1):
            if count > 1 and count % ROWS_PER_SHEET == 1:
                sheet = book.open_sheet(
                    f"{title[:24]} {count // ROWS_PER_SHEET + 1}", headers, text_columns, ()
                )
            sheet.write_row(row)
    return count


def write_sheets(stream: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """A workbook of several small tables, such as a statement with what it is made of."""
    with Book(stream) as book:
        for each in sheets:
            sheet = book.open_sheet(each.title, each.headers, each.text_columns, each.notes)
            for row in each.rows:
                sheet.write_row(row)


def write_marked(stream: IO[bytes], *, title: str, rows: Iterable[Marked]) -> int:
    """Rows where they stood, in rising order, wrong cells coloured. Returns the count without the header."""
    with Book(stream) as book:
        sheet = book.open_sheet(title, (), (), (), autofilter=False)
        count = 0
        for row in rows:
            sheet.write_marked(row)
            count += not row.is_header
        sheet.fit()
    return count


def write_csv(stream: IO[bytes], *, headers: Sequence[str], rows: Iterable[Sequence[ExportCell]]) -> int:
    """UTF-8 with a byte-order mark for Excel; text that a spreadsheet would run as a formula gets a
    leading apostrophe.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([_safe(header) for header in headers])
        count = 0
        for row in rows:
            writer.writerow([_safe(cell) for cell in row])
            count += 1
        return count
    finally:
        text.detach()


class Book:
    """A workbook with its formats, closed at the end of the block."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.workbook = xlsxwriter.Workbook(stream, {"constant_memory": True, "remove_timezone": True})
        self.formats = {name: self.workbook.add_format(style) for name, style in _STYLES.items()}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.workbook.close()

    def open_sheet(
        self,
        title: str,
        headers: Sequence[str],
        text_columns: Sequence[int],
        notes: Sequence[str],
        *,
        autofilter: bool = True,
    ) -> Worksheet:
        """A worksheet with its notes and header written, ready for rows."""
        worksheet = self.workbook.add_worksheet(sheet_name(title))
        return Worksheet(worksheet, self.formats, headers, frozenset(text_columns), notes, autofilter)


class Worksheet:
    """One worksheet being filled from top to bottom."""

    def __init__(
        self,
        worksheet: Any,
        formats: dict[str, Any],
        headers: Sequence[str],
        text_columns: frozenset[int],
        notes: Sequence[str],
        autofilter: bool,
    ) -> None:
        self.worksheet, self.formats, self.text_columns = worksheet, formats, text_columns
        self.widths: dict[int, int] = {}
        for index, header in enumerate(headers):
            style = formats["text"] if index in text_columns else None
            worksheet.set_column(index, index, width_of(header), style)
        for row, note in enumerate(notes):
            worksheet.write_string(
                row, 0, clip(note), formats["title" if row == 0 and len(notes) > 1 else "note"]
            )
        for index, header in enumerate(headers):
            worksheet.write_string(len(notes), index, clip(header), formats["header"])
        self.next_row = len(notes) + 1
        worksheet.freeze_panes(self.next_row, 1)
        fit_to_paper(worksheet, header_row=len(notes))
        if autofilter and headers:
            worksheet.autofilter(len(notes), 0, 1_048_575, len(headers) - 1)

    def write_row(self, row: Sequence[ExportCell]) -> None:
        """Each value by its type; strings only ever as strings."""
        for column, value in enumerate(row):
            self._write(column, value)
        self.next_row += 1

    def write_marked(self, row: Marked) -> None:
        """A row at its place; what is text stays text, so that no number loses its digits."""
        self.next_row = row.number - 1
        if row.is_header:
            self._write_header(row.cells)
            return
        for column, value in enumerate(row.cells):
            self._widen(column, value)
            if column in row.marks:
                text = "" if value is None else clip(str(value))
                self.worksheet.write_string(self.next_row, column, text, self.formats["marked"])
            elif isinstance(value, str) and value:
                style = "wrapped" if width_of(value) > WIDEST else "text"
                self.worksheet.write_string(self.next_row, column, clip(value), self.formats[style])
            else:
                self._write(column, value)

    def _widen(self, column: int, value: ExportCell) -> None:
        """Make room for the content of the rows below a header; longer text than that is wrapped."""
        if isinstance(value, str) and column in self.widths:
            self.widths[column] = max(self.widths[column], min(width_of(value), WIDEST))

    def fit(self) -> None:
        """Give the columns the width that their content asked for."""
        for column, width in self.widths.items():
            self.worksheet.set_column(column, column, width, self.formats["text"])

    def _write_header(self, cells: Sequence[ExportCell]) -> None:
        for column, value in enumerate(cells):
            text = "" if value is None else clip(str(value))
            self.widths[column] = width_of(text)
            self.worksheet.write_string(self.next_row, column, text, self.formats["header"])
        self.worksheet.freeze_panes(self.next_row + 1, 0)
        fit_to_paper(self.worksheet, header_row=self.next_row)

    def _write(self, column: int, value: ExportCell) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            value = "是" if value else "否"
        if isinstance(value, date):
            self._write_date(column, value)
        elif (
            isinstance(value, int | float | Decimal)
            and column not in self.text_columns
            and -_EXACT_DIGITS < value < _EXACT_DIGITS
        ):
            style = self.formats["money"] if isinstance(value, Decimal) else None
            self.worksheet.write_number(self.next_row, column, value, style)
        else:
            style = self.formats["text"] if column in self.text_columns else None
            self.worksheet.write_string(self.next_row, column, clip(str(value)), style)

    def _write_date(self, column: int, value: date) -> None:
        kind, shown = "date", value
        if isinstance(value, datetime):
            kind, shown = "instant", _on_the_clock(value)
        self.worksheet.write_datetime(self.next_row, column, shown, self.formats[kind])


def fit_to_paper(worksheet: Any, header_row: int | None = None) -> None:
    """Print all columns on one width of A4 across, with the header on every page."""
    worksheet.set_paper(9)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    if header_row is not None:
        worksheet.repeat_rows(header_row)


def sheet_name(title: str) -> str:
    """A name Excel accepts for a worksheet."""
    kept = "".join(" " if character in "[]:*?/\\" else character for character in title).strip().strip("'")
    return kept[:31] or "数据"


def clip(text: str) -> str:
    """Text that fits a cell and can be written as UTF-8; a cut is shown, never silent."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - len(_CUT)] + _CUT


def width_of(text: str) -> int:
    return max(10, min(60, sum(2 if ord(character) > 0x2E7F else 1 for character in text) + 4))


def _on_the_clock(value: datetime) -> datetime:
    """An instant as the screens show it: local time, for a spreadsheet knows no other."""
    return timezone.make_naive(value) if timezone.is_aware(value) else value


def _safe(value: ExportCell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return _on_the_clock(value).isoformat(" ", "minutes") if isinstance(value, datetime) else str(value)
