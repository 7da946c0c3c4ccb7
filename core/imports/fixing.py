"""Held rows corrected in the browser: the changed rows go through the same check again, the rest stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any

from django.utils.module_loading import import_string

from core.imports import raw
from core.imports.checking import CHUNK, CleanCells, counts
from core.imports.draft import Draft
from core.imports.leaning import hold_leaning
from core.imports.staging import hold_late, mark_doubtful, stage
from core.imports.units import units_of
from core.models import ImportBatch, ImportRow
from core.resource import Resource, registry
from core.sheets import Row

Plan = ImportRow.Plan
Numbered = tuple[int, raw.Cells]


def replan(batch: ImportBatch, actor: Any, rows: Iterable[Numbered], numbers: set[int]) -> None:
    """Plan these rows (their numbers are known beforehand) anew, beside the plan of all others."""
    resource = registry()[batch.resource]
    importer = import_string(resource.importer)(resource, actor, batch.defaults)
    others = batch.rows.exclude(number__in=numbers)
    importer.recall(
        others.filter(plan__in=(Plan.NEW, Plan.DOUBTFUL)).values_list("values", flat=True).iterator()
    )
    for chunk in _chunks(rows):
        _replan_chunk(batch, resource, importer, chunk, others)
    hold_late(batch, importer.late_holds)
    hold_leaning(batch, importer)
    mark_doubtful(batch, importer.doubts(batch, numbers))
    drop_decided(batch, numbers)
    # Rows that are planned anew are asked about anew.
    batch.answers.filter(number__in=numbers).update(decision="", target_id=None, seen=None)
    count(batch)


def count(batch: ImportBatch) -> None:
    """Bring the batch's numbers of rows up to date."""
    for name, value in counts(batch).items():
        setattr(batch, name, value)
    batch.save()


def _chunks(rows: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _replan_chunk(
    batch: ImportBatch, resource: Resource, importer: Any, chunk: list[Numbered], others: Any
) -> None:
    given = {key for _, cells in chunk for key in cells}
    keys = tuple(column.key for column in resource.importable if column.key in given)
    rows = [Row(number, [cells.get(key) for key in keys]) for number, cells in chunk]
    drafts = CleanCells(importer, keys, units_of(batch)).drafts(rows)
    importer.plan(drafts)
    _hold_clashes(importer, drafts, others.exclude(plan=Plan.HELD))
    batch.rows.filter(number__in=[number for number, _ in chunk]).delete()
    stage(batch, drafts)
    # A row without a problem may still prove doubtful: its cells are dropped once that is known.
    raw.keep(batch, dict(chunk))


def hold_doubtful(batch: ImportBatch, numbers: Collection[int] | None = None) -> None:
    """Keep doubtful rows (all, or these) out of the register; their sentences stay."""
    doubtful = batch.rows.filter(plan=Plan.DOUBTFUL)
    if numbers is not None:
        doubtful = doubtful.filter(number__in=list(numbers))
    doubtful.update(plan=Plan.HELD, values={}, changes={}, target_id=None, target_version=None)


def drop_decided(batch: ImportBatch, numbers: set[int]) -> None:
    """Cells are kept only for rows that still need them."""
    batch.rows.filter(number__in=numbers).exclude(plan__in=raw.UNDECIDED).update(raw=None)


def _hold_clashes(importer: Any, drafts: list[Draft], others: Any) -> None:
    """A corrected row may turn out to mean what another row of the file already means."""
    targets = {draft.target_id for draft in drafts if draft.plan in (Plan.CHANGED, Plan.UNCHANGED)}
    by_target = dict(others.filter(target_id__in=targets).values_list("target_id", "number"))
    by_key = _planned_keys(drafts, others.filter(plan__in=(Plan.NEW, Plan.DOUBTFUL)))
    for draft in drafts:
        if draft.is_held:
            continue
        key = _text_key(draft)
        number = by_key.get(key) if draft.plan == Plan.NEW and key else by_target.get(draft.target_id)
        if number is not None:
            draft.say(importer.columns_label(), f"与第 {number} 行是同一条记录。请只保留一行。")
            draft.plan, draft.row, draft.add, draft.edit = Plan.HELD, {}, {}, {}


def _stored(value: Any) -> Any:
    """A value as it stands in a staged row."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, int)) or value is None else str(value)


def _text_key(draft: Draft) -> tuple[Any, ...] | None:
    if not draft.keys:
        return None
    names, values = draft.keys[0]
    return names, tuple(_stored(value) for value in values)


def _planned_keys(drafts: list[Draft], planned: Any) -> dict[tuple[Any, ...], int]:
    """Numbers of the rows that already register one of the drafts' keys."""
    wanted: dict[tuple[str, ...], set[Any]] = {}
    for draft in drafts:
        if draft.plan == Plan.NEW and (key := _text_key(draft)):
            wanted.setdefault(key[0], set()).add(key[1][-1])
    found: dict[tuple[Any, ...], int] = {}
    for names, last in wanted.items():
        rows = planned.filter(**{f"values__row__{names[-1]}__in": list(last)})
        for number, values in rows.values_list("number", "values"):
            found[(names, tuple(values["row"].get(name) for name in names))] = number
    return found


def corrected(cells: raw.Cells, changes: Mapping[str, str | None]) -> raw.Cells:
    """Cells with what was typed; None clears a cell."""
    merged = {**cells, **changes}
    return {key: value for key, value in merged.items() if value is not None}
