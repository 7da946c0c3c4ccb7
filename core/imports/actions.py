"""What is done to a batch: uploaded, committed, taken back, given up. Each leaves one audit event."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from core.actions import Refused, action
from core.checks import Problem, clean
from core.imports.applying import Applier, NotWhole, held_numbers
from core.imports.cells import reader
from core.imports.checking import counts
from core.imports.fixing import corrected, hold_doubtful, replan
from core.imports.leaning import left_behind
from core.imports.raw import Cells, keep_from_file, opened, remember_typed, text
from core.imports.undoing import Undoer
from core.models import ImportBatch, ImportMapping, ImportRow, StoredFile
from core.resource import Exposure, Resource, registry
from core.rights import Right
from core.sheets import SheetRefused, column_letters

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
    stored = store(by, file)
    place = {"union_id": by.union_id, "county_id": by.county_id}
    return ImportBatch.objects.create(resource=resource, file=stored, defaults=defaults, by=by, **place)


def store(by: Any, file: File[bytes]) -> StoredFile:
    """Keep an uploaded file, inside the action that uploads it; what fails later leaves no file behind."""
    stored = StoredFile(
        name=PurePath(file.name or "").name[:200],
        size=file.size,
        sha256=_sha256(file),
        purpose=PURPOSE,
        by=by,
        union_id=by.union_id,
        county_id=by.county_id,
    )
    stored.file.save(f"{stored.uuid}{PurePath(stored.name).suffix[:10]}", file, save=False)
    try:
        stored.save()
    except BaseException:
        stored.file.delete(save=False)
        raise
    return stored


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
UNFINISHED = (*READABLE, State.CHECKING, State.COMMITTING)


@action("imports.map_columns", label="指定表格的列", right=Right.IMPORT, target="row")
def map_columns(*, by: Any, row: ImportBatch, columns: dict[int, str]) -> ImportBatch:
    """Say which column is read as what; remembered for the county's next table with this header."""
    resource = importable(row.resource)
    require_right(by, resource)
    _refuse_unless_whole(row, "不能再改列的对应")
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
    _refuse_unless_whole(row, "不能再换工作表")
    if sheet not in row.reading.get("sheets", []):
        raise Refused(f"文件中没有名为“{sheet[:40]}”的工作表。", field="sheet")
    row.chosen = {"sheet": sheet} | ({"header_row": header_row} if header_row else {})
    row.save()
    # They were said of rows of the other sheet.
    row.answers.all().delete()
    return row


@action("imports.forget_mapping", label="忘记列的对应", right=Right.IMPORT, target="row")
def forget_mapping(*, by: Any, row: ImportBatch) -> ImportBatch:
    """Read tables with this header by themselves again: this one now, the county's next ones later."""
    require_right(by, importable(row.resource))
    _refuse_unless_whole(row, "不能再改列的对应")
    known = ImportMapping.objects.filter(
        county_id=row.county_id, resource=row.resource, fingerprint=row.reading.get("fingerprint", "")
    )
    if not known.delete()[0] and not row.chosen.get("columns"):
        raise Refused("这种表头没有记住的对应，本来就是按表头自动对应的。")
    row.chosen = {name: value for name, value in row.chosen.items() if name != "columns"}
    row.save()
    return row


def _refuse_unless_whole(row: ImportBatch, what: str) -> None:
    """Only a batch that holds its whole sheet can be read in another way."""
    if row.continues_id:
        raise Refused(f"这一批是上一批留下的行，{what}。请在“改正有问题的行”里逐格改，或改好表格重新上传。")
    _refuse_unless(row, READABLE, what)


def _refuse_unless(row: ImportBatch, states: tuple[str, ...], what: str) -> None:
    if row.state not in states:
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，{what}。")


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
    row.kept = Undoer(row, resource.model, by).run()
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
    changes = {number: cells[number] for number in rows if cells.get(number)}
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
    resource = _open_for_fixing(by, row)
    require_fillable(resource, column, value)
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


def require_fillable(resource: Resource, column: str, value: str) -> None:
    """Only an open column can hold the same in many rows, and only a value that it understands."""
    fillable = {c.key for c in resource.importable if c.exposure is Exposure.OPEN}
    if column not in fillable:
        raise Refused("这一列不能统一填写。", field="column")
    if not value.strip():
        raise Refused("请填写要统一填入的值。", field="value")
    _refuse_bad_defaults(resource, {column: value})


def _open_for_fixing(by: Any, row: ImportBatch) -> Resource:
    resource = importable(row.resource)
    require_right(by, resource)
    _refuse_unless(row, (State.CHECKED,), "不能改正它的行")
    return resource


@action("imports.continue_held", label="接着处理有问题的行", right=Right.IMPORT, target="row")
def continue_held(*, by: Any, row: ImportBatch) -> ImportBatch:
    """The held rows of a committed batch become a batch of their own, to be corrected and committed."""
    resource = importable(row.resource)
    require_right(by, resource)
    _refuse_unless(row, (State.COMMITTED,), "没有可以接着处理的行")
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
        **{name: getattr(row, name) for name in kept}, **place, state=State.CHECKED, continues=row
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
    _refuse_unless(row, (State.COMMITTED,), "没有要了结的行")
    if not row.rows_held or row.dismissed_at:
        raise Refused("这一批没有要了结的行。")
    row.dismissed_at = timezone.now()
    row.save()
    return row
