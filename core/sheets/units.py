"""The unit of money that a table names in its headings or above them: 金额（万元）, 单位：万元."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.checks.problem import Problem
from core.checks.text import clean
from core.sheets.reading import Cell, Merge, Row

YUAN = "元"
_SCALE = "千万|百万|[千万亿]"
_OPEN, _CLOSE = r"[(\[【〔{]", r"[)\]】〕}]"
# Behind a number it is an amount (共300万元), before another word a part of it (元旦).
_AMOUNT = r"(?<![\d.一二两三四五六七八九十几数百千万亿])"
_UNIT = re.compile(rf"{_AMOUNT}(?P<scale>{_SCALE}|)元(?![\u4e00-\u9fff])|{_OPEN}(?P<bare>{_SCALE}){_CLOSE}")
_TITLE = re.compile(
    rf"单位[:(]*(?:[^:()元]{{1,6}}[、,/])?(?:人民币)?(?P<scale>{_SCALE}|)元(?![\u4e00-\u9fff])"
)
_YUAN_AT_END = re.compile(rf"\s*(?:{_OPEN}|（)元(?:{_CLOSE}|）)$")
_ALONE = re.compile(rf"{_OPEN}?(?:单位:?)?(?:人民币)?(?P<scale>{_SCALE}|)元{_CLOSE}?")


class Unit(NamedTuple):
    """A unit of money and the text that names it; `beside` are the other units that the text names."""

    name: str
    text: str
    beside: tuple[str, ...] = ()


def column_unit(rows: Sequence[Row], header_row: int, column: int, merges: Iterable[Merge]) -> Unit | None:
    """The unit in which a column is kept: its heading's, else that of what stands nearest above it, or in
    a line of its own right below the heading. None where the table is silent.
    """
    for row in reversed([row for row in rows if row.number <= header_row]):
        texts = _texts(row.cells)
        own = texts.get(column) or _merged(rows, row.number, column, merges)
        if unit := _found(_UNIT, own):
            return unit
        if row.number < header_row and (unit := _title(list(texts.values()))):
            return unit
    below = next((row for row in rows if row.number == header_row + 1), None)
    text = _texts(below.cells).get(column, "") if below else ""
    return _found(_ALONE, text) if _ALONE.fullmatch(_tidy(text)) else None


def headed(text: str, unit: str) -> str:
    """A heading that names the unit: 金额 and 金额（元） become 金额（万元）."""
    found = _found(_UNIT, text)
    return text if found and found.name == unit else f"{_YUAN_AT_END.sub('', text)}（{unit}）"


def _title(texts: Sequence[str]) -> Unit | None:
    """The unit in a line above the headings: 单位：万元 anywhere in it, or a title that stands alone."""
    pattern = _UNIT if len(texts) == 1 else _TITLE
    return next((unit for text in texts if (unit := _found(pattern, text))), None)


def _found(pattern: re.Pattern[str], text: str) -> Unit | None:
    tidy = _tidy(text)
    match = pattern.search(tidy)
    if match is None:
        return None
    name, named = _name(match), dict.fromkeys(map(_name, _UNIT.finditer(tidy)))
    return Unit(name, text[:60], tuple(other for other in named if other != name))


def _name(match: re.Match[str]) -> str:
    return "".join(filter(None, match.groups())) + YUAN


def _texts(cells: Sequence[Cell]) -> dict[int, str]:
    return {i: cell.strip() for i, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}


def _merged(rows: Sequence[Row], number: int, column: int, merges: Iterable[Merge]) -> str:
    """The text of the merged range that covers a place."""
    for merge in merges:
        if merge.first_row <= number <= merge.last_row and merge.first_column <= column <= merge.last_column:
            first = next((row for row in rows if row.number == merge.first_row), None)
            return _texts(first.cells).get(merge.first_column, "") if first else ""
    return ""


def _tidy(text: str) -> str:
    try:
        return clean(text).replace(" ", "")
    except Problem:
        return ""
