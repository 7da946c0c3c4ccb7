"""A batch is committed, taken back or given up."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from core.actions import Refused, action
from core.imports.actions.common import UNFINISHED, State, importable, require_right
from core.imports.applying import Applier, NotWhole, held_numbers
from core.imports.checking import counts
from core.imports.fixing import hold_doubtful
from core.imports.raw import keep_from_file
from core.imports.undoing import Undoer
from core.models import ImportBatch, ImportRow, StoredFile
from core.resource import Resource
from core.rights import Right
from core.sheets import SheetRefused


@action("imports.commit", label="导入表格", right=Right.IMPORT, target="row")
def commit(*, by: Any, row: ImportBatch, whole: bool = False) -> ImportBatch:
    """Write exactly the stored plan; `whole`: only if no row is held. Done twice, it is found done."""
    if row.state == State.COMMITTED:
        return row
    if row.state not in (State.CHECKED, State.COMMITTING):
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，不能确认导入。")
    resource = importable(row.resource)
    require_right(by, resource)
    importer = import_string(resource.importer)(resource, by, {})
    # What nobody has decided is not written: it is held with its sentence.
    hold_doubtful(row)
    known = held_numbers(row) if whole else set()
    Applier(row, importer, importer.columns_label()).run()
    _follow(resource, by)
    for name, value in counts(row).items():
        setattr(row, name, value)
    if whole and row.rows_held:
        raise NotWhole(row, known)
    row.state = State.COMMITTED
    row.message = ""
    row.committed_event_id = _running_event()
    row.committed_at = timezone.now()
    row.save()
    _let_go_of_file(row, resource)
    # Only rows that are still held will be asked about again.
    row.answers.exclude(number__in=row.rows.filter(plan=ImportRow.Plan.HELD).values("number")).delete()
    return row


def _let_go_of_file(row: ImportBatch, resource: Resource) -> None:
    """The file, full of ID numbers, goes once the held rows have their cells sealed beside the plan."""
    try:
        keep_from_file(row, resource)
    except (SheetRefused, OSError):
        return  # those cells are nowhere else
    _remove_file(row)


def _remove_file(row: ImportBatch) -> None:
    """Unless another sheet of the workbook is still to be read; whoever is last removes it."""
    kept = StoredFile.objects.select_for_update().get(pk=row.file_id)
    others = ImportBatch.objects.filter(file=kept, state__in=UNFINISHED).exclude(pk=row.pk)
    stored = kept.file
    if stored and not others.exists():
        transaction.on_commit(lambda: stored.storage.delete(stored.name))


def _follow(resource: Resource, by: Any) -> None:
    if resource.after is not None:
        resource.after(by.scope_counties())


def _running_event() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select app_event()")
        return int(cursor.fetchone()[0])


@action("imports.undo", label="撤销导入", right=Right.IMPORT, target="row")
def undo(*, by: Any, row: ImportBatch) -> ImportBatch:
    """Take back what nobody has touched since; name what stays and why. What stayed can be tried again."""
    if row.state == State.UNDONE and not row.kept:
        return row
    if row.state not in (State.COMMITTED, State.UNDONE):
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，没有可撤销的内容。")
    resource = importable(row.resource)
    require_right(by, resource)
    row.kept = Undoer(row, import_string(resource.importer), resource.model, by).run()
    _follow(resource, by)
    row.state = State.UNDONE
    row.undone_at = timezone.now()
    row.save()
    return row


@action("imports.discard", label="放弃导入", right=Right.IMPORT, target="row")
def discard(*, by: Any, row: ImportBatch, message: str = "") -> ImportBatch:
    """Give up a batch that was not committed; its staged rows and its file, full of ID numbers, go."""
    require_right(by, importable(row.resource))
    if row.state not in (State.CHECKED, State.REFUSED, State.CHECKING):
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，不能放弃。")
    row.rows.all().delete()
    row.answers.all().delete()
    row.state = State.DISCARDED
    row.message = message
    row.save()
    _remove_file(row)
    return row
