"""Text tables: encoding and delimiter found by looking, rows read by the csv module."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from core.sheets.limits import Limits
from core.sheets.refused import SheetRefused

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 50
_HEAD = 100_000
_BLOCK = 1024 * 1024
_FIELD_LIMIT = 100_000


def rows_of(file: BinaryIO, limits: Limits) -> Iterator[list[str]]:
    """The records of a text table, read as a stream; Excel's row number is the record's position."""
    encoding = _encoding(file)
    file.seek(0)
    stream = io.TextIOWrapper(file, encoding=encoding, newline="")
    head = stream.read(_HEAD)
    _refuse_binary(head)
    stream.seek(0)
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(stream, delimiter=_delimiter(head))
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            if number > limits.rows + 1:  # the header is no content
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


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    sample = file.read(2000)
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return _proven(file, encoding)
    if utf16 := _bare_utf16(sample):
        return _proven(file, utf16)
    if _unreadable_row(file, "utf-8") is None:
        return "utf-8"
    _refuse_mixture(file)
    return _proven(file, "gb18030")


def _proven(file: BinaryIO, encoding: str) -> str:
    """The encoding, if it reads the whole file."""
    row = _unreadable_row(file, encoding)
    if row is not None:
        raise SheetRefused("encoding", row=row)
    return encoding


def _unreadable_row(file: BinaryIO, encoding: str) -> int | None:
    """The first line that the encoding does not read."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    row, block = 1, b"\n"
    while block:
        block = file.read(_BLOCK)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return row + error.object.count(b"\n", 0, error.start)
        row += block.count(b"\n")
    return None


def _bare_utf16(sample: bytes) -> str | None:
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd <= len(sample) // 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_mixture(file: BinaryIO) -> None:
    """Lines with Chinese that are UTF-8 beside lines that are not: no single encoding reads this file."""
    file.seek(0)
    counts = {True: 0, False: 0}
    first_rows: dict[bool, int] = {}
    for row, line in enumerate(file, 1):
        if not line.isascii():
            is_utf8 = _is_utf8(line)
            counts[is_utf8] += 1
            first_rows.setdefault(is_utf8, row)
    if counts[True] >= 2 and counts[True] * 4 > counts[False] > 0:
        raise SheetRefused("mixed_encoding", row=max(first_rows.values()))


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
