"""Check a batch: read the file in its sandbox, clean it column by column, plan, stage.

Each chunk is planned and staged in one transaction of its own, so that progress shows and memory stays
bounded; a check that dies is simply done again from the start.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Count
from django.utils.module_loading import import_string

from core import scope
from core.blank_tables import HELP_SHEET
from core.imports import raw
from core.imports.cells import read_column, reader
from core.imports.draft import Draft
from core.imports.leaning import hold_leaning
from core.imports.reading import describe, describe_refused, open_batch
from core.imports.staging import hold_late, leave_to_later_commits, mark_doubtful, staging
from core.imports.units import units_said
from core.models import ImportBatch, ImportRow
from core.resource import Resource, registry
from core.sheets import YUAN, Row, SheetRefused, Table, read_workbook

CHUNK = 4_000
State = ImportBatch.State
_MAX_NOTES = 50


class Progress(Protocol):
    """How far the work is, and whether it is still ours (`core.jobs.Progress`)."""

    def guard(self) -> None: ...
    def report(self, done: int, total: int) -> None: ...


class Abandoned(Exception):
    """Somebody has given the batch up, or it went on, while it was being checked."""


class Alone:
    """Progress of a check that no job carries: the command line."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor

    def guard(self) -> None:
        scope.apply(self.actor)

    def report(self, done: int, total: int) -> None:
        pass


def check_batch(batch_id: int, actor: Any, progress: Progress) -> ImportBatch:
    """Plan the whole file anew. A file that cannot be read leaves the batch refused, with one sentence."""
    batch = _begin(batch_id, progress)
    if batch.state != State.CHECKING:
        return batch
    try:
        return _check(batch, actor, progress)
    except Abandoned:
        return _begin(batch_id, progress)


def _check(batch: ImportBatch, actor: Any, progress: Progress) -> ImportBatch:
    resource = registry()[batch.resource]
    workbook = None
    try:
        workbook = read_workbook(batch.file.file.path, name=batch.file.name)
        with transaction.atomic():
            progress.guard()
            table, how = open_batch(batch, workbook, resource)
            corrected = raw.Corrected(batch, table)
            importer = import_string(resource.importer)(resource, actor, batch.defaults)
    except SheetRefused as refused:
        reading = describe_refused(batch, workbook, refused, resource) if workbook else {}
        return _close(batch, progress, state=State.REFUSED, message=refused.message, reading=reading)
    with _uncollected():
        plan_table(batch, corrected, importer, progress)
    reading = _reading(table, how, importer, is_one_of_many=batch.pile is not None)
    reading["notes"] += _answer_again(batch, actor, progress)
    return _close(batch, progress, state=State.CHECKED, message="", **reading)


def _answer_again(batch: ImportBatch, actor: Any, progress: Progress) -> list[str]:
    """What was said of rows before this check, said again; in sentences."""
    from core.imports.deciding import decide_again  # it plans rows anew by what is here

    with transaction.atomic():
        _guard(batch, progress)
        return decide_again(batch, actor)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection: it would walk the rows again and again, and they hold no cycles."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _begin(batch_id: int, progress: Progress) -> ImportBatch:
    with transaction.atomic():
        progress.guard()
        batch = ImportBatch.objects.select_related("file").select_for_update(of=("self",)).get(pk=batch_id)
        if batch.state == State.CHECKING:
            batch.rows.all().delete()
        return batch


def _guard(batch: ImportBatch, progress: Progress) -> None:
    """First in a transaction that writes: the work is ours and the batch still waits for it."""
    progress.guard()
    locked = ImportBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if locked is None or locked.state != State.CHECKING:
        raise Abandoned


def plan_table(batch: ImportBatch, table: raw.Corrected, importer: Any, progress: Progress) -> None:
    """Plan and stage all rows, a chunk at a time."""
    done, total = 0, table.sheet.row_count
    cells = CleanCells(importer, table.keys, table.units)
    cleaned = ((rows, cells.drafts(rows)) for rows in _chunks(table.rows()))
    following = next(cleaned, None)
    while following is not None:
        rows, drafts = following
        with transaction.atomic():
            _guard(batch, progress)
            leave_to_later_commits()
            importer.plan(drafts)
            with staging(batch, drafts):
                following = next(cleaned, None)
            held = zip(rows, drafts, strict=True)
            raw.keep(batch, {d.number: raw.cells_of(table.keys, row) for row, d in held if d.problems})
        done += len(rows)
        progress.report(done, max(total, done))
    with transaction.atomic():
        _guard(batch, progress)
        hold_late(batch, importer.late_holds)
        leaning = hold_leaning(batch, importer)
        doubts = list(importer.doubts(batch))
        mark_doubtful(batch, doubts)
        if importer.late_holds or leaning or doubts:
            raw.keep_held(batch, table.keys, table.rows())


