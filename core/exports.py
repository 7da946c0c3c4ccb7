"""The one way out: rows of a resource as a spreadsheet, with an audit entry of who took how many."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone

from core import export
from core.actions import action
from core.resource import Column, Kind, Resource
from core.rights import Right

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AS_TEXT = {Kind.TEXT, Kind.NAME, Kind.ID_NUMBER, Kind.CREDIT_CODE, Kind.MOBILE, Kind.UNION, Kind.REFERENCE}


@action("exports.export", label="导出表格", right=Right.EXPORT)
def export_rows(
    *, by: Any, resource: Resource, rows: QuerySet[Any], stream: IO[bytes], suffix: str, notes: Sequence[str]
) -> int:
    """Write the rows as .xlsx or .csv to `stream`; masked columns stay masked. Returns the count."""
    columns = resource.exportable
    headers = [column.label for column in columns]
    lines = _lines(columns, rows)
    if suffix == ".csv":
        return export.write_csv(stream, headers=headers, rows=lines)
    text_columns = [index for index, column in enumerate(columns) if column.kind in _AS_TEXT]
    return export.write_xlsx(
        stream, title=resource.label, headers=headers, rows=lines, text_columns=text_columns, notes=notes
    )


def _lines(columns: tuple[Column, ...], rows: QuerySet[Any]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=2000):
        yield [cell(column.value(row)) for column in columns]


def cell(value: Any) -> Any:
    """A value as a cell of a spreadsheet."""
    return value if isinstance(value, (str, int, float)) or value is None else _special(value)


def _special(value: Any) -> Any:
    is_typed = hasattr(value, "year") or hasattr(value, "as_tuple")
    return value if is_typed else str(value)


def notes_for(by: Any, title: str, asked: Iterable[str]) -> list[str]:
    """The lines above the header: what, who, when, which filter."""
    taken = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    conditions = "、".join(asked) or "无"
    return [title, f"导出：{by.union} {by.username} {taken}  筛选条件：{conditions}"]


def export_response(
    *, by: Any, resource: Resource, rows: QuerySet[Any], conditions: Iterable[str]
) -> FileResponse:
    """The download of 导出所见; `conditions` are what the list was narrowed by, in words."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    notes = notes_for(by, resource.label, conditions)
    export_rows(by=by, resource=resource, rows=rows, stream=stream, suffix=".xlsx", notes=notes)
    stream.seek(0)
    day = timezone.localdate().isoformat()
    name = f"{resource.label}-{by.union}-{day}.xlsx"
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=EXCEL)
    response["Cache-Control"] = "private, no-store"
    return response
