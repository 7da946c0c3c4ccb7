"""What is done to a batch: uploaded, committed, taken back, given up. Each leaves one audit event."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from core.actions import Refused, action
from core.checks import Problem
from core.imports.applying import Applier
from core.imports.cells import reader
from core.imports.checking import counts
from core.imports.undoing import Undoer
from core.models import ImportBatch, ImportMapping, StoredFile
from core.resource import Resource, registry
from core.rights import Right
from core.sheets import column_letters

State = ImportBatch.State
PURPOSE = "import"


def importable(key: str) -> Resource:
    """The resource of that key, if anything of it may be imported."""
    resource = registry().get(key)
    if resource is None or not resource.importer:
        known = "、".join(name for name, found in registry().items() if found.importer)
        raise Refused(f"没有可导入的内容“{key}”，可选：{known}。", field="resource")
    return resource


def require_right(by: Any, resource: Resource) -> None:
    """Who imports rows must be allowed to write them one by one."""
    if not by.can(resource.right):
        raise PermissionDenied(f"您的账号没有“{resource.right.label}”的权限，请联系管理员。")


@action("imports.upload", label="上传导入文件", right=Right.IMPORT)
def upload(*, by: Any, resource: str, file: File[bytes], defaults: dict[str, str]) -> ImportBatch:
    """Store the file and open its batch, in state 核对中."""
    declared = importable(resource)
    require_right(by, declared)
    _refuse_bad_defaults(declared, defaults)
    place = {"union_id": by.union_id, "county_id": by.county_id}
    stored = StoredFile(
        name=PurePath(file.name or "").name[:200],
        size=file.size,
        sha256=_sha256(file),
        purpose=PURPOSE,
        by=by,
        **place,
    )
    stored.file.save(f"{stored.uuid}{PurePath(stored.name).suffix[:10]}", file, save=False)
    stored.save()
    return ImportBatch.objects.create(resource=resource, file=stored, defaults=defaults, by=by, **place)


def _refuse_bad_defaults(resource: Resource, defaults: dict[str, str]) -> None:
    for key, value in defaults.items():
        column = resource.column(key)
        try:
            reader(resource, column)(value)
        except Problem as problem:
            raise Refused(f"{column.label}：{problem}", field=key) from None


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


READABLE = (State.CHECKED, State.REFUSED)


@action("imports.map_columns", label="指定表格的列", right=Right.IMPORT, target="row")
def map_columns(*, by: Any, row: ImportBatch, columns: dict[int, str]) -> ImportBatch:
    """Say which column is read as what; remembered for the county's next table with this header."""
    resource = importable(row.resource)
    require_right(by, resource)
    _refuse_unless(row, READABLE, "不能再改列的对应")
    if not row.reading.get("columns"):
        raise Refused("这份表格还没有读出列，不能指定。请先重新核对。")
    _refuse_bad_columns(row, resource, columns)
    read = {str(index): key for index, key in columns.items() if key}
    row.chosen = {name: row.reading[name] for name in ("sheet", "header_row")} | {"columns": read}
    row.save()
    ImportMapping.objects.update_or_create(
        county_id=row.county_id,
        resource=row.resource,
        fingerprint=row.reading["fingerprint"],
        defaults={"columns": read, "by": by, "changed_at": timezone.now(), "union_id": row.union_id},
    )
    return row


def _refuse_bad_columns(row: ImportBatch, resource: Resource, columns: dict[int, str]) -> None:
    given = [key for key in columns.values() if key]
    known = {column.key: column.label for column in resource.importable}
    present = {column["index"] for column in row.reading["columns"]}
    if not given:
        raise Refused("至少要指定一列。")
    if set(given) - known.keys() or columns.keys() - present:
        raise Refused("表格里没有这一列，或这一列不能导入。请刷新页面后再试。")
    for key in given:
        if given.count(key) > 1:
            indexes = [index for index in sorted(columns) if columns[index] == key]
            letters = "、".join(column_letters(index) for index in indexes)
            raise Refused(f"“{known[key]}”选了不止一列（{letters}），请只留一列。")


@action("imports.choose_sheet", label="指定工作表", right=Right.IMPORT, target="row")
def choose_sheet(*, by: Any, row: ImportBatch, sheet: str, header_row: int | None = None) -> ImportBatch:
    """Read another sheet of the workbook, or take another row for the header."""
    require_right(by, importable(row.resource))
    _refuse_unless(row, READABLE, "不能再换工作表")
    if sheet not in row.reading.get("sheets", []):
        raise Refused(f"文件中没有名为“{sheet[:40]}”的工作表。", field="sheet")
    row.chosen = {"sheet": sheet} | ({"header_row": header_row} if header_row else {})
    row.save()
    return row


def _refuse_unless(row: ImportBatch, states: tuple[str, ...], what: str) -> None:
    if row.state not in states:
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，{what}。")


@action("imports.commit", label="导入表格", right=Right.IMPORT, target="row")
def commit(*, by: Any, row: ImportBatch) -> ImportBatch:
    """Write exactly the stored plan. Done twice, the second time finds it done."""
    if row.state == State.COMMITTED:
        return row
    if row.state not in (State.CHECKED, State.COMMITTING):
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，不能确认导入。")
    resource = importable(row.resource)
    require_right(by, resource)
    importer = import_string(resource.importer)(resource, by, {})
    Applier(row, importer, importer.columns_label()).run()
    for name, value in counts(row).items():
        setattr(row, name, value)
    row.state = State.COMMITTED
    row.message = ""
    row.committed_event_id = _running_event()
    row.committed_at = timezone.now()
    row.save()
    return row


def _running_event() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select app_event()")
        return int(cursor.fetchone()[0])


@action("imports.undo", label="撤销导入", right=Right.IMPORT, target="row")
def undo(*, by: Any, row: ImportBatch) -> ImportBatch:
    """Take back what nobody has touched since; name what stays and why."""
    if row.state == State.UNDONE:
        return row
    if row.state != State.COMMITTED:
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，没有可撤销的内容。")
    resource = importable(row.resource)
    require_right(by, resource)
    row.kept = Undoer(row, resource.model, by).run()
    row.state = State.UNDONE
    row.undone_at = timezone.now()
    row.save()
    return row


@action("imports.discard", label="放弃导入", right=Right.IMPORT, target="row")
def discard(*, by: Any, row: ImportBatch) -> ImportBatch:
    """Give up a batch that was not committed; its staged rows go."""
    if row.state not in (State.CHECKED, State.REFUSED, State.CHECKING):
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，不能放弃。")
    row.rows.all().delete()
    row.state = State.DISCARDED
    row.save()
    return row
