"""The rows under a header: only data, in the order of the columns asked for, with merged cells filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.checks.numbers import in_unit
from core.checks.text import compact
from core.sheets.header import SEARCHED_ROWS, ColumnWords, HeaderMatch, find_header
from core.sheets.reading import Cell, Row, Sheet, Workbook
from core.sheets.refused import SheetRefused

EXAMPLE_MARK = "示例"
HEAD_ROWS = SEARCHED_ROWS + 50
_SUMMARY = re.compile(r"(?:本页|本表|全表|以上)?(?:合计|总计|小计|共计|累计)(?:$|[::]|\d|共).{0,30}")
_SIGNATURE = re.compile(
    r"(?:制表|填表|填报|审核|复核|负责|经办|联系|统计|单位负责|主管领导|工会主席|主席)(?:人|单位|部门|日期|时间|签字|签名|电话|盖章)*(?:$|\(.*?\)|[::])"
)
_NOTE = re.compile(r"(?:备注|说明|填表说明|填写说明|注意|注意事项|注|提示|温馨提示)(?:$|\d|[::、.)])")
_FIRST_CHARACTERS = frozenset("本全以合总小共累制填审复负经联统单主工备说注提温示例")


class Skipped(NamedTuple):
    """A row that was not taken as data, and why."""

    number: int
    reason: str
    text: str


class _Span(NamedTuple):
    position: int
    last_row: int


@dataclass
class Table:
    """One sheet under its header; `rows()` gives cells in the order of `keys` and notes what it leaves
    out in `skipped`. Amounts of a column that is kept in another unit than yuan carry it.
    """

    workbook: Workbook
    sheet: Sheet
    header: HeaderMatch
    keys: tuple[str, ...]
    skipped: list[Skipped] = field(default_factory=list)

    def column_letter(self, key: str) -> str:
        """The column as Excel names it."""
        return column_letters(self.header.mapping[key])

    def rows(self) -> Iterator[Row]:
        """Data rows only; may be called again."""
        self.skipped.clear()
        indexes = [self.header.mapping[key] for key in self.keys]
        width = max(indexes) + 1
        spans, units = self._spans(indexes), self._units()
        suspects = _FIRST_CHARACTERS.union(word[0] for word in self.header.words if word)
        filled: dict[int, tuple[int, Cell]] = {}
        for number, raw in self.sheet.rows():
            if number <= self.header.row_number:
                continue
            if len(raw) < width:  # text tables may be ragged
                raw = raw + [None] * (width - len(raw))
            cells = [raw[index] for index in indexes]
            is_plain = _is_plain(raw[0], suspects) and _is_plain(cells[0], suspects)
            if not is_plain and not self._is_data(number, raw, cells):
                continue
            if spans:
                _fill(number, cells, spans, filled)
            for position, unit in units:
                cells[position] = in_unit(cells[position], unit)
            yield Row(number, cells)

    def _units(self) -> list[tuple[int, str]]:
        """The columns that are kept in another unit than yuan, by their position."""
        units = self.header.other_units
        return [(i, units[key]) for i, key in enumerate(self.keys) if key in units]

    def _spans(self, indexes: Sequence[int]) -> dict[int, list[_Span]]:
        """Vertically merged ranges of mapped columns by their first row."""
        positions = {index: position for position, index in enumerate(indexes)}
        spans: dict[int, list[_Span]] = {}
        for merge in self.sheet.merges:
            is_vertical = merge.first_row > self.header.row_number and merge.last_row > merge.first_row
            if is_vertical and merge.first_column in positions:
                spans.setdefault(merge.first_row, []).append(
                    _Span(positions[merge.first_column], merge.last_row)
                )
        return spans

    def _is_data(self, number: int, raw: Sequence[Cell], cells: Sequence[Cell]) -> bool:
        """A closer look at a row; one that is left out is noted with its reason."""
        if _is_empty(cells):
            self._note_loose_text(number, raw)
            return False
        if reason := self._not_data(raw, cells):
            self.skipped.append(Skipped(number, reason, _shown(raw)))
        return not reason

    def _not_data(self, raw: Sequence[Cell], cells: Sequence[Cell]) -> str:
        for text in _leading_texts(raw, cells):
            if text[0] in _FIRST_CHARACTERS and (reason := _reason(compact(text) or "", cells)):
                return reason
        return "重复的表头" if self._repeats_header(cells) else ""

    def _repeats_header(self, cells: Sequence[Cell]) -> bool:
        """Where a printed page ends, the header is often typed again."""
        filled = [cell for cell in cells if cell is not None]
        return len(filled) >= 2 and all(
            isinstance(cell, str) and cell.strip() in self.header.words for cell in filled
        )

    def _note_loose_text(self, number: int, raw: Sequence[Cell]) -> None:
        """Text outside the mapped columns is reported; a bare serial number in an empty row is not
        worth it.
        """
        if any(isinstance(cell, str) and not cell.strip().isdigit() and cell.strip() for cell in raw):
            self.skipped.append(Skipped(number, self._not_data(raw, ()) or "各列都没有内容", _shown(raw)))


def open_table(
    workbook: Workbook,
    vocabulary: Sequence[ColumnWords],
    *,
    sheet: str | None = None,
    header_row: int | None = None,
) -> Table:
    """The named sheet, or the visible one whose header fits best, ready to be read; or SheetRefused."""
    candidates = (workbook.sheet(sheet),) if sheet is not None else workbook.sheets
    best: tuple[Sheet, HeaderMatch] | None = None
    for candidate in candidates:
        header = find_header(candidate.head(HEAD_ROWS), vocabulary, candidate.merges, at=header_row)
        if header is not None and (best is None or len(header.mapping) > len(best[1].mapping)):
            best = candidate, header
    if best is None:
        labels = "、".join(column.label for column in vocabulary[:8])
        raise SheetRefused("no_header", rows=SEARCHED_ROWS, labels=labels)
    _refuse_duplicates(best[1], vocabulary)
    table = Table(workbook, *best, keys=tuple(best[1].mapping))
    if next(table.rows(), None) is None:
        raise SheetRefused("only_header")
    return table


def _refuse_duplicates(header: HeaderMatch, vocabulary: Sequence[ColumnWords]) -> None:
    for column in vocabulary:
        if column.key in header.duplicates:
            columns = "、".join(column_letters(index) for index in header.duplicates[column.key])
            raise SheetRefused("duplicate_header", label=column.label, columns=columns)


def column_letters(index: int) -> str:
    """0 is A, 255 is IV."""
    letters = ""
    while index >= 0:
        letters = chr(65 + index % 26) + letters
        index = index // 26 - 1
    return letters


def _is_plain(cell: Cell, suspects: frozenset[str]) -> bool:
    """Whether a row that begins so is data for certain; most rows are, and need no closer look."""
    if type(cell) is not str:
        return cell is not None
    return bool(cell) and cell[0] not in suspects and not cell[0].isspace()


def _is_empty(cells: Sequence[Cell]) -> bool:
    return not any(cell is not None and (type(cell) is not str or cell.strip()) for cell in cells)


def _leading_texts(raw: Sequence[Cell], cells: Sequence[Cell]) -> Iterator[str]:
    """The first filled cell of the whole row, and of the mapped columns: a total may stand in either."""
    for row in (raw, cells):
        first = next((cell for cell in row if cell is not None), None)
        if isinstance(first, str) and (text := first.strip()):
            yield text


def _reason(text: str, cells: Sequence[Cell]) -> str:
    if _SUMMARY.fullmatch(text):
        return "合计行"
    if text.startswith(EXAMPLE_MARK + ":"):
        return "示例行"
    is_sparse = sum(cell is not None for cell in cells) * 2 <= max(len(cells), 4)
    if is_sparse and _SIGNATURE.match(text):
        return "签字行"
    return "备注说明" if is_sparse and _NOTE.match(text) else ""


def _fill(
    number: int, cells: list[Cell], spans: dict[int, list[_Span]], filled: dict[int, tuple[int, Cell]]
) -> None:
    for position, (last_row, value) in filled.items():
        if cells[position] is None and number <= last_row:
            cells[position] = value
    for span in spans.get(number, ()):
        filled[span.position] = span.last_row, cells[span.position]


def _shown(raw: Sequence[Cell]) -> str:
    return " ".join(str(cell) for cell in raw if cell is not None)[:60]
