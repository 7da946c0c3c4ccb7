"""What can be done to projects and to what hangs on them."""

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
    require_not_future,
    require_own,
)
from cases.models import Equipment, Milestone, Project, ProjectStage, Visit
from core.actions import Refused, action, change, save_new
from core.pinyin import sort_key
from core.rights import Right
from unions.models import Account, Union


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
    require_new_name(Project, union, name)
    project = Project(
        **union.stamp(),
        kind=kind,
        name=name,
        name_sort=sort_key(name),
        stage=stage,
        stated_total=stated_total,
        planned_open_on=planned_open_on,
        opened_on=opened_on,
        attributes=attributes_of("project", kind, attributes),
        note=note,
    )
    save_new(project)
    declared = project.declared_kind
    Milestone.objects.bulk_create(
        Milestone(**place_of(project), project=project, label=label)
        for label in (declared.milestones if declared else ())
    )
    return project


@action("cases.change_project", label="修改建设项目", right=Right.EDIT_CASES, target="row")
def change_project(*, by: Account, row: Project, **values: Any) -> Project:
    changed_case(row, "project", values)
    return row


@action("cases.archive_project", label="归档建设项目", right=Right.EDIT_CASES, target="row")
def archive_project(*, by: Account, row: Project) -> Project:
    change(row, archived_at=timezone.now())
    return row


@action("cases.advance_stage", label="推进阶段", right=Right.EDIT_CASES, target="row")
def advance_stage(*, by: Account, row: Project, stage: str, on: date) -> Project:
    """On to a later stage; the day counts for the last one, 投入使用."""
    require_current(row)
    require_not_future(on, "on")
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
    require_current(row)
    if reached_on is not None:
        require_not_future(reached_on, "reached_on")
    milestone = Milestone(
        **place_of(row), project=row, label=label.strip(), planned_on=planned_on, reached_on=reached_on
    )
    save_new(milestone)
    return row


@action("cases.plan_milestone", label="安排节点", right=Right.EDIT_CASES, target="row")
def plan_milestone(*, by: Account, row: Project, milestone: Milestone, planned_on: date) -> Project:
    change(_milestone_of(row, milestone), planned_on=planned_on)
    return row


@action("cases.reach_milestone", label="完成节点", right=Right.EDIT_CASES, target="row")
def reach_milestone(*, by: Account, row: Project, milestone: Milestone, reached_on: date) -> Project:
    require_not_future(reached_on, "reached_on")
    change(_milestone_of(row, milestone), reached_on=reached_on)
    return row


def _milestone_of(project: Project, milestone: Milestone) -> Milestone:
    require_current(project)
    require_own(milestone, project, "project")
    return Milestone.objects.select_for_update().get(pk=milestone.pk)


@action("cases.add_equipment", label="登记设备", right=Right.EDIT_CASES, target="row")
def add_equipment(
    *, by: Account, row: Project, name: str, quantity: int, unit_price: Decimal | None = None
) -> Project:
    require_current(row)
    equipment = Equipment(
        **place_of(row), project=row, name=name.strip(), quantity=quantity, unit_price=unit_price
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
    require_current(project)
    require_not_future(visited_on, "visited_on")
    if project.stage != ProjectStage.IN_USE:
        raise Refused("项目还没有投入使用。请先“推进阶段”到投入使用，再登记人次。")
    if project.opened_on is not None and visited_on < project.opened_on:
        raise Refused(f"项目 {project.opened_on} 才投入使用，请核对日期。", field="visited_on")
    visit = Visit(
        **place_of(project),
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
