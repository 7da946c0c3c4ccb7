"""The process that opens an untrusted file: bounded in memory, time and output, without Django or the
database.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core.sheets.delimited import rows_of
from core.sheets.formats import Formats
from core.sheets.kinds import kind_of
from core.sheets.limits import Limits, refuse_size
from core.sheets.package import Patches, Unread, inspect
from core.sheets.refused import SheetRefused

_CHUNK = 2_000
_EXACT = 1e15  # a spreadsheet number keeps 15 digits; beyond, what is shown is not what was typed
_MAX_MERGES = 300_000
_LINE = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE


@dataclass
class _Output:
    """Rows as JSON lines in the data file; what they are, in the index at the end."""

    data: BinaryIO
    limits: Limits
    sheets: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, name: str, rows: Iterable[tuple[int, list[Any]]], merges: list[Any], formats: Formats
    ) -> None:
        start, count, last = self.data.tell(), 0, 0
        for numbers, cells in _chunks(rows):
            line = orjson.dumps([numbers, cells], default=_encode, option=_LINE)
            if len(line) > self.limits.chunk_bytes:  # one text that many cells share
                raise SheetRefused("suspicious", detail="单元格内容过长")
            self.data.write(line)
            count, last = count + len(numbers), numbers[-1]
        stop = self.data.tell()
        self.sheets.append(
            {
                "name": name,
                "start": start,
                "stop": stop,
                "count": count,
                "last": last,
                "merges": merges,
                "shown": {column: sorted(suffixes) for column, suffixes in formats.used.items()},
            }
        )


def _chunks(rows: Iterable[tuple[int, list[Any]]]) -> Iterator[tuple[list[int], list[list[Any]]]]:
    numbers: list[int] = []
    cells: list[list[Any]] = []
    for number, row in rows:
        numbers.append(number)
        cells.append(row)
        if len(numbers) == _CHUNK:
            yield numbers, cells
            numbers, cells = [], []
    if numbers:
        yield numbers, cells


def _encode(value: object) -> object:
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return {"day": value.date().isoformat()} if midnight else {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(type(value).__name__)


def _plain(value: Any) -> Any:
    if type(value) is str:
        return value or None
    if type(value) is float:
        if value != value or value in (float("inf"), float("-inf")):
            return None
        return int(value) if value.is_integer() and -_EXACT < value < _EXACT else value
    return value


def _cells(rows: Iterable[list[Any]], first_column: int, unread: Unread) -> Iterator[tuple[int, list[Any]]]:
    """Numbered rows that hold anything, with empty columns on the left restored."""
    padding: list[Any] = [None] * first_column
    patches, formats = unread.patches, unread.formats
    has_formats = bool(formats)
    patched_rows = {row for row, _ in patches}
    for number, row in enumerate(rows, 1):
        cells = [value if type(value) is str and value else _plain(value) for value in row]
        if padding:
            cells = padding + cells
        if number in patched_rows:
            _patch(cells, number, patches)
        if has_formats:
            formats.apply(number, cells)
        if cells.count(None) < len(cells):
            yield number, cells


def _patch(cells: list[Any], number: int, patches: Patches) -> None:
    for column in range(len(cells)):
        if cells[column] is None and (number, column) in patches:
            cells[column] = patches[number, column]


def _read_workbook(path: Path, limits: Limits, unread: dict[str, Unread], output: _Output) -> list[str]:
    import python_calamine as calamine

    hidden = []
    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
        sheets = workbook.sheets_metadata
        if len(sheets) > limits.sheets:
            raise SheetRefused("too_many_sheets", count=len(sheets), limit=limits.sheets)
        for sheet in sheets:
            if sheet.visible != calamine.SheetVisibleEnum.Visible:
                hidden.append(sheet.name)
            elif sheet.typ == calamine.SheetTypeEnum.WorkSheet:
                _read_sheet(workbook.get_sheet_by_name(sheet.name), unread.get(sheet.name, Unread()), output)
    except calamine.PasswordError as error:
        raise SheetRefused("encrypted") from error
    except calamine.CalamineError as error:
        raise SheetRefused("encrypted" if "assword" in str(error) else "damaged") from error
    return hidden


def _read_sheet(sheet: Any, unread: Unread, output: _Output) -> None:
    first_column = sheet.start[1] if sheet.start else 0
    merges = sheet.merged_cell_ranges or []
    if len(merges) > _MAX_MERGES:
        raise SheetRefused("suspicious", detail=f"有 {len(merges)} 处合并单元格")
    output.add(sheet.name, _cells(sheet.iter_rows(), first_column, unread), merges, unread.formats)


def _read(request: dict[str, Any], limits: Limits, output: _Output) -> list[str]:
    path = Path(request["path"])
    with path.open("rb") as stream:
        kind = kind_of(stream, request["name"])
        if kind == "text":
            rows = _cells(rows_of(stream, limits), 0, Unread())
            output.add(Path(request["name"]).stem or "表", rows, [], Formats())
            return []
    refuse_size(path, limits.file_bytes)  # it may be named as text and be none
    unread = inspect(path, limits) if kind == "zip" else {}
    return _read_workbook(path, limits, unread, output)


def _bound(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def main() -> None:
    """Read the request from standard input, write rows to the data file and the index to standard output."""
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    _bound(limits)
    answer: dict[str, Any]
    with os.fdopen(request["data"], "wb", buffering=1024 * 1024) as data:
        output = _Output(data, limits)
        try:
            hidden = _read(request, limits, output)
            answer = {"sheets": output.sheets, "hidden": hidden}
        except SheetRefused as refused:
            answer = {"refused": refused.code, "details": refused.details}
        except MemoryError:
            answer = {"refused": "crashed", "details": {}}
    sys.stdout.write(json.dumps(answer))
