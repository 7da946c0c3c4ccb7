"""The cells of held rows as they were uploaded, so that they can be corrected without the file.

A row is sealed as a whole: whoever reads the table of staged rows reads no number and no name in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection

from core.crypto import open_sealed, seal
from core.imports.reading import reopen
from core.models import ImportBatch, ImportRow
from core.resource import Resource
from core.sheets import Row, read_workbook

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
        table = reopen(batch, workbook, resource)
        keep_held(batch, table.keys, table.rows())


def cells_of(keys: Iterable[str], row: Row) -> Cells:
    """What a row of the sheet holds, by column."""
    return {key: cell for key, cell in zip(keys, row.cells, strict=True) if cell is not None}


def opened(batch: ImportBatch, row: ImportRow) -> Cells:
    """The cells of a held row; for planning it anew and for who uploaded it."""
    if row.raw is None:
        return {}
    cells: Cells = json.loads(open_sealed(bytes(row.raw), _context(batch, row.number)), object_hook=_decode)
    return cells


def _context(batch: ImportBatch, number: int) -> str:
    return f"core_importrow:{batch.file_id}:{number}"


def _dumps(cells: Cells) -> str:
    return json.dumps(cells, ensure_ascii=False, default=_encode)


def _encode(value: Any) -> dict[str, str]:
    name = "at" if isinstance(value, datetime) else "day"
    return {name: value.isoformat()}


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"day"}:
        return date.fromisoformat(value["day"])
    return datetime.fromisoformat(value["at"]) if value.keys() == {"at"} else value
