"""Several files at once: every sheet of each becomes a batch, of the resource that its header shows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.base import File

from core import jobs, scope
from core.actions import Refused, action
from core.blank_tables import HELP_SHEET
from core.imports.actions import importable, require_right, store
from core.imports.cells import vocabulary
from core.imports.jobs import start_check
from core.models import ImportBatch, ImportMapping, Job, StoredFile
from core.resource import Resource, registry
from core.rights import Right
from core.sheets import Sheet, SheetRefused, find_header, fingerprint, read_workbook
from core.sheets.header import SEARCHED_ROWS
from core.sheets.table import HEAD_ROWS

SORT = "imports.sort"
UNCLEAR = "看不出是哪一种表格：没有哪一种内容的必填列都齐全。请选定内容。"
SEVERAL = "看不出是哪一种表格：“{first}”和“{second}”都符合。请选定内容。"
OTHER = "表头与“{label}”不符，没有读取。是别的内容的，请选定内容。"


@action("imports.upload_pile", label="上传多个导入文件", right=Right.IMPORT)
def upload_pile(*, by: Any, files: Sequence[File[bytes]], pile: uuid.UUID, resource: str = "") -> Job:
    """Store the files together; a job then opens a batch for every sheet of them."""
    if resource:
        require_right(by, importable(resource))
    stored = [store(by, file) for file in files]
    return start_sort(by=by, pile=pile, files=[file.pk for file in stored], resource=resource)


def start_sort(
    *, by: Any, pile: uuid.UUID, files: list[int], resource: str = "", skip: Sequence[str] = ()
) -> Job:
    """Open batches for the sheets of stored files in the background, except the sheets named."""
    arguments = {"pile": str(pile), "files": files, "resource": resource, "skip": list(skip)}
    return jobs.enqueue(SORT, by=by, arguments=arguments)


@action("imports.open_sheet", label="导入工作表", right=Right.IMPORT)
def open_sheet(*, by: Any, file: StoredFile, resource: str, sheet: str, pile: uuid.UUID) -> ImportBatch:
    """A batch of one sheet of a stored file, in state 核对中; asked for twice at once, it is opened once."""
    require_right(by, importable(resource))
    StoredFile.objects.visible_to(by).select_for_update(of=("self",)).get(pk=file.pk)
    if opened := _opened(by, pile, file, sheet):
        return opened
    place = {"union_id": by.union_id, "county_id": by.county_id}
    batch = ImportBatch(resource=resource, file=file, chosen={"sheet": sheet}, pile=pile, by=by, **place)
    batch.save(force_insert=True)
    return batch


def open_as(*, by: Any, pile: uuid.UUID, file: StoredFile, sheet: str, resource: str) -> ImportBatch:
    """Read a sheet of which nobody knew what it is as what a person says it is."""
    batch = open_sheet(by=by, file=file, resource=resource, sheet=sheet, pile=pile)
    start_check(batch, by=by)
    return batch


def sort(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Read each file in its sandbox and open the batches; what is not clear is said."""
    given, unclear = job.arguments, []
    total = len(given["files"])
    for done, number in enumerate(given["files"]):
        progress.report(done, total)
        unclear += _sort_file(job, number)
    progress.report(total, total)
    return {"pile": given["pile"], "unclear": unclear}


def _sort_file(job: Job, number: int) -> list[dict[str, Any]]:
    with scope.applied(job.by):
        stored = StoredFile.objects.visible_to(job.by).get(pk=number)
    try:
        workbook = read_workbook(stored.file.path, name=stored.name)
    except SheetRefused as refused:
        return [{"file": stored.name, "sheet": "", "why": refused.message}]
    unclear = []
    for sheet in workbook.sheets:
        if not sheet.row_count or sheet.name in (HELP_SHEET, *job.arguments["skip"]):
            continue
        try:
            resource = _resource_of(job, sheet)
        except Refused as refused:
            where = {"file": stored.name, "number": number, "sheet": sheet.name}
            unclear.append({**where, "why": refused.message})
        else:
            _open(job, stored, resource, sheet)
    return unclear


def _open(job: Job, stored: StoredFile, resource: Resource, sheet: Sheet) -> None:
    """Open the batch and start its check; a job that is done again finds it opened."""
    pile = uuid.UUID(job.arguments["pile"])
    with scope.applied(job.by):
        batch = _opened(job.by, pile, stored, sheet.name)
    if batch is None:
        batch = open_sheet(by=job.by, file=stored, resource=resource.key, sheet=sheet.name, pile=pile)
    elif batch.state != ImportBatch.State.CHECKING:
        return
    with scope.applied(job.by):
        start_check(batch, by=job.by)


def _opened(by: Any, pile: uuid.UUID, stored: StoredFile, sheet: str) -> ImportBatch | None:
    return ImportBatch.objects.visible_to(by).filter(pile=pile, file=stored, chosen__sheet=sheet).first()


def _resource_of(job: Job, sheet: Sheet) -> Resource:
    allowed = [one for one in registry().values() if one.importer and not one.why_not_import(job.by)]
    if wanted := job.arguments["resource"]:
        resource = importable(wanted)
        if _found(sheet, resource) is None:
            raise Refused(OTHER.format(label=resource.label))
        return resource
    with scope.applied(job.by):
        known = _remembered(job, sheet, allowed)
    return known or likely(sheet, allowed)


def _remembered(job: Job, sheet: Sheet, allowed: Iterable[Resource]) -> Resource | None:
    """What the county last said a table with this header was, if it said only one thing."""
    prints = {fingerprint(row) for row in sheet.head(SEARCHED_ROWS)}
    own = ImportMapping.objects.filter(county_id=job.county_id, fingerprint__in=prints)
    keys = set(own.values_list("resource", flat=True))
    found = [resource for resource in allowed if resource.key in keys]
    return found[0] if len(found) == 1 else None


def likely(sheet: Sheet, allowed: Iterable[Resource]) -> Resource:
    """The resource whose required columns the sheet has, and of several the one with the most columns.

    Where there is none, columns do that may be filled in for the whole sheet.
    """
    given = list(allowed)
    fitting = _fitting(sheet, given) or _fitting(sheet, given, is_lenient=True)
    if not fitting:
        raise Refused(UNCLEAR)
    if len(fitting) > 1 and fitting[0][0] == fitting[1][0]:
        raise Refused(SEVERAL.format(first=fitting[0][1].label, second=fitting[1][1].label))
    return fitting[0][1]


def _fitting(
    sheet: Sheet, allowed: Iterable[Resource], *, is_lenient: bool = False
) -> list[tuple[int, Resource]]:
    """Resources whose required columns the sheet has, with the number of columns found, the most first."""
    complete = ((len(_complete(sheet, found, is_lenient)), found) for found in allowed)
    return sorted((pair for pair in complete if pair[0]), key=lambda pair: -pair[0])


def _complete(sheet: Sheet, resource: Resource, is_lenient: bool) -> set[str]:
    """The columns found, if every required one is among them."""
    keys = _found(sheet, resource) or set()
    required = {column.key for column in resource.importable if column.required}
    if is_lenient:
        required -= set(resource.options.get("defaults", ()))
    return keys if required <= keys else set()


def _found(sheet: Sheet, resource: Resource) -> set[str] | None:
    header = find_header(sheet.head(HEAD_ROWS), vocabulary(resource), sheet.merges)
    return set(header.mapping) if header is not None else None
