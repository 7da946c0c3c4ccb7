"""What can be done to programmes."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.actions.shared import attributes_of, changed_case, require_new_name
from cases.models import Programme
from core.actions import Refused, action, change, save_new
from core.pinyin import sort_key
from core.rights import Right
from unions.models import Account, Union


@action("cases.create_programme", label="新建服务项目", right=Right.EDIT_CASES)
def create_programme(
    *,
    by: Account,
    union: Union,
    kind: str,
    name: str,
    started_on: date,
    ended_on: date | None = None,
    face_value: Decimal | None = None,
    attributes: dict[str, Any] | None = None,
    note: str = "",
) -> Programme:
    require_new_name(Programme, union, name)
    programme = Programme(
        **union.stamp(),
        kind=kind,
        name=name,
        name_sort=sort_key(name),
        started_on=started_on,
        ended_on=ended_on,
        face_value=face_value,
        attributes=attributes_of("programme", kind, attributes),
        note=note,
    )
    save_new(programme)
    return programme


@action("cases.change_programme", label="修改服务项目", right=Right.EDIT_CASES, target="row")
def change_programme(*, by: Account, row: Programme, **values: Any) -> Programme:
    changed_case(row, "programme", values)
    return row


@action("cases.archive_programme", label="归档服务项目", right=Right.EDIT_CASES, target="row")
def archive_programme(*, by: Account, row: Programme) -> Programme:
    today = timezone.localdate()
    if row.ended_on is None or row.ended_on > today:
        raise Refused("项目还在进行。请先在“修改”里填写结束日期，再归档。")
    change(row, archived_at=timezone.now())
    return row
