"""What can be done to programmes."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min
from django.utils import timezone

from cases.actions.shared import attributes_of, changed_case, require_new_name, restored_case
from cases.models import MealCheckIn, Programme
from core.actions import Refused, action, change, save_new
from core.pinyin import sort_key
from core.rights import Right
from unions.models import Account, Union

RUNS = ("started_on", "ended_on")


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
    given = {
        name: values[name] for name in RUNS if values.get(name, getattr(row, name)) != getattr(row, name)
    }
    if given and (outside := meals_outside(row.pk, **given)):
        raise Refused(outside[1], field=outside[0])
    changed_case(row, "programme", values)
    return row


def meals_outside(
    programme: int, started_on: date | None = None, ended_on: date | None = None
) -> tuple[str, str] | None:
    """The day that would leave recorded meals outside the programme, and why it cannot be."""
    eaten = MealCheckIn.objects.filter(programme=programme).order_by()
    found = eaten.aggregate(first=Min("served_on"), last=Max("served_on"))
    if started_on and found["first"] and started_on > found["first"]:
        return "started_on", f"{found['first']} 已有就餐记录，开始日期不能晚于这一天。"
    if ended_on and found["last"] and ended_on < found["last"]:
        return "ended_on", f"{found['last']} 还有就餐记录，结束日期不能早于这一天。"
    return None


@action("cases.archive_programme", label="归档服务项目", right=Right.EDIT_CASES, target="row")
def archive_programme(*, by: Account, row: Programme) -> Programme:
    today = timezone.localdate()
    if row.ended_on is None or row.ended_on > today:
        raise Refused("项目还在进行。请先在“修改”里填写结束日期，再归档。")
    change(row, archived_at=timezone.now())
    return row


@action("cases.restore_programme", label="恢复服务项目", right=Right.EDIT_CASES, target="row")
def restore_programme(*, by: Account, row: Programme) -> Programme:
    restored_case(row)
    return row
