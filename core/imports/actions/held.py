"""Held rows are corrected, filled, carried on or dismissed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string

from core.actions import Refused, action
from core.checks import Problem, clean
from core.imports.actions.common import State, importable, refuse_bad_defaults, refuse_unless, require_right
from core.imports.fixing import corrected, replan
from core.imports.leaning import left_behind
from core.imports.raw import Cells, keep_from_file, opened, remember_typed, text
from core.imports.units import meant, unclear, unclear_said, units_of, units_said
from core.models import ImportBatch, ImportRow
from core.resource import Exposure, Resource
from core.rights import Right
from core.sheets import SheetRefused


@action("imports.fix_rows", label="改正有问题的行", right=Right.IMPORT, target="row")
def fix_rows(
    *, by: Any, row: ImportBatch, cells: dict[int, dict[str, str | None]], again: Iterable[int] = ()
) -> ImportBatch:
    """Put what was typed into held rows and check those rows again, and those that lean on them; None clears a cell."""
    resource = _open_for_fixing(by, row)
    known = {column.key for column in resource.importable}
    wanted = set(cells) | set(again) | left_behind(row, import_string(resource.importer))
    held = row.rows.filter(plan=ImportRow.Plan.HELD, number__in=wanted).order_by("number")
    rows = {found.number: opened(row, found) for found in held.defer("values")}
    if any(key not in known for given in cells.values() for key in given):
        raise Refused("有一列不能导入。请刷新页面后再试。")
    for given in cells.values():
        _refuse_unclear(row, given)
    units = units_of(row)
    changes = {
        number: {key: meant(units, key, typed) for key, typed in cells[number].items()}
        for number in rows
        if cells.get(number)
    }
    remember_typed(row, rows, changes)
    if rows:
        changed = [(number, corrected(given, changes.get(number, {}))) for number, given in rows.items()]
        replan(row, by, changed, set(rows))
    return row


@action("imports.recheck_held", label="重新核对有问题的行", right=Right.IMPORT, target="row")
def recheck_held(*, by: Any, row: ImportBatch) -> ImportBatch:
    """Check all held rows again as they stand, after the register has changed."""
    _open_for_fixing(by, row)
    held = row.rows.filter(plan=ImportRow.Plan.HELD).defer("values", "shown", "problems", "changes")
    numbers = set(held.values_list("number", flat=True))
    replan(row, by, ((one.number, opened(row, one)) for one in list(held.order_by("number"))), numbers)
    return row


@action("imports.fill_held", label="统一填写有问题的行", right=Right.IMPORT, target="row")
def fill_held(
    *, by: Any, row: ImportBatch, column: str, value: str, only_blank: bool = True, instead_of: str = ""
) -> ImportBatch:
    """The same value in a column of all held rows, of those that left it blank, or of those that say
    `instead_of`; then check them again.
    """
    _open_for_fixing(by, row)
    require_fillable(row, column, value)
    value = meant(units_of(row), column, value)
    held = row.rows.filter(plan=ImportRow.Plan.HELD).defer("values", "shown", "problems", "changes")
    rows = {one.number: opened(row, one) for one in held.order_by("number")}
    changes: dict[int, Cells] = {
        number: {column: value}
        for number, cells in rows.items()
        if _is_filled(text(cells.get(column)).strip(), only_blank, instead_of)
    }
    remember_typed(row, rows, changes)
    replan(row, by, ((n, corrected(cells, changes.get(n, {}))) for n, cells in rows.items()), set(rows))
    return row


def _is_filled(own: str, only_blank: bool, instead_of: str) -> bool:
    if instead_of:
        return own == instead_of or _cleaned(own) == instead_of
    return not (only_blank and own)


def _cleaned(own: str) -> str:
    """As the check shows a cell that it did not understand: half-width, without stray blanks."""
    try:
        return clean(own)
    except Problem:
        return own


def _refuse_unclear(row: ImportBatch, typed: Mapping[str, Any]) -> None:
    for key in unclear(row, typed):
        raise Refused(f"{unclear_said(row, key)}。", field="value")


def require_fillable(row: ImportBatch, column: str, value: str) -> None:
    """Only an open column can hold the same in many rows, and only a value that it understands."""
    resource, units = importable(row.resource), units_of(row)
    fillable = {c.key for c in resource.importable if c.exposure is Exposure.OPEN}
    if column not in fillable:
        raise Refused("这一列不能统一填写。", field="column")
    if not value.strip():
        raise Refused("请填写要统一填入的值。", field="value")
    _refuse_unclear(row, {column: value})
    refuse_bad_defaults(resource, {column: meant(units, column, value)}, units)


def _open_for_fixing(by: Any, row: ImportBatch) -> Resource:
    resource = importable(row.resource)
    require_right(by, resource)
    refuse_unless(row, (State.CHECKED,), "不能改正它的行")
    return resource


@action("imports.continue_held", label="接着处理有问题的行", right=Right.IMPORT, target="row")
def continue_held(*, by: Any, row: ImportBatch) -> ImportBatch:
    """The held rows of a committed batch become a batch of their own, to be corrected and committed."""
    resource = importable(row.resource)
    require_right(by, resource)
    refuse_unless(row, (State.COMMITTED,), "没有可以接着处理的行")
    if not row.rows_held:
        raise Refused("这一批没有有问题的行。")
    _keep_cells(row, resource)
    kept = (
        "resource",
        "file",
        "sheet",
        "header_row",
        "mapping",
        "reading",
        "chosen",
        "defaults",
        "rows_held",
    )
    # It stays the uploader's: only who brought the numbers may take them out in full again.
    place = {"union_id": row.union_id, "county_id": row.county_id, "by": row.by}
    following = ImportBatch.objects.create(
        **{name: getattr(row, name) for name in kept},
        **place,
        notes=units_said(row.reading, resource),
        state=State.CHECKED,
        continues=row,
    )
    row.rows.filter(plan=ImportRow.Plan.HELD).update(batch=following)
    row.answers.update(batch=following)
    row.rows_held = 0
    row.save()
    return following


def _keep_cells(row: ImportBatch, resource: Resource) -> None:
    try:
        keep_from_file(row, resource)
    except (SheetRefused, OSError) as error:
        raise Refused("原来的文件已读不出，请下载有问题的行，改好后重新上传。") from error


@action("imports.dismiss_held", label="了结有问题的行", right=Right.IMPORT, target="row")
def dismiss_held(*, by: Any, row: ImportBatch) -> ImportBatch:
    """The held rows of a committed batch need no more work; the reason stands in the audit event."""
    require_right(by, importable(row.resource))
    refuse_unless(row, (State.COMMITTED,), "没有要了结的行")
    if not row.rows_held or row.dismissed_at:
        raise Refused("这一批没有要了结的行。")
    row.dismissed_at = timezone.now()
    row.save()
    return row
