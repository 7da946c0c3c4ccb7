"""Number formats that say what a number means: 0.5 that Excel shows as 50%, 20 that it shows as 20万元."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree

_BUILT_IN: Final = {"9": "0%", "10": "0.00%"}
_QUOTED = re.compile(r'"([^"]*)"')
_ESCAPED = re.compile(r"[\\!](.)")
_PADDING = re.compile(r"[\\!]\s|\[[^\]<>=]*\]|_.|\*.|\s")
# A scaled number (0!.0,"万") stands in the cell in yuan, and ends in a comma: it is no such format.
_SHOWN = re.compile(
    r"[¥￥$]?(?:General|G/通用格式|[#0?,]*[#0?])(?:\.(?P<places>[#0?]+))?(?P<suffix>%|(?:千万|百万|[千万亿])元?|元)"
)
_FINEST, _COARSEST = 9, 2
_ROOM = 1024


class Style(NamedTuple):
    """What Excel writes behind a number, and how many decimals a percentage keeps."""

    suffix: str
    places: int

    def shown(self, value: int | float) -> str:
        """The number with its sign or unit; what a percentage hides behind the decimals shown is not lost
        before the second one.
        """
        number = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
        if self.suffix == "%":
            number = round(number * 100, self.places)
        return f"{number.normalize():f}{self.suffix}"


def style_of(code: str) -> Style | None:
    """The meaning of a format code, or None where the number is meant as it stands in the cell."""
    section = _PADDING.sub("", code.split(";")[0])
    literals = "".join(_QUOTED.findall(section) + _ESCAPED.findall(section))
    if "%" in literals or "." in literals:  # only drawn: 50"%" is 50
        return None
    match = _SHOWN.fullmatch(_ESCAPED.sub(r"\1", _QUOTED.sub(r"\1", section)))
    if match is None:
        return None
    return Style(match["suffix"], min(max(len(match["places"] or ""), _COARSEST), _FINEST))


def telling_styles(xml: bytes) -> dict[bytes, Style]:
    """The styles of a workbook's cells, by their number in the sheets, whose format has such a meaning."""
    root = ElementTree.fromstring(xml)
    custom = root.iterfind("{*}numFmts/{*}numFmt")
    codes = {**_BUILT_IN, **{found.get("numFmtId", ""): found.get("formatCode", "") for found in custom}}
    telling = {number: style for number, code in codes.items() if (style := style_of(code))}
    return {
        str(position).encode(): telling[number]
        for position, cell in enumerate(root.iterfind("{*}cellXfs/{*}xf"))
        if (number := cell.get("numFmtId", "")) in telling
    }


class Finder:
    """Finds the cells of telling styles in the XML of a sheet."""

    def __init__(self, styles: Mapping[bytes, Style]) -> None:
        self.known = tuple(dict.fromkeys(styles.values()))
        self._codes = {number: self.known.index(style) + 1 for number, style in styles.items()}
        self._cell = re.compile(
            rb'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200}? s="(' + b"|".join(styles) + rb')"'
        )

    def collect(self, block: bytes, formats: Formats) -> None:
        for letters, row, number in self._cell.findall(block):
            formats.add(letters, int(row), self._codes[number])


class Formats:
    """The cells of one sheet that Excel shows with a sign or unit; a byte per cell."""

    def __init__(self, known: tuple[Style, ...] = ()) -> None:
        self._known = known
        self._columns: dict[bytes, bytearray] = {}
        self.used: dict[int, set[str]] = {}  # what was met by column

    def __bool__(self) -> bool:
        return bool(self._columns)

    def add(self, letters: bytes, row: int, code: int) -> None:
        codes = self._columns.setdefault(letters, bytearray())
        if row >= len(codes):
            codes.extend(bytes(row - len(codes) + _ROOM))
        codes[row] = code

    def apply(self, row: int, cells: list[Any]) -> None:
        """Put what is shown in the place of the numbers of a row."""
        for letters, codes in self._columns.items():
            column = column_index(letters.decode())
            code = codes[row] if row < len(codes) else 0
            if code and column < len(cells) and type(cells[column]) in (int, float):
                style = self._known[code - 1]
                cells[column] = style.shown(cells[column])
                self.used.setdefault(column, set()).add(style.suffix)


def column_index(letters: str) -> int:
    """A is 0, IV is 255."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
