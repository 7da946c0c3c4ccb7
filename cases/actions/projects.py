"""What can be done to projects themselves, and how they go from stage to stage."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.actions.milestones import reach_named
from cases.actions.shared import (
    attributes_of,
    changed_case,
    place_of,
    require_current,
    require_new_name,
    require_not_future,
    restored_case,
)
from cases.models import Acceptance, AcceptanceResult, Milestone, Project, ProjectStage, Visit
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
    if opened_on is not None:
        require_not_future(opened_on, "opened_on")
    elif stage == ProjectStage.IN_USE:
        raise Refused("投入使用的项目要填实际投用日期。", field="opened_on")
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
    """What a document corrects; the stage has verbs of its own."""
    for name in ("stage", "stage_on", "opened_on"):
        if values.pop(name, getattr(row, name)) != getattr(row, name):
            raise Refused("阶段和投用日期请用“推进阶段”“更正阶段”修改。", field=name)
    changed_case(row, "project", values)
    return row


@action("cases.archive_project", label="归档建设项目", right=Right.EDIT_CASES, target="row")
def archive_project(*, by: Account, row: Project) -> Project:
    change(row, archived_at=timezone.now())
    return row


@action("cases.restore_project", label="恢复建设项目", right=Right.EDIT_CASES, target="row")
def restore_project(*, by: Account, row: Project) -> Project:
    restored_case(row)
    return row


ORDER = list(ProjectStage.values)


@action("cases.advance_stage", label="推进阶段", right=Right.EDIT_CASES, target="row")
def advance_stage(*, by: Account, row: Project, stage: str, on: date) -> Project:
    """On to a later stage, in the order of days; what is accepted or in use has passed its acceptance."""
    require_current(row)
    require_not_future(on, "on")
    if stage not in ORDER or ORDER.index(stage) <= ORDER.index(row.stage):
        raise Refused(
            f"项目现在处于“{row.get_stage_display()}”，请选择后面的阶段。阶段登记错的，请用“更正阶段”。",
            field="stage",
        )
    _require_order(row, on)
    if ORDER.index(stage) >= ORDER.index(ProjectStage.ACCEPTED):
        _require_acceptance(row, on)
    opened = {"opened_on": on} if stage == ProjectStage.IN_USE else {}
    change(row, stage=stage, stage_on=on, **opened)
    reach_named(row, ProjectStage(stage).label, on)
    return row


def _require_order(row: Project, on: date) -> None:
    if row.stage_on is not None and on < row.stage_on:
        raise Refused(
            f"项目 {row.stage_on} 进入“{row.get_stage_display()}”，下一阶段不能早于这一天。", field="on"
        )


def _require_acceptance(row: Project, on: date) -> None:
    """The newest inspection counts: one that failed later takes the earlier one's place."""
    current = Acceptance.objects.filter(project=row, archived_at__isnull=True)
    last = current.order_by("-accepted_on", "-pk").first()
    if last is None:
        raise Refused("还没有验收记录。请先“登记验收”，合格后再推进。", field="stage")
    if last.verdict == AcceptanceResult.FAILED:
        raise Refused(
            f"{last.accepted_on} 的验收不合格。请整改后重新“登记验收”，合格后再推进。", field="stage"
        )
    if on < last.accepted_on:
        raise Refused(f"验收是 {last.accepted_on}，这一阶段不能早于验收。", field="on")


@action("cases.correct_stage", label="更正阶段", right=Right.EDIT_CASES, target="row")
def correct_stage(*, by: Account, row: Project, stage: str, on: date | None = None) -> Project:
    """Back to an earlier stage, or another day for the present one, when it was entered wrongly."""
    require_current(row)
    if on is not None:
        require_not_future(on, "on")
    if stage not in ORDER or ORDER.index(stage) > ORDER.index(row.stage):
        raise Refused("更正只用于退回登记错的阶段或日期；往后走请用“推进阶段”。", field="stage")
    if stage == ProjectStage.IN_USE:
        _require_before_visits(row, on)
        change(row, stage_on=on, opened_on=on)
        return row
    is_used = Visit.objects.filter(project=row, archived_at__isnull=True).exists()
    if row.stage == ProjectStage.IN_USE and is_used:
        raise Refused("项目已有使用记录，不能退回到投用以前的阶段。请先核对使用记录。", field="stage")
    change(row, stage=stage, stage_on=on, opened_on=None)
    return row


def _require_before_visits(row: Project, on: date | None) -> None:
    if on is None:
        raise Refused("请填写实际投用日期。", field="on")
    visits = Visit.objects.filter(project=row, archived_at__isnull=True).order_by("visited_on")
    first = visits.values_list("visited_on", flat=True).first()
    if first is not None and first < on:
        raise Refused(f"{first} 已有使用记录，投用日期不能晚于这一天。", field="on")
    accepted = Acceptance.objects.filter(project=row, archived_at__isnull=True).exclude(
        verdict=AcceptanceResult.FAILED
    )
    earliest = accepted.order_by("accepted_on").values_list("accepted_on", flat=True).first()
    if earliest is not None and on < earliest:
        raise Refused(f"最早的合格验收是 {earliest}，投用不能早于验收。", field="on")
