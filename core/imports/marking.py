"""A batch as the workbook that goes back to the clerk: the cells as uploaded, what is wrong marked and said.

The whole sheet comes from the uploaded file. Where the file is gone, the held rows come from their sealed cells.
Whoever did not upload the numbers gets them masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.actions import Refused
from core.export import Marked
from core.imports.pages.plan import problems_text
from core.imports.raw import Cells, Typed, keep_from_file, opened, text, typed
from core.imports.units import head, heads_by_label, taken_out, units_of
from core.models import ImportBatch, ImportRow, StoredFile
from core.resource import Resource, registry
from core.sheets import SheetRefused, Workbook, headed, read_workbook

NUMBER, PLAN, PROBLEM = "原行号", "处理", "问题"
UNREADABLE = "原来的文件已读不出，请重新上传。"
GONE = "上传的文件已在导入后删除，只能下载有问题的行。"
NOT_YOURS = "整张表格只退给上传它的人。您可以下载有问题的行，号码已遮住。"
CHUNK = 2_000


def has_file(batch: ImportBatch) -> bool:
    """Whether the uploaded file is still there."""
    return is_kept(batch.file)


def is_kept(stored: StoredFile | None) -> bool:
    return stored is not None and bool(stored.file) and stored.file.storage.exists(stored.file.name)


def whole_sheet(batch: ImportBatch) -> Iterator[Marked]:
    """Every row of the sheet where it stood, the header and what is above it included."""
    if not has_file(batch):
        raise Refused(GONE)
    try:
        sheet = _workbook(batch).sheet(batch.reading["sheet"])
    except (SheetRefused, OSError) as error:
        raise Refused(UNREADABLE) from error
    lines = _Lines(batch)
    for number, cells in sheet.rows():
        yield lines.marked(number, cells)


class _Lines:
    """The lines of the whole sheet, asked for in rising order."""

    def __init__(self, batch: ImportBatch) -> None:
        self.header_row, self.resource = batch.header_row or 1, registry()[batch.resource]
        self.indexes = {
            column["key"]: column["index"] for column in batch.reading["columns"] if column["key"]
        }
        self.width = max((column["index"] for column in batch.reading["columns"]), default=0) + 1
        self.positions = {self.resource.column(key).label: index for key, index in self.indexes.items()}
        self.planned, self.changes = _Planned(batch), typed(batch)
        self.units, self.names = units_of(batch), heads_by_label(batch)

    def marked(self, number: int, cells: list[Any]) -> Marked:
        if number < self.header_row:  # the unit of money may stand beside the columns
            return Marked(number, cells)
        row: list[Any] = [*cells[: self.width], *[None] * (self.width - len(cells))]
        if number == self.header_row:
            return Marked(number, [*self._heads(row), NUMBER, PLAN, PROBLEM], is_header=True)
        found = self.planned.at(number)
        return Marked(number, row) if found is None else self._planned_row(row, found)

    def _heads(self, row: list[Any]) -> list[Any]:
        """The header; titles and merged cells that named a unit may be lost."""
        units = {self.indexes[key]: unit for key, unit in self.units.items()}
        return [_with_unit(text, units.get(index, "")) for index, text in enumerate(row)]

    def _planned_row(self, row: list[Any], found: ImportRow) -> Marked:
        changed = self.changes.get(found.number, {})
        for key, cell in changed.items():
            if key in self.indexes:
                row[self.indexes[key]] = taken_out(self.units, key, cell.now)
        explained = _explained(found, self.resource, changed, self.names)
        said: list[Any] = [found.number, found.get_plan_display(), explained]
        return Marked(found.number, [*row, *said], marks=_marks(found, self.positions))


def _with_unit(text: Any, unit: str) -> Any:
    return headed(text, unit) if unit and isinstance(text, str) and text.strip() else text


def held_rows(batch: ImportBatch, *, is_own: bool) -> Iterator[Marked]:
    """The held rows alone under one header."""
    resource = registry()[batch.resource]
    if is_own:
        _keep_cells(batch)
    held = list(batch.rows.filter(plan=ImportRow.Plan.HELD).defer("values").order_by("number"))
    present = set(batch.mapping).union(*(opened(batch, row) for row in held) if is_own else ())
    keys = [column.key for column in resource.importable if column.key in present]
    positions = {resource.column(key).label: index for index, key in enumerate(keys)}
    units, names = units_of(batch), heads_by_label(batch)
    heads = [head(units, resource.column(key)) for key in keys]
    yield Marked(1, [*heads, NUMBER, PROBLEM], is_header=True)
    changes = typed(batch) if is_own else {}
    for line, row in enumerate(held, 2):
        cells: Cells = (opened(batch, row) if is_own else {}) or row.shown
        said = [row.number, _explained(row, resource, changes.get(row.number, {}), names)]
        yield Marked(
            line,
            [*(taken_out(units, key, cells.get(key)) for key in keys), *said],
            marks=_marks(row, positions),
        )


def _explained(
    row: ImportRow, resource: Resource, changed: Mapping[str, Typed], names: Mapping[str, str]
) -> str:
    """What is wrong with a row, and what the file said where something else was typed."""
    texts = [
        f"{names.get(resource.column(key).label, resource.column(key).label)}已在网页上改正，原来是“{text(cell.was)}”。"
        for key, cell in changed.items()
    ]
    return "".join([problems_text(row, names), *texts])


def _marks(row: ImportRow, positions: Mapping[str, int]) -> frozenset[int]:
    """Columns of a row that have a problem."""
    return frozenset(positions[p["column"]] for p in row.problems if p["column"] in positions)


def _workbook(batch: ImportBatch) -> Workbook:
    return read_workbook(batch.file.file.path, name=batch.file.name)


def _keep_cells(batch: ImportBatch) -> None:
    """Rows that commit has held get their cells from the file, if it is still there."""
    if not has_file(batch):
        return
    try:
        keep_from_file(batch, registry()[batch.resource])
    except (SheetRefused, OSError) as error:
        raise Refused(UNREADABLE) from error


class _Planned:
    """The plan of a batch by row number, read in order and in portions."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        rows = batch.rows.defer("values", "shown", "changes").order_by("number")
        self.rows = rows.iterator(chunk_size=CHUNK)
        self.next = next(self.rows, None)

    def at(self, number: int) -> ImportRow | None:
        """The planned row of that number; numbers must be asked for in rising order."""
        while self.next is not None and self.next.number < number:
            self.next = next(self.rows, None)
        return self.next if self.next is not None and self.next.number == number else None