class CleanCells:
    """Turns raw rows into drafts: each column is cleaned by its own check, blanks take the defaults.

    `units` are those of the columns of money that are kept in another one than yuan.
    """

    def __init__(self, importer: Any, keys: tuple[str, ...], units: Mapping[str, str]) -> None:
        resource: Resource = importer.resource
        self.keys = keys
        self.columns = [resource.column(key) for key in keys]
        self.readers = [reader(resource, column, units.get(column.key, YUAN)) for column in self.columns]
        self.defaults = self._cleaned_defaults(resource, importer.defaults)

    def _cleaned_defaults(self, resource: Resource, given: dict[str, Any]) -> dict[str, tuple[Any, str]]:
        cleaned = {}
        for key, value in given.items():
            column = resource.column(key)
            read = read_column(column, reader(resource, column), [value])
            if read.values[0] is not None:
                cleaned[key] = read.values[0], read.shown[0] or ""
        return cleaned

    def drafts(self, rows: list[Row]) -> list[Draft]:
        if not rows:
            return []
        by_column = list(zip(*(row.cells for row in rows), strict=True))
        read = [read_column(*given) for given in zip(self.columns, self.readers, by_column, strict=True)]
        drafts = [
            Draft(row.number, self._given(values), self._given(shown))
            for row, values, shown in zip(
                rows,
                zip(*(column.values for column in read), strict=True),
                zip(*(column.shown for column in read), strict=True),
                strict=True,
            )
        ]
        for column, found in zip(self.columns, read, strict=True):
            for place, problem in found.problems:
                drafts[place].hold(column.label, problem, found.shown[place] or "")
        for key, (value, shown) in self.defaults.items():
            self._fill(drafts, key, value, shown)
        return drafts

    def _given(self, cells: tuple[Any, ...]) -> dict[str, Any]:
        if None not in cells:
            return dict(zip(self.keys, cells, strict=True))
        return {key: cell for key, cell in zip(self.keys, cells, strict=True) if cell is not None}

    def _fill(self, drafts: list[Draft], key: str, value: Any, shown: str) -> None:
        for draft in drafts:
            if key not in draft.shown:
                draft.cells[key], draft.shown[key] = value, shown
                draft.defaulted.add(key)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _reading(table: Table, how: str, importer: Any, *, is_one_of_many: bool) -> dict[str, Any]:
    """How the file was understood: sheet, header row, columns, what was left out.

    `is_one_of_many`: the other sheets have batches of their own.
    """
    header, resource = table.header, importer.resource
    reading = describe(table, how, resource)
    notes = units_said(reading, resource)
    notes += [f"第 {row.number} 行没有当作数据：{row.reason}" for row in table.skipped[:_MAX_NOTES]]
    own = {column.label for column in resource.columns}
    notes += [f"“{text}”列不在可导入的列中，没有读取" for _, text in header.unknown if text not in own]
    notes += [f"“{resource.column(key).label}”列是按内容认出来的，请核对" for key in header.guessed]
    notes += [f"没有读取隐藏的工作表“{name}”" for name in table.workbook.hidden]
    if not is_one_of_many:
        mine = (table.sheet.name, HELP_SHEET)
        others = [sheet.name for sheet in table.workbook.sheets if sheet.name not in mine]
        notes += [f"没有读取工作表“{name}”" for name in others]
    notes += importer.notes()
    return {
        "sheet": table.sheet.name[:100],
        "header_row": header.row_number,
        "mapping": {key: header.texts.get(index, "") for key, index in header.mapping.items()},
        "reading": reading,
        "notes": notes,
    }


def _close(batch: ImportBatch, progress: Progress, **values: Any) -> ImportBatch:
    with transaction.atomic():
        _guard(batch, progress)
        found = {**values, **counts(batch)}
        for name, value in found.items():
            setattr(batch, name, value)
        batch.save(update_fields=list(found))
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    """How many rows of the plan are new, changed, unchanged, held."""
    plans = dict(batch.rows.order_by().values_list("plan").annotate(Count("pk")))
    return {f"rows_{plan}": plans.get(plan, 0) for plan in ImportRow.Plan.values}
