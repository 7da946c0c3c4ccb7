"""How the table of a batch is read, as a person says."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from core.actions import Refused, action
from core.imports.actions.common import READABLE, importable, refuse_unless, require_right
from core.models import ImportBatch, ImportMapping
from core.resource import Resource
from core.rights import Right
from core.sheets import column_letters


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
    refuse_unless(row, READABLE, what)
