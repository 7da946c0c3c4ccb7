"""Tables to be filled in: a header, drop-down lists, an example row or what is registered now, and a help sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final, Literal

import xlsxwriter

from core.export import Book, ExportCell, Worksheet, clip, fit_to_paper, width_of
from core.sheets.table import EXAMPLE_MARK

TEMPLATE_ROWS: Final = 20_000
HELP_SHEET: Final = "填写说明"


@dataclass(frozen=True, kw_only=True)
class TemplateColumn:
    """One column of an import template; `choices` become a drop-down list if a cell takes one of them
    (`is_list`), every kind but numbers is kept as text.
    """

    label: str
    example: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    is_list: bool = True
    required: bool = False
    kind: Literal["text", "date", "number"] = "text"


def write_template(
    stream: IO[bytes],
    *,
    title: str,
    columns: Sequence[TemplateColumn],
    instructions: Sequence[str] = (),
    rows: Iterable[Sequence[ExportCell]] = (),
) -> None:
    """An import template: header, current rows if given, else one example row, drop-down lists and a
    填写说明 sheet.
    """
    with Book(stream) as book:
        sheet = book.open_sheet(title, [column.label for column in columns], (), (), autofilter=False)
        choices = _Choices(book)
        for index, column in enumerate(columns):
            _prepare_column(sheet, index, column, choices.source(column))
        is_empty = True
        for row in rows:
            sheet.write_row(row)
            is_empty = False
        if is_empty:
            _write_example(sheet, [column.example for column in columns])
        _write_instructions(book, columns, instructions)
        choices.write()


def _prepare_column(
    sheet: Worksheet, index: int, column: TemplateColumn, source: list[str] | str | None
) -> None:
    """Text format down the whole column, so that nothing typed is turned into a number; the list of
    choices.
    """
    style = None if column.kind == "number" else sheet.formats["text"]
    sheet.worksheet.set_column(index, index, max(width_of(column.label), width_of(column.example)), style)
    if column.required:
        sheet.worksheet.write_string(0, index, clip(column.label), sheet.formats["required"])
    if source is None:
        return
    rule = {
        "validate": "list",
        "source": source,
        "error_type": "warning",
        "error_title": "请从列表中选择",
        "error_message": f"“{column.label[:20]}”请从下拉列表中选择。",
    }
    sheet.worksheet.data_validation(1, index, TEMPLATE_ROWS, index, rule)


def _write_example(sheet: Worksheet, examples: Sequence[str]) -> None:
    """One filled row, marked so that an import leaves it out."""
    for index, example in enumerate(examples):
        text = f"{EXAMPLE_MARK}：{example}" if index == 0 else example
        sheet.worksheet.write_string(sheet.next_row, index, clip(text), sheet.formats["example"])
    sheet.next_row += 1


class _Choices:
    """Lists too long for a validation rule (255 characters) stand on a hidden sheet."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.lists: list[tuple[str, ...]] = []

    def source(self, column: TemplateColumn) -> list[str] | str | None:
        """What the validation rule of a column refers to."""
        if not column.choices or not column.is_list:
            return None
        if len(",".join(column.choices)) <= 255 and not any("," in choice for choice in column.choices):
            return list(column.choices)
        self.lists.append(column.choices)
        letter = xlsxwriter.utility.xl_col_to_name(len(self.lists) - 1)
        return f"=选项!${letter}$1:${letter}${len(column.choices)}"

    def write(self) -> None:
        """The hidden sheet, row by row because memory is constant."""
        if not self.lists:
            return
        worksheet = self.book.workbook.add_worksheet("选项")
        worksheet.hide()
        for row in range(max(len(choices) for choices in self.lists)):
            for column, choices in enumerate(self.lists):
                if row < len(choices):
                    worksheet.write_string(row, column, choices[row])


def _write_instructions(book: Book, columns: Sequence[TemplateColumn], instructions: Sequence[str]) -> None:
    worksheet = book.workbook.add_worksheet(HELP_SHEET)
    worksheet.set_column(0, 0, 22)
    worksheet.set_column(1, 1, 90)
    fit_to_paper(worksheet)
    for row, line in enumerate(instructions):
        worksheet.write_string(row, 0, clip(line), book.formats["title"] if row == 0 else None)
    for row, column in enumerate(columns, len(instructions) + 1):
        worksheet.write_string(
            row, 0, clip(f"第 {row - len(instructions)} 列 {column.label}"), book.formats["help"]
        )
        worksheet.write_string(row, 1, clip(_explained(column)), book.formats["help"])


def _explained(column: TemplateColumn) -> str:
    parts = ["必填" if column.required else "选填", column.help]
    if column.choices:
        more = " 等" if len(column.choices) > 12 else ""
        parts.append(f"可选：{'、'.join(column.choices[:12])}{more}")
    if column.example:
        parts.append(f"例如：{column.example}")
    return "。".join(part.rstrip("。") for part in parts if part)
