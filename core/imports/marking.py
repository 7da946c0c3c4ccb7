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
from core.models import ImportBatch, ImportRow, StoredFile
from core.resource import Resource, registry
from core.sheets import SheetRefused, Workbook, read_workbook

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
    indexes = {column["key"]: column["index"] for column in batch.reading["columns"] if column["key"]}
    width = max((column["index"] for column in batch.reading["columns"]), default=0) + 1
    resource = registry()[batch.resource]
    positions = {resource.column(key).label: index for key, index in indexes.items()}
    planned, changes = _Planned(batch), typed(batch)
    for number, cells in sheet.rows():
        row: list[Any] = [*cells[:width], *[None] * (width - len(cells))]
        if number == batch.header_row:
            yield Marked(number, [*row, NUMBER, PLAN, PROBLEM], is_header=True)
            continue
        found = planned.at(number)
        if found is None:
            yield Marked(number, row)
            continue
        changed = changes.get(number, {})
        for key, cell in changed.items():
            if key in indexes:
                row[indexes[key]] = cell.now
        said: list[Any] = [number, found.get_plan_display(), _explained(found, resource, changed)]
        yield Marked(number, [*row, *said], marks=_marks(found, positions))


def held_rows(batch: ImportBatch, *, is_own: bool) -> Iterator[Marked]:
    """The held rows alone under one header."""
    resource = registry()[batch.resource]
    if is_own:
        _keep_cells(batch)
    held = list(batch.rows.filter(plan=ImportRow.Plan.HELD).defer("values").order_by("number"))
    present = set(batch.mapping).union(*(opened(batch, row) for row in held) if is_own else ())
    keys = [column.key for column in resource.importable if column.key in present]
    positions = {resource.column(key).label: index for index, key in enumerate(keys)}
    heads = [resource.column(key).label for key in keys]
    yield Marked(1, [*heads, NUMBER, PROBLEM], is_header=True)
    changes = typed(batch) if is_own else {}
    for line, row in enumerate(held, 2):
        cells: Cells = (opened(batch, row) if is_own else {}) or row.shown
        said = [row.number, _explained(row, resource, changes.get(row.number, {}))]
        yield Marked(line, [*map(cells.get, keys), *said], marks=_marks(row, positions))


def _explained(row: ImportRow, resource: Resource, changed: Mapping[str, Typed]) -> str:
    """What is wrong with a row, and what the file said where something else was typed."""
    texts = [
        f"{resource.column(key).label}已在网页上改正，原来是“{text(cell.was)}”。"
        for key, cell in changed.items()
    ]
    return "".join([problems_text(row), *texts])


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
