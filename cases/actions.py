"""What can be done to programmes and projects, and what is recorded in them."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.http import Http404
from django.utils import timezone

from cases.kinds import WrongAttribute, kind_of
from cases.models import (
    Case,
    Enrolment,
    Equipment,
    MealCheckIn,
    Milestone,
    PartnerShop,
    Programme,
    Project,
    ProjectStage,
    Visit,
)
from core.actions import Refused, action, change, save_new
from core.pinyin import sort_key
from core.rights import Right
from members.models import Person
from unions.models import Account, Union

RowT = TypeVar("RowT", bound=models.Model)


def held(row: RowT) -> RowT:
    """The row as it stands, safe from change until the transaction ends; others may hold it as well."""
    query = f"select * from {row._meta.db_table} where id = %s for share"
    return next(iter(type(row)._default_manager.raw(query, [row.pk])))


def _attributes(of: str, kind_key: str, given: dict[str, Any] | None) -> dict[str, Any]:
    kind = kind_of(kind_key)
    if kind is None or kind.of != of:
        raise Refused("请选择种类。", field="kind")
    try:
        return kind.clean(given or {})
    except WrongAttribute as wrong:
        raise Refused(wrong.message, field=wrong.field) from wrong


def _place_of(row: Any) -> dict[str, int]:
    """What hangs on a row lies where the row lies."""
    return {"union_id": row.union_id, "county_id": row.county_id}


def _require_new_name(model: type[Programme] | type[Project], union: Union, name: str) -> None:
    if model.objects.active().filter(union=union, name=name).exists():
        raise Refused(f"本工会已有名为“{name}”的项目。请换一个名称，或打开原来的项目。", field="name")


def _require_current(row: Case) -> None:
    if row.is_archived:
        raise Refused(f"“{row}”已归档，不能再登记。")


def _require_not_future(day: date, field: str) -> None:
    if day > timezone.localdate():
        raise Refused("日期不能晚于今天。", field=field)


def _own(row: Any, owner: Case, field: str) -> None:
    """A row of another programme or project is no row at all."""
    if getattr(row, f"{field}_id") != owner.pk:
        raise Http404


def _changed_case(row: Case, of: str, values: dict[str, Any]) -> None:
    """Change what programmes and projects share; kind and union stay what they were."""
    if values.pop("kind", row.kind) != row.kind:
        raise Refused("种类登记后不能改。种类选错的，请归档后重新登记。", field="kind")
    values.pop("union", None)
    if "name" in values:
        values["name_sort"] = sort_key(values["name"])
    if "attributes" in values:
        values["attributes"] = _attributes(of, row.kind, values["attributes"])
    change(row, **values)


# --- programmes


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
    _require_new_name(Programme, union, name)
    programme = Programme(
        **union.stamp(),
        kind=kind,
        name=name,
        name_sort=sort_key(name),
        started_on=started_on,
        ended_on=ended_on,
        face_value=face_value,
        attributes=_attributes("programme", kind, attributes),
        note=note,
    )
    save_new(programme)
    return programme


@action("cases.change_programme", label="修改服务项目", right=Right.EDIT_CASES, target="row")
def change_programme(*, by: Account, row: Programme, **values: Any) -> Programme:
    _changed_case(row, "programme", values)
    return row


@action("cases.archive_programme", label="归档服务项目", right=Right.EDIT_CASES, target="row")
def archive_programme(*, by: Account, row: Programme) -> Programme:
    today = timezone.localdate()
    if row.ended_on is None or row.ended_on > today:
        raise Refused("项目还在进行。请先在“修改”里填写结束日期，再归档。")
    change(row, archived_at=timezone.now())
    return row


@action("cases.add_shop", label="登记门店", right=Right.EDIT_CASES, target="row")
def add_shop(
    *,
    by: Account,
    row: Programme,
    name: str,
    valid_from: date,
    office: str = "",
    valid_to: date | None = None,
) -> Programme:
    """A shop under contract with the programme."""
    _require_current(row)
    if not row.serves_meals:
        raise Refused("这类项目没有供餐门店。")
    shop = PartnerShop(
        **_place_of(row),
        programme=row,
        name=name.strip(),
        office=office.strip(),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_new(shop)
    return row


@action("cases.end_shop", label="终止门店合同", right=Right.EDIT_CASES, target="row")
def end_shop(*, by: Account, row: Programme, shop: PartnerShop, valid_to: date) -> Programme:
    """The contract holds until before `valid_to`; meals already served after that day forbid it."""
    shop = PartnerShop.objects.select_for_update().get(pk=shop.pk)
    _own(shop, row, "programme")
    if shop.valid_to is not None:
        raise Refused(f"这家门店的合同已于 {shop.valid_to} 终止。", field="shop")
    last = MealCheckIn.objects.filter(shop=shop, served_on__gte=valid_to).order_by("-served_on").first()
    if last is not None:
        raise Refused(f"这家门店 {last.served_on} 还有就餐记录，终止日期应在这之后。", field="valid_to")
    change(shop, valid_to=valid_to)
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
    _require_current(programme)
    if programme.ended_on is not None and valid_from > programme.ended_on:
        raise Refused(f"项目已于 {programme.ended_on} 结束。", field="valid_from")
    enrolment = Enrolment(
        **_place_of(programme),
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


@action("cases.record_meal", label="登记就餐", right=Right.EDIT_CASES)
def record_meal(
    *, by: Account, programme: Programme, shop: PartnerShop, person: Person, served_on: date
) -> MealCheckIn:
    """One valid meal: on that day the programme runs, the shop has a contract and the worker is enrolled.

    A second meal of the same worker on one day breaks `meal_once_a_day`.
    """
    _require_not_future(served_on, "served_on")
    programme, shop = held(programme), held(shop)
    _own(shop, programme, "programme")
    _require_current(programme)
    if not programme.runs_on(served_on):
        raise Refused(f"“{programme}”在 {served_on} 没有运行。", field="served_on")
    if not PartnerShop.objects.on(served_on).filter(pk=shop.pk).exists():
        raise Refused(f"“{shop}”在 {served_on} 没有合同，请核对日期或选择签约门店。", field="shop")
    spell = Enrolment.objects.on(served_on).filter(programme=programme, person=person).first()
    if spell is None:
        raise Refused(f"{person}在 {served_on} 没有登记在这个项目中，请先登记职工。", field="person")
    meal = MealCheckIn(
        **_place_of(programme), programme=programme, shop=shop, enrolment=held(spell), served_on=served_on
    )
    save_new(meal)
    return meal


# --- projects


@action("cases.create_project", label="新建建设项目", right=Right.EDIT_CASES)
def create_project(
    *,
    by: Account,
    union: Union,
    kind: str,
    name: str,
    stage: str = ProjectStage.PROPOSED,
    stated_total: Decimal | None = None,
    planned_open_on: date | None = None,
    opened_on: date | None = None,
    attributes: dict[str, Any] | None = None,
    note: str = "",
) -> Project:
    """A project with the usual milestones of its kind, still without dates."""
    _require_new_name(Project, union, name)
    project = Project(
        **union.stamp(),
        kind=kind,
        name=name,
        name_sort=sort_key(name),
        stage=stage,
        stated_total=stated_total,
        planned_open_on=planned_open_on,
        opened_on=opened_on,
        attributes=_attributes("project", kind, attributes),
        note=note,
    )
    save_new(project)
    declared = project.declared_kind
    Milestone.objects.bulk_create(
        Milestone(**_place_of(project), project=project, label=label)
        for label in (declared.milestones if declared else ())
    )
    return project


@action("cases.change_project", label="修改建设项目", right=Right.EDIT_CASES, target="row")
def change_project(*, by: Account, row: Project, **values: Any) -> Project:
    _changed_case(row, "project", values)
    return row


@action("cases.archive_project", label="归档建设项目", right=Right.EDIT_CASES, target="row")
def archive_project(*, by: Account, row: Project) -> Project:
    change(row, archived_at=timezone.now())
    return row


@action("cases.advance_stage", label="推进阶段", right=Right.EDIT_CASES, target="row")
def advance_stage(*, by: Account, row: Project, stage: str, on: date) -> Project:
    """On to a later stage; the day counts for the last one, 投入使用."""
    _require_current(row)
    _require_not_future(on, "on")
    order = list(ProjectStage.values)
    if stage not in order or order.index(stage) <= order.index(row.stage):
        raise Refused(
            f"项目现在处于“{row.get_stage_display()}”，请选择后面的阶段。阶段登记错的，请用“修改”更正。",
            field="stage",
        )
    opened = {"opened_on": on} if stage == ProjectStage.IN_USE else {}
    change(row, stage=stage, **opened)
    return row


@action("cases.add_milestone", label="登记节点", right=Right.EDIT_CASES, target="row")
def add_milestone(
    *,
    by: Account,
    row: Project,
    label: str,
    planned_on: date | None = None,
    reached_on: date | None = None,
) -> Project:
    _require_current(row)
    if reached_on is not None:
        _require_not_future(reached_on, "reached_on")
    milestone = Milestone(
        **_place_of(row), project=row, label=label.strip(), planned_on=planned_on, reached_on=reached_on
    )
    save_new(milestone)
    return row


@action("cases.plan_milestone", label="安排节点", right=Right.EDIT_CASES, target="row")
def plan_milestone(*, by: Account, row: Project, milestone: Milestone, planned_on: date) -> Project:
    change(_milestone_of(row, milestone), planned_on=planned_on)
    return row


@action("cases.reach_milestone", label="完成节点", right=Right.EDIT_CASES, target="row")
def reach_milestone(*, by: Account, row: Project, milestone: Milestone, reached_on: date) -> Project:
    _require_not_future(reached_on, "reached_on")
    change(_milestone_of(row, milestone), reached_on=reached_on)
    return row


def _milestone_of(project: Project, milestone: Milestone) -> Milestone:
    _require_current(project)
    _own(milestone, project, "project")
    return Milestone.objects.select_for_update().get(pk=milestone.pk)


@action("cases.add_equipment", label="登记设备", right=Right.EDIT_CASES, target="row")
def add_equipment(
    *, by: Account, row: Project, name: str, quantity: int, unit_price: Decimal | None = None
) -> Project:
    _require_current(row)
    equipment = Equipment(
        **_place_of(row), project=row, name=name.strip(), quantity=quantity, unit_price=unit_price
    )
    save_new(equipment)
    return row


@action("cases.record_visits", label="登记使用", right=Right.EDIT_CASES)
def record_visits(
    *,
    by: Account,
    project: Project,
    visited_on: date,
    person_times: int,
    oxygen_hours: Decimal | None = None,
) -> Visit:
    """Use of an opened project on one day, in person-times."""
    project = held(project)
    _require_current(project)
    _require_not_future(visited_on, "visited_on")
    if project.stage != ProjectStage.IN_USE:
        raise Refused("项目还没有投入使用。请先“推进阶段”到投入使用，再登记人次。")
    if project.opened_on is not None and visited_on < project.opened_on:
        raise Refused(f"项目 {project.opened_on} 才投入使用，请核对日期。", field="visited_on")
    visit = Visit(
        **_place_of(project),
        project=project,
        visited_on=visited_on,
        person_times=person_times,
        oxygen_hours=oxygen_hours,
    )
    save_new(visit)
    return visit


@action("cases.correct_visits", label="更正使用", right=Right.EDIT_CASES, target="row")
def correct_visits(
    *,
    by: Account,
    row: Project,
    visited_on: date,
    person_times: int,
    oxygen_hours: Decimal | None = None,
) -> Project:
    """Replace the record of a day that was entered wrongly."""
    visit = Visit.objects.select_for_update().filter(project=row, visited_on=visited_on).first()
    if visit is None:
        raise Refused("这一天没有使用记录，请用“登记使用”。", field="visited_on")
    change(visit, person_times=person_times, oxygen_hours=oxygen_hours)
    return row
