"""Find the header row of a sheet and say which column means what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.checks.problem import Problem
from core.checks.text import clean
from core.sheets.reading import Cell, Merge, Row
from core.sheets.units import YUAN, Unit, column_unit

SEARCHED_ROWS = 15
_SAMPLE = 50
_BRACKETS = re.compile(r"[(\[【〔<{《].*?[)\]】〕>}》]")
_UNIT_AT_END = re.compile(r"(?:千万|百万|[千万亿])元$")
_NOISE = re.compile(r"[\s*※★☆#:,.、。;()\[\]【】〔〕<>{}《》“”\"'_\-—/\\|]|必填|选填")


@dataclass(frozen=True, kw_only=True)
class ColumnWords:
    """How one column may be headed; `recognise` is a check that tells the column by its values when the
    name does not; `is_money` columns may be kept in another unit than yuan.
    """

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    recognise: Callable[[object], object] | None = None
    is_money: bool = False


class Unknown(NamedTuple):
    """A headed column that nobody asked for."""

    column: int
    text: str


@dataclass(frozen=True, kw_only=True)
class HeaderMatch:
    """Where the header ends, which column holds which key, what did not fit; `words` are all its texts,
    `units` what the table says of its columns of money.
    """

    row_number: int
    mapping: Mapping[str, int]
    texts: Mapping[int, str]
    words: frozenset[str]
    unknown: tuple[Unknown, ...] = ()
    missing: tuple[str, ...] = ()
    duplicates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)

    @property
    def other_units(self) -> dict[str, str]:
        """The columns that are kept in another unit than yuan."""
        return {key: unit.name for key, unit in self.units.items() if unit.name != YUAN}


class _Candidate(NamedTuple):
    row_number: int
    texts: dict[int, str]
    found: dict[str, list[int]]
    words: frozenset[str]


def find_header(
    rows: Sequence[Row],
    vocabulary: Sequence[ColumnWords],
    merges: Sequence[Merge] = (),
    *,
    at: int | None = None,
) -> HeaderMatch | None:
    """The header among the first rows (those below it serve as samples), or None when fewer than two
    columns are known. `at` is the row in which somebody says it ends.
    """
    words = _words(vocabulary)
    best: _Candidate | None = None
    for position in range(min(SEARCHED_ROWS, len(rows))):
        for candidate in _candidates(rows, position, words, merges):
            is_meant = at is None or candidate.row_number == at
            if is_meant and (best is None or len(candidate.found) > len(best.found)):
                best = candidate
    if best is None or len(best.found) < min(2, len(vocabulary)):
        return None
    return _match(best, rows, vocabulary, merges)


def money_units(
    rows: Sequence[Row],
    header_row: int,
    vocabulary: Sequence[ColumnWords],
    mapping: Mapping[str, int],
    merges: Sequence[Merge],
) -> dict[str, Unit]:
    """The units that the table names for the columns of money that are read."""
    columns = {
        column.key: mapping[column.key] for column in vocabulary if column.is_money and column.key in mapping
    }
    above = [merge for merge in merges if merge.first_row <= header_row] if columns else []
    found = {key: column_unit(rows, header_row, index, above) for key, index in columns.items()}
    return {key: unit for key, unit in found.items() if unit is not None}


def header_word(text: object) -> str:
    """A header as it is compared: no spaces, marks or brackets (their content stays)."""
    try:
        return _NOISE.sub("", clean(text)).casefold()
    except Problem:
        return ""


def _header_words(text: str) -> tuple[str, str]:
    """With and without what stands in brackets: 姓名（必填） is 姓名."""
    try:
        return header_word(text), header_word(_BRACKETS.sub("", clean(text)))
    except Problem:
        return "", ""


def _possible_words(text: str) -> tuple[str, ...]:
    """Also as if it were in yuan: 金额/万元 is 金额（元）, in another unit."""
    whole, bare = _header_words(text)
    return whole, bare, _UNIT_AT_END.sub("元", whole)


def _words(vocabulary: Sequence[ColumnWords]) -> dict[str, str]:
    words: dict[str, str] = {}
    for column in vocabulary:
        words.setdefault(header_word(column.label), column.key)
    for column in vocabulary:
        for synonym in column.synonyms:
            words.setdefault(header_word(synonym), column.key)
    return words


def _candidates(
    rows: Sequence[Row], position: int, words: Mapping[str, str], merges: Sequence[Merge]
) -> list[_Candidate]:
    row = rows[position]
    found = [_candidate(row.number, {i: [text] for i, text in _texts(row, ()).items()}, words)]
    if position + 1 < len(rows) and rows[position + 1].number == row.number + 1:
        below = rows[position + 1]
        upper, lower = _texts(row, merges), _texts(below, ())
        stacked = {
            i: [t for t in (lower.get(i, ""), upper.get(i, "") + lower.get(i, ""), upper.get(i, "")) if t]
            for i in sorted(upper.keys() | lower.keys())
        }
        found.append(_candidate(below.number, stacked, words))
    return found


def _texts(row: Row, merges: Sequence[Merge]) -> dict[int, str]:
    """Texts of one header line; a group header counts for every column it is merged over."""
    texts = {i: cell.strip() for i, cell in enumerate(row.cells) if isinstance(cell, str) and cell.strip()}
    for merge in merges:
        if merge.first_row == row.number and merge.first_column in texts:
            for column in range(merge.first_column + 1, min(merge.last_column + 1, len(row.cells))):
                texts.setdefault(column, texts[merge.first_column])
    return texts


def _candidate(row_number: int, options: Mapping[int, list[str]], words: Mapping[str, str]) -> _Candidate:
    texts: dict[int, str] = {}
    found: dict[str, list[int]] = {}
    for index, choices in options.items():
        texts[index] = choices[0]
        for text in choices:
            key = next((words[word] for word in _possible_words(text) if word in words), None)
            if key is not None:
                texts[index] = text
                found.setdefault(key, []).append(index)
                break
    return _Candidate(
        row_number, texts, found, frozenset(text for choices in options.values() for text in choices)
    )


def _match(
    best: _Candidate, rows: Sequence[Row], vocabulary: Sequence[ColumnWords], merges: Sequence[Merge]
) -> HeaderMatch:
    mapping, duplicates = _one_column_each(best, vocabulary)
    samples = [row.cells for row in rows if row.number > best.row_number][:_SAMPLE]
    guessed = _recognised(
        samples, vocabulary, mapping, {i for columns in duplicates.values() for i in columns}
    )
    mapping |= guessed
    taken = set(mapping.values())
    return HeaderMatch(
        row_number=best.row_number,
        mapping={column.key: mapping[column.key] for column in vocabulary if column.key in mapping},
        texts=best.texts,
        words=best.words,
        unknown=tuple(Unknown(i, text) for i, text in best.texts.items() if i not in taken),
        missing=tuple(column.key for column in vocabulary if column.key not in mapping),
        duplicates=duplicates,
        guessed=tuple(guessed),
        units=money_units(rows, best.row_number, vocabulary, mapping, merges),
    )


def _one_column_each(
    best: _Candidate, vocabulary: Sequence[ColumnWords]
) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """The first column of each key; a column headed with the label itself wins over synonyms."""
    mapping, duplicates = {}, {}
    labels = {column.key: header_word(column.label) for column in vocabulary}
    for key, columns in best.found.items():
        exact = [i for i in columns if labels[key] in _header_words(best.texts[i])]
        if len(columns) > 1 and len(exact) != 1:
            duplicates[key] = tuple(columns)
        mapping[key] = (exact or columns)[0]
    return mapping, duplicates


def _recognised(
    samples: Sequence[list[Cell]],
    vocabulary: Sequence[ColumnWords],
    mapping: Mapping[str, int],
    excluded: set[int],
) -> dict[str, int]:
    """Columns whose name says nothing but whose values do."""
    width = max((len(cells) for cells in samples), default=0)
    free = [i for i in range(width) if i not in mapping.values() and i not in excluded]
    guessed: dict[str, int] = {}
    for column in vocabulary:
        if column.recognise is None or column.key in mapping:
            continue
        for index in free:
            if index not in guessed.values() and _mostly(
                column.recognise, [cells[index] for cells in samples if index < len(cells)]
            ):
                guessed[column.key] = index
                break
    return guessed


def _mostly(recognise: Callable[[object], object], values: Sequence[Cell]) -> bool:
    filled = [value for value in values if value is not None]
    return len(filled) >= 3 and sum(_accepts(recognise, value) for value in filled) * 5 >= len(filled) * 4


def _accepts(recognise: Callable[[object], object], value: Cell) -> bool:
    try:
        return recognise(value) is not None
    except Problem:
        return False
