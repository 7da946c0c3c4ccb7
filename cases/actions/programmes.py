"""What can be done to programmes and to who may use them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.actions.shared import (
    attributes_of,
    changed_case,
    held,
    place_of,
    require_current,
    require_new_name,
)
from cases.models import Enrolment, MealCheckIn, Programme
from core.actions import Refused, action, change, save_new
from core.pinyin import sort_key
from core.rights import Right
from members.models import Person
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


@action("cases.enrol", label="登记职工", right=Right.EDIT_CASES)
def enrol(
    *,
    by: Account,
    programme: Programme,
    person: Person,
    valid_from: date,
    office: str = "",
    valid_to: date | None = None,
) -> Enrolment:
    """The worker may use the programme from `valid_from` until before `valid_to`."""
    programme = held(programme)
    require_current(programme)
    if programme.ended_on is not None and valid_from > programme.ended_on:
        raise Refused(f"项目已于 {programme.ended_on} 结束。", field="valid_from")
    enrolment = Enrolment(
        **place_of(programme),
        programme=programme,
        person=person,
        office=office.strip(),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_new(enrolment)
    return enrolment


@action("cases.end_enrolment", label="终止登记", right=Right.EDIT_CASES)
def end_enrolment(*, by: Account, programme: Programme, person: Person, valid_to: date) -> Enrolment:
    enrolment: Enrolment | None = (
        Enrolment.objects.open().select_for_update().filter(programme=programme, person=person).first()
    )
    if enrolment is None:
        raise Refused("此人现在没有登记在这个项目中。", field="person")
    last = MealCheckIn.objects.filter(enrolment=enrolment, served_on__gte=valid_to).first()
    if last is not None:
        raise Refused(f"此人 {last.served_on} 还有就餐记录，终止日期应在这之后。", field="valid_to")
    change(enrolment, valid_to=valid_to)
    return enrolment
