"""The cells of held rows as they were uploaded, so that they can be corrected without the file, and what was
typed over them.

A row is sealed as a whole: whoever reads the tables reads no number and no name in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from core.crypto import open_sealed, seal
from core.imports.reading import reopen
from core.models import ImportAnswer, ImportBatch, ImportRow
from core.resource import Resource
from core.sheets import Row, Table, read_workbook

Cells = dict[str, Any]
UNDECIDED = (ImportRow.Plan.HELD, ImportRow.Plan.DOUBTFUL)
_KEEP = """
update core_importrow r set raw = kept.raw
from unnest(%s::int[], %s::bytea[]) as kept (number, raw) where r.batch_id = %s and r.number = kept.number"""


def keep(batch: ImportBatch, rows: Mapping[int, Cells]) -> None:
    """Store the cells of staged rows by their number."""
    if not rows:
        return
    envelopes = [seal(_dumps(cells), _context(batch, number)) for number, cells in rows.items()]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(rows), envelopes, batch.pk])


def keep_held(batch: ImportBatch, keys: Iterable[str], rows: Iterable[Row]) -> None:
    """Store the cells of held rows that have none yet, from the rows of the sheet."""
    held = batch.rows.filter(plan__in=UNDECIDED, raw__isnull=True)
    wanted = set(held.values_list("number", flat=True))
    if wanted:
        keep(batch, {row.number: cells_of(keys, row) for row in rows if row.number in wanted})


def lacks_cells(batch: ImportBatch) -> bool:
    """Whether the cells of some undecided rows stand nowhere but in the file."""
    return batch.rows.filter(plan__in=UNDECIDED, raw__isnull=True).exists()


def keep_from_file(batch: ImportBatch, resource: Resource) -> None:
    """The same after the check, when commit has held rows: the file is read once more. May refuse it."""
    if lacks_cells(batch):
        workbook = read_workbook(batch.file.file.path, name=batch.file.name)
        table = Corrected(batch, reopen(batch, workbook, resource))
        keep_held(batch, table.keys, table.rows())


def cells_of(keys: Iterable[str], row: Row) -> Cells:
    """What a row of the sheet holds, by column."""
    return {key: cell for key, cell in zip(keys, row.cells, strict=True) if cell is not None}


def opened(batch: ImportBatch, row: ImportRow) -> Cells:
    """The cells of a held row; for planning it anew and for who uploaded it."""
    if row.raw is None:
        return {}
    return _loads(open_sealed(bytes(row.raw), _context(batch, row.number)))


class Typed(NamedTuple):
    """A cell that was typed over: what stands there now, and what the file says."""

    now: Any
    was: Any


def typed(batch: ImportBatch, numbers: Iterable[int] | None = None) -> dict[int, dict[str, Typed]]:
    """What was typed over rows of the file, by row number and column."""
    answers = batch.answers.filter(typed__isnull=False)
    found = answers if numbers is None else answers.filter(number__in=list(numbers))
    return {
        number: {
            key: Typed(*pair)
            for key, pair in _loads(open_sealed(bytes(cells), _typed_context(batch, number))).items()
        }
        for number, cells in found.values_list("number", "typed")
    }


def remember_typed(batch: ImportBatch, rows: Mapping[int, Cells], changes: Mapping[int, Cells]) -> None:
    """Keep what was typed over rows (`rows`: their cells until now), with what the file says there."""
    before = typed(batch, changes)
    answers = []
    for number, cells in changes.items():
        known, row = before.get(number, {}), rows[number]
        said = {
            key: Typed(now, known[key].was if key in known else row.get(key)) for key, now in cells.items()
        }
        sealed = seal(_dumps({**known, **said}), _typed_context(batch, number))
        answers.append(ImportAnswer(batch=batch, county_id=batch.county_id, number=number, typed=sealed))
    batch.answers.bulk_create(
        answers, update_conflicts=True, unique_fields=["batch", "number"], update_fields=["typed"]
    )


class Corrected:
    """A table as it is read, with what was typed over its rows laid over them."""

    def __init__(self, batch: ImportBatch, table: Table) -> None:
        self._table, self._typed = table, typed(batch)
        given = {key for cells in self._typed.values() for key in cells}
        self._added = tuple(sorted(given - set(table.keys)))
        self.keys = (*table.keys, *self._added)
        self.sheet = table.sheet
        self.units = table.header.other_units

    def rows(self) -> Iterator[Row]:
        """As `Table.rows`."""
        rows = self._table.rows()
        return map(self._corrected, rows) if self._typed else rows

    def _corrected(self, row: Row) -> Row:
        cells = [*row.cells, *[None] * len(self._added)]
        for key, cell in self._typed.get(row.number, {}).items():
            cells[self.keys.index(key)] = cell.now
        return Row(row.number, cells)


def text(cell: Any) -> str:
    """A cell in words, as a person would type it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return cell.isoformat() if isinstance(cell, (date, datetime)) else str(cell)


def _context(batch: ImportBatch, number: int) -> str:
    return f"core_importrow:{batch.file_id}:{number}"


def _typed_context(batch: ImportBatch, number: int) -> str:
    return f"core_importanswer:{batch.file_id}:{number}"


def _loads(text: str) -> Cells:
    cells: Cells = json.loads(text, object_hook=_decode)
    return cells


def _dumps(cells: Cells) -> str:
    return json.dumps(cells, ensure_ascii=False, default=_encode)


def _encode(value: Any) -> dict[str, str]:
    name = "at" if isinstance(value, datetime) else "day"
    return {name: value.isoformat()}


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"day"}:
        return date.fromisoformat(value["day"])
    return datetime.fromisoformat(value["at"]) if value.keys() == {"at"} else value
