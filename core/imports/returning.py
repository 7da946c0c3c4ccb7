"""Files that go back to the clerk: the template of a resource, and what was uploaded with what is wrong."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone

from core import blank_tables, export
from core.actions import Refused, action
from core.blank_tables import TemplateColumn
from core.exports import EXCEL, cell
from core.imports.marking import NOT_YOURS, PROBLEM, held_rows, whole_sheet
from core.models import ImportBatch
from core.resource import Column, Kind, Resource
from core.rights import Right

UPDATING = (
    "表中是现在登记的内容。改动要更新的格子，再整张导入：没有改动的行不变，清空的格子也不变。",
    "遮住的号码不用补全；档案号、编码、编号等列用来认出原来的记录，请不要改动。",
)


def write_template(stream: IO[bytes], resource: Resource) -> None:
    """The empty Excel table of a resource, with drop-down lists and an example row."""
    columns = [template_column(column) for column in resource.importable]
    blank_tables.write_template(
        stream, title=resource.label, columns=columns, instructions=[resource.label, resource.help]
    )


@action("imports.update_table", label="导出更新表", right=Right.EXPORT)
def update_table(*, by: Any, resource: Resource, rows: QuerySet[Any], stream: IO[bytes]) -> None:
    """The template filled with registered rows, to be changed and imported again; masked cells stay masked."""
    columns = resource.importable
    blank_tables.write_template(
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
    if resource.hangs_on:
        rows = rows.filter(**{f"{resource.hangs_on}__archived_at__isnull": True})
    update_table(by=by, resource=resource, rows=rows, stream=stream)
    stream.seek(0)
    name = f"{resource.label}更新表-{by.union}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return FileResponse(stream, as_attachment=True, filename=name, content_type=EXCEL)


# What stands in the example row of a required column that declares nothing better.
EXAMPLES = {
    Kind.NAME: "张某",
    Kind.ID_NUMBER: "630199199003070019",
    Kind.DATE: "2023-03-01",
    Kind.QUARTER: "2023Q1",
    Kind.INTEGER: "12",
    Kind.MONEY: "1200.00",
    Kind.PERCENT: "50",
    Kind.UNION: "某县总工会",
}


def template_column(column: Column) -> TemplateColumn:
    """A column of the empty table: what may be chosen, and in required columns an example."""
    offered = column.offered or tuple(code for code, _ in column.choices)
    choices = tuple(label for code, label in column.choices if code in offered)
    if column.kind is Kind.YES_NO:
        choices = ("是", "否")
    usual = choices[0] if choices else EXAMPLES.get(column.kind, "")
    return TemplateColumn(
        label=column.label,
        example=column.example or (usual if column.required else ""),
        help=column.help,
        choices=choices,
        is_list=column.kind is not Kind.CHOICES,
        required=column.required,
        kind="number" if column.is_numeric else "date" if column.kind is Kind.DATE else "text",
    )


@action("imports.return_held", label="下载有问题的行", right=Right.IMPORT, target="row")
def return_held(*, by: Any, row: ImportBatch, stream: IO[bytes], whole: bool = False) -> int:
    """The held rows, or the `whole` sheet, with the doubtful cells coloured and a 问题 column.

    As uploaded for who uploaded them, masked for everybody else.
    """
    is_own = row.by_id == by.pk
    if whole and not is_own:
        raise Refused(NOT_YOURS)
    rows = whole_sheet(row) if whole else held_rows(row, is_own=is_own)
    return export.write_marked(stream, title=row.sheet or PROBLEM, rows=rows)
