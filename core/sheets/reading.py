"""Read a spreadsheet that nobody vouches for: the work is done by a bounded child process, the rows
come back as a stream.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from core.sheets.limits import DEFAULT, Limits, refuse_size
from core.sheets.refused import SheetRefused

Cell = str | int | float | bool | date | datetime | None
_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from core.sheets.child import main; main()"
_ROOT = Path(__file__).resolve().parents[2]


class Row(NamedTuple):
    """One row with its number as Excel shows it; every row of a sheet that is not blank."""

    number: int
    cells: list[Cell]


class Merge(NamedTuple):
    """A merged range; rows as Excel counts, columns from zero, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Sheet:
    """One visible worksheet; its rows stay in a file and are read when asked for.

    `shown` are the signs and units that stand behind numbers of a column only in Excel's format (%, 万元); the
    cells carry them as text.
    """

    name: str
    row_count: int
    last_row: int
    merges: tuple[Merge, ...]
    shown: Mapping[int, Sequence[str]]
    _data: IO[bytes]
    _start: int
    _stop: int

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, top to bottom; may be called again."""
        position = self._start
        while position < self._stop:
            self._data.seek(position)
            line = self._data.readline()
            position = self._data.tell()
            numbers, cells = orjson.loads(line)
            if b'{"' in line:  # never inside a text, where the mark is escaped
                cells = [[_decode(cell) if type(cell) is dict else cell for cell in row] for row in cells]
            yield from map(Row, numbers, cells)

    def head(self, count: int) -> list[Row]:
        """The first rows that are not blank."""
        return [row for row, _ in zip(self.rows(), range(count), strict=False)]


@dataclass(frozen=True)
class Workbook:
    """What was read: visible sheets with their rows, and the names of hidden ones, which are never
    imported.
    """

    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...]

    def sheet(self, name: str) -> Sheet:
        """The visible sheet of that name."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise SheetRefused("no_such_sheet", name=name, names="、".join(s.name for s in self.sheets))


@lru_cache(maxsize=65_536)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _decode(value: dict[str, str]) -> date:
    return _day(value["day"]) if "day" in value else datetime.fromisoformat(value["at"])


def read_workbook(path: str | os.PathLike[str], *, name: str = "", limits: Limits = DEFAULT) -> Workbook:
    """Read .xlsx, .xls, .csv or .txt, or raise SheetRefused with one clear sentence; `name` is the name
    the clerk gave.
    """
    file = Path(path)
    refuse_size(file, limits.bytes_of(name or file.name))
    data = tempfile.TemporaryFile()  # noqa: SIM115 - unnamed, and lives as long as the workbook
    return _workbook(_run_child(file.resolve(), name or file.name, data, limits), data)


def _run_child(path: Path, name: str, data: IO[bytes], limits: Limits) -> dict[str, Any]:
    request = {"path": str(path), "name": name, "data": data.fileno(), "limits": asdict(limits)}
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, str(_ROOT), _site_packages()]
    with tempfile.TemporaryFile() as index:
        try:
            subprocess.run(
                command,
                input=json.dumps(request).encode(),
                stdout=index,
                stderr=subprocess.DEVNULL,
                pass_fds=(data.fileno(),),
                env={key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ},
                timeout=limits.wall_seconds,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise SheetRefused("timeout", seconds=limits.wall_seconds) from None
        except subprocess.CalledProcessError as error:
            raise SheetRefused("crashed") from error
        index.seek(0)
        answer: dict[str, Any] = json.load(index)
        return answer


@lru_cache(maxsize=1)
def _site_packages() -> str:
    spec = find_spec("python_calamine")
    if spec is None or spec.origin is None:
        raise RuntimeError("python-calamine is not installed")
    return str(Path(spec.origin).parents[1])


def _workbook(answer: dict[str, Any], data: IO[bytes]) -> Workbook:
    if "refused" in answer:
        raise SheetRefused(answer["refused"], **answer["details"])
    sheets = tuple(
        Sheet(
            found["name"],
            found["count"],
            found["last"],
            _merges(found["merges"]),
            {int(column): suffixes for column, suffixes in found["shown"].items()},
            data,
            found["start"],
            found["stop"],
        )
        for found in answer["sheets"]
    )
    if not sheets:
        raise SheetRefused("no_sheet")
    if not any(sheet.row_count for sheet in sheets):
        raise SheetRefused("no_content")
    return Workbook(sheets, tuple(answer["hidden"]))


def _merges(ranges: list[list[list[int]]]) -> tuple[Merge, ...]:
    return tuple(Merge(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges)
