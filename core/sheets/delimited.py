"""Text tables: encoding and delimiter found by looking, rows read by the csv module."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from core.sheets.limits import Limits
from core.sheets.refused import SheetRefused

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 50
_HEAD = 100_000
_FIELD_LIMIT = 100_000


def rows_of(content: bytes, limits: Limits) -> Iterator[list[str]]:
    """The records of a text table; Excel's row number is the record's position."""
    stream = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")
    head = stream.read(_HEAD)
    _refuse_binary(head)
    stream.seek(0)
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(stream, delimiter=_delimiter(head))
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            if number > limits.rows:
                raise SheetRefused("too_many_rows", limit=limits.rows)
            if len(record) > limits.columns and any(record[limits.columns :]):
                raise SheetRefused("too_many_columns", cell=f"第 {number} 行", limit=limits.columns)
            yield [_unwrapped(cell) for cell in record[: limits.columns]]
    except csv.Error as error:
        raise SheetRefused("bad_csv", row=number + 1) from error


def _unwrapped(cell: str) -> str:
    """Some programs write ="0012" so that Excel keeps the text."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return "" if cell.isspace() else cell


def _encoding(content: bytes) -> str:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _proven(content, encoding)
    if utf16 := _bare_utf16(content):
        return _proven(content, utf16)
    if _is_utf8(content):
        return "utf-8"
    _refuse_mixture(content)
    return _proven(content, "gb18030")


def _proven(content: bytes, encoding: str) -> str:
    """The encoding, if it reads the whole file."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SheetRefused("encoding", row=content.count(b"\n", 0, error.start) + 1) from error
    return encoding


def _bare_utf16(content: bytes) -> str | None:
    sample = content[:2000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd <= len(sample) // 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_mixture(content: bytes) -> None:
    """Lines with Chinese that are UTF-8 beside lines that are not: no single encoding reads this file."""
    kinds = [(row, _is_utf8(line)) for row, line in enumerate(content.split(b"\n"), 1) if not line.isascii()]
    as_utf8 = sum(is_utf8 for _, is_utf8 in kinds)
    if as_utf8 >= 2 and as_utf8 * 5 > len(kinds):
        first = kinds[0][1]
        raise SheetRefused("mixed_encoding", row=next(row for row, is_utf8 in kinds if is_utf8 != first))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(text: str) -> None:
    strange = sum(character < " " and character not in "\t\r\n\f\v\x1a" for character in text)
    if "\0" in text or strange > len(text) // 100:
        raise SheetRefused("unknown")


def _delimiter(text: str) -> str:
    """The delimiter that splits the most sample lines into the same number of fields."""
    lines = [line for line in text.splitlines()[:_SAMPLE_LINES] if line.strip()]
    return max(
        _DELIMITERS, key=lambda delimiter: (_agreement(lines, delimiter), -_DELIMITERS.index(delimiter))
    )


def _agreement(lines: list[str], delimiter: str) -> int:
    counts = [len(record) for record in csv.reader(lines, delimiter=delimiter, strict=False)]
    widest = max((count for count in counts if count > 1), key=counts.count, default=0)
    return counts.count(widest) * min(widest, 3) if widest else 0
