"""A sheet read the way a person said: which row is the header, which column holds what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.sheets.header import SEARCHED_ROWS, ColumnWords, HeaderMatch, Unknown, find_header, money_units
from core.sheets.reading import Row, Sheet, Workbook
from core.sheets.refused import SheetRefused
from core.sheets.table import HEAD_ROWS, Table


class Chosen(NamedTuple):
    """The sheet, the row of its header, and the key of every column that is read."""

    sheet: str
    header_row: int
    columns: Mapping[int, str]


def fingerprint(row: Row) -> str:
    """What tells one header from another: its texts and where they stand."""
    texts = {i: cell.strip() for i, cell in enumerate(row.cells) if isinstance(cell, str) and cell.strip()}
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()


def likely_header(sheet: Sheet) -> int:
    """The row among the first with the most texts, where no known heading was found."""
    rows = sheet.head(SEARCHED_ROWS)
    texts = [sum(isinstance(cell, str) and bool(cell.strip()) for cell in row.cells) for row in rows]
    return rows[texts.index(max(texts))].number if rows else 1


def chosen_header(sheet: Sheet, vocabulary: Sequence[ColumnWords], chosen: Chosen) -> HeaderMatch:
    """The header as it was chosen; its texts are those that a search would show."""
    head = sheet.head(HEAD_ROWS)
    found = find_header(head, vocabulary, sheet.merges, at=chosen.header_row)
    texts = found.texts if found else _texts(head, chosen.header_row)
    mapping = {key: index for index, key in chosen.columns.items()}
    return HeaderMatch(
        row_number=chosen.header_row,
        mapping={column.key: mapping[column.key] for column in vocabulary if column.key in mapping},
        texts=texts,
        words=found.words if found else frozenset(texts.values()),
        unknown=tuple(Unknown(i, text) for i, text in texts.items() if i not in chosen.columns),
        missing=tuple(column.key for column in vocabulary if column.key not in mapping),
        units=money_units(head, chosen.header_row, vocabulary, mapping, sheet.merges),
    )


def _texts(head: Sequence[Row], header_row: int) -> dict[int, str]:
    for row in head:
        if row.number == header_row:
            return {i: c.strip() for i, c in enumerate(row.cells) if isinstance(c, str) and c.strip()}
    return {}


def open_chosen(workbook: Workbook, vocabulary: Sequence[ColumnWords], chosen: Chosen) -> Table:
    """The chosen sheet, ready to be read; or SheetRefused."""
    sheet = workbook.sheet(chosen.sheet)
    header = chosen_header(sheet, vocabulary, chosen)
    table = Table(workbook, sheet, header, keys=tuple(header.mapping))
    if next(table.rows(), None) is None:
        raise SheetRefused("only_header")
    return table
