"""Which column of a sheet is read as what: chosen for this batch, remembered for the county, or found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core import checks
from core.imports.cells import shown, vocabulary
from core.models import ImportBatch, ImportMapping
from core.resource import Exposure, Resource
from core.sheets import (
    Chosen,
    HeaderMatch,
    Row,
    Sheet,
    SheetRefused,
    Table,
    Workbook,
    chosen_header,
    fingerprint,
    likely_header,
    open_chosen,
    open_table,
)
from core.sheets.header import SEARCHED_ROWS, find_header
from core.sheets.table import HEAD_ROWS

BY_PERSON, BY_LAST_TIME, BY_ITSELF = "person", "last", "auto"
# Refusals that choosing the columns by hand can overcome.
MENDABLE = ("no_header", "duplicate_header")
SAMPLES = 3
_LONG_NUMBER = 11


def open_batch(batch: ImportBatch, workbook: Workbook, resource: Resource) -> tuple[Table, str]:
    """The table of a batch and how its columns are known. Runs inside the batch's scope."""
    words, wish = vocabulary(resource), batch.chosen
    if wish.get("columns"):
        return open_chosen(workbook, words, _chosen(wish)), BY_PERSON
    known = remembered(batch, workbook, resource)
    if known is not None:
        return open_chosen(workbook, words, known), BY_LAST_TIME
    sheet, header_row = wish.get("sheet"), wish.get("header_row")
    return open_table(workbook, words, sheet=sheet, header_row=header_row), BY_ITSELF


def reopen(batch: ImportBatch, workbook: Workbook, resource: Resource) -> Table:
    """The table exactly as it was read when the batch was checked."""
    if not batch.reading:  # checked before the reading was kept
        return open_table(workbook, vocabulary(resource), sheet=batch.sheet or None)
    read = {str(c["index"]): c["key"] for c in batch.reading["columns"] if c["key"]}
    wish = {"sheet": batch.reading["sheet"], "header_row": batch.header_row, "columns": read}
    return open_chosen(workbook, vocabulary(resource), _chosen(wish))


def _chosen(wish: Mapping[str, Any]) -> Chosen:
    columns = {int(index): key for index, key in wish["columns"].items()}
    return Chosen(wish["sheet"], wish["header_row"], columns)


def remembered(batch: ImportBatch, workbook: Workbook, resource: Resource) -> Chosen | None:
    """How the county last had a table with one of these headers read."""
    places = {
        fingerprint(row): (sheet.name, row.number)
        for sheet in workbook.sheets
        for row in sheet.head(SEARCHED_ROWS)
        if batch.chosen.get("sheet") in (None, sheet.name)
        and batch.chosen.get("header_row") in (None, row.number)
    }
    own = ImportMapping.objects.filter(county_id=batch.county_id, resource=batch.resource)
    found = own.filter(fingerprint__in=places).order_by("-changed_at").first()
    if found is None:
        return None
    sheet, header_row = places[found.fingerprint]
    known = {column.key for column in resource.importable}
    columns = {index: key for index, key in found.columns.items() if key in known}
    return _chosen({"sheet": sheet, "header_row": header_row, "columns": columns}) if columns else None


def describe(table: Table, how: str, resource: Resource) -> dict[str, Any]:
    """What the pages show of the reading: every column with its first values, masked; the other sheets."""
    return _described(table.workbook, table.sheet, table.header, how, resource)


def describe_refused(
    batch: ImportBatch, workbook: Workbook, refused: SheetRefused, resource: Resource
) -> dict[str, Any]:
    """The likely sheet of a table whose header was not understood, so that a person can say what is what."""
    if refused.code not in MENDABLE:
        return {}
    wish = batch.chosen.get("sheet")
    sheets = [sheet for sheet in workbook.sheets if sheet.row_count and wish in (None, sheet.name)]
    if not sheets:
        return {}
    words = vocabulary(resource)
    found = [(find_header(sheet.head(HEAD_ROWS), words, sheet.merges), sheet) for sheet in sheets]
    fullest = max(sheets, key=lambda sheet: sheet.row_count)
    header, sheet = next((pair for pair in found if pair[0] is not None), (None, fullest))
    if header is None:
        row = batch.chosen.get("header_row") or likely_header(sheet)
        header = chosen_header(sheet, words, Chosen(sheet.name, row, {}))
    return _described(workbook, sheet, header, BY_ITSELF, resource)


def _described(
    workbook: Workbook, sheet: Sheet, header: HeaderMatch, how: str, resource: Resource
) -> dict[str, Any]:
    head = sheet.head(HEAD_ROWS)
    keys = {index: key for key, index in header.mapping.items()}
    below = [row.cells for row in head if row.number > header.row_number]
    prints = [fingerprint(row) for row in head if row.number == header.row_number]
    filled = {i for cells in below for i, cell in enumerate(cells) if cell is not None}
    return {
        "sheet": sheet.name,
        "sheets": [found.name for found in _matching(workbook, resource, sheet)],
        "header_row": header.row_number,
        "fingerprint": prints[0] if prints else fingerprint(Row(0, [])),
        "how": how,
        "columns": [
            {
                "index": index,
                "text": header.texts.get(index, "")[:80],
                "key": keys.get(index, ""),
                "how": "value" if keys.get(index) in header.guessed else "name",
                "samples": _samples(below, index, _is_sensitive(resource, keys.get(index))),
                **_unit(header, keys.get(index, "")),
                "shown": sorted(sheet.shown.get(index, ())),
            }
            for index in sorted(header.texts.keys() | keys.keys() | filled)
        ],
    }


def _unit(header: HeaderMatch, key: str) -> dict[str, Any]:
    """The unit of money that the table names for a column, and where."""
    unit = header.units.get(key)
    return {"unit": unit.name, "unit_text": unit.text, "units_beside": unit.beside} if unit else {}


def _matching(workbook: Workbook, resource: Resource, read: Sheet) -> Iterable[Sheet]:
    """The sheets that could be meant: the one that is read, and those with anything in them."""
    return [sheet for sheet in workbook.sheets if sheet is read or sheet.row_count]


def _is_sensitive(resource: Resource, key: str | None) -> bool:
    return key is not None and resource.column(key).exposure is not Exposure.OPEN


def _samples(below: Sequence[Sequence[Any]], index: int, is_sensitive: bool) -> list[str]:
    cells = [row[index] for row in below if index < len(row) and row[index] is not None]
    return [_sample(cell, is_sensitive) for cell in cells[:SAMPLES]]


def _sample(cell: Any, is_sensitive: bool) -> str:
    """A cell for a reader who does not know yet what it is: long numbers may be anybody's."""
    is_long = isinstance(cell, (str, int, float)) and len(re.findall(r"[0-9]", str(cell))) >= _LONG_NUMBER
    if is_sensitive or is_long:
        return checks.masked_cell(cell)
    return "".join(c if c.isprintable() else " " for c in shown({}, cell))[:30]
