"""Files that go back to the clerk: the template of a resource, and held rows with what is wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone

from core import export
from core.actions import Refused, action
from core.export import TemplateColumn
from core.exports import EXCEL, cell
from core.imports.pages import problem_text
from core.imports.raw import keep_from_file, opened
from core.models import ImportBatch, ImportRow
from core.resource import Column, Kind, Resource, registry
from core.rights import Right
from core.sheets import SheetRefused

PROBLEM = "问题"
UPDATING = (
    "表中是现在登记的内容。改动要更新的格子，再整张导入：没有改动的行不变，清空的格子也不变。",
    "遮住的号码不用补全；档案号、编码、编号等列用来认出原来的记录，请不要改动。",
)


def write_template(stream: IO[bytes], resource: Resource) -> None:
    """The empty Excel table of a resource, with drop-down lists and an example row."""
    columns = [template_column(column) for column in resource.importable]
    export.write_template(
        stream, title=resource.label, columns=columns, instructions=[resource.label, resource.help]
    )


@action("imports.update_table", label="导出更新表", right=Right.EXPORT)
def update_table(*, by: Any, resource: Resource, rows: QuerySet[Any], stream: IO[bytes]) -> None:
    """The template filled with registered rows, to be changed and imported again; masked cells stay masked."""
    columns = resource.importable
    export.write_template(
        stream,
        title=resource.label,
        columns=[template_column(column) for column in columns],
        instructions=[resource.label, resource.help, *UPDATING],
        rows=([_current(column, row) for column in columns] for row in rows.iterator(chunk_size=2000)),
    )


def _current(column: Column, row: Any) -> Any:
    return None if column.is_import_only else cell(column.value(row))


def update_response(*, by: Any, resource: Resource, rows: QuerySet[Any]) -> FileResponse:
    """The download of 导出更新表."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    update_table(by=by, resource=resource, rows=rows, stream=stream)
    stream.seek(0)
    name = f"{resource.label}更新表-{by.union}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return FileResponse(stream, as_attachment=True, filename=name, content_type=EXCEL)


def template_column(column: Column) -> TemplateColumn:
    choices = tuple(label for _, label in column.choices) if column.kind is Kind.CHOICE else ()
    if column.kind is Kind.YES_NO:
        choices = ("是", "否")
    return TemplateColumn(
        label=column.label,
        example=column.example,
        help=column.help,
        choices=choices,
        required=column.required,
        kind="number" if column.is_numeric else "date" if column.kind is Kind.DATE else "text",
    )


@action("imports.return_held", label="下载有问题的行", right=Right.IMPORT, target="row")
def return_held(*, by: Any, row: ImportBatch, stream: IO[bytes]) -> int:
    """The held rows with a 问题 column: as uploaded for who uploaded them, masked for everybody else."""
    problems = {
        held.number: held
        for held in row.rows.filter(plan=ImportRow.Plan.HELD).defer("values").order_by("number")
    }
    is_own = row.by_id == by.pk
    headers, lines = _as_uploaded(row, problems) if is_own else _as_shown(row, problems)
    text_columns = range(len(headers))
    return export.write_xlsx(
        stream, title=PROBLEM, headers=[*headers, PROBLEM], rows=lines, text_columns=text_columns
    )


def _text(held: ImportRow) -> str:
    return "；".join(problem_text(problem) for problem in held.problems)


def _as_uploaded(batch: ImportBatch, held: dict[int, ImportRow]) -> tuple[list[str], Iterator[list[Any]]]:
    resource = registry()[batch.resource]
    try:
        keep_from_file(batch, resource)
    except (SheetRefused, OSError) as error:
        raise Refused("原来的文件已读不出，请重新上传。") from error
    rows = {
        row.number: row
        for row in batch.rows.filter(pk__in=[r.pk for r in held.values()]).only("number", "raw")
    }
    cells = {number: opened(batch, rows[number]) for number in held}
    present = set(batch.mapping).union(*cells.values())
    keys = [column.key for column in resource.importable if column.key in present]
    headers = [resource.column(key).label for key in keys]
    return headers, ([*map(cells[n].get, keys), _text(row)] for n, row in held.items())


def _as_shown(batch: ImportBatch, held: dict[int, ImportRow]) -> tuple[list[str], Iterator[list[Any]]]:
    resource = registry()[batch.resource]
    keys = list(batch.mapping)
    headers = [resource.column(key).label for key in keys]
    return headers, ([*(row.shown.get(key) for key in keys), _text(row)] for row in held.values())
