"""What can be done to a project's milestones, one by one or all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from cases.actions.shared import held, place_of, require_current, require_not_future
from cases.models import Milestone, Project
from core.actions import Refused, Stale, action, change, save_new
from core.rights import Right
from unions.models import Account


@action("cases.add_milestone", label="登记节点", right=Right.EDIT_CASES)
def add_milestone(
    *,
    by: Account,
    project: Project,
    label: str,
    planned_on: date | None = None,
    reached_on: date | None = None,
) -> Milestone:
    project = held(project)
    require_current(project)
    milestone = Milestone(**place_of(project), project=project)
    _fill(milestone, label=label, planned_on=planned_on, reached_on=reached_on)
    save_new(milestone)
    return milestone


@action("cases.change_milestone", label="修改节点", right=Right.EDIT_CASES, target="row")
def change_milestone(*, by: Account, row: Milestone, **values: Any) -> Milestone:
    require_current(row.project)
    values.pop("project", None)
    change(row, **_checked(values))
    return row


@action("cases.archive_milestone", label="删去节点", right=Right.EDIT_CASES, target="row")
def archive_milestone(*, by: Account, row: Milestone) -> Milestone:
    require_current(row.project)
    change(row, archived_at=timezone.now())
    return row


@action("cases.reach_milestone", label="完成节点", right=Right.EDIT_CASES, target="row")
def reach_milestone(*, by: Account, row: Milestone, reached_on: date) -> Milestone:
    require_current(row.project)
    change(row, **_checked({"reached_on": reached_on}))
    return row


@dataclass(frozen=True)
class MilestoneEntry:
    """A line of the table of milestones as somebody typed it; without `id` it is a new one."""

    label: str
    planned_on: date | None = None
    reached_on: date | None = None
    id: int | None = None
    version: int | None = None
    is_removed: bool = False

    def values(self) -> dict[str, Any]:
        return {"label": self.label, "planned_on": self.planned_on, "reached_on": self.reached_on}


@action("cases.arrange_milestones", label="编排节点", right=Right.EDIT_CASES, target="row")
def arrange_milestones(*, by: Account, row: Project, entries: Sequence[MilestoneEntry]) -> Project:
    """Everything that was typed into the table of milestones, or nothing of it."""
    require_current(row)
    known = {step.pk: step for step in _current(row).select_for_update()}
    for entry in entries:
        if entry.id is None:
            step = Milestone(**place_of(row), project=row)
            _fill(step, **entry.values())
            save_new(step)
        else:
            _rearrange(known.get(entry.id), entry)
    return row


def _rearrange(step: Milestone | None, entry: MilestoneEntry) -> None:
    if step is None:
        raise Stale(f"节点“{entry.label}”刚被别人删去。请核对下面的最新内容，再保存一次。")
    values = {"archived_at": timezone.now()} if entry.is_removed else _checked(entry.values())
    if all(getattr(step, name) == value for name, value in values.items()):
        return
    if entry.version != step.version:
        raise Stale(f"节点“{step.label}”刚被别人修改过。请核对下面的最新内容，再保存一次。")
    change(step, **values)


def _current(project: Project) -> Any:
    return Milestone.objects.filter(project=project, archived_at__isnull=True)


def reach_named(project: Project, label: str, on: date) -> None:
    """The step of that name is reached as well, if nobody has said so yet."""
    for step in _current(project).filter(label=label, reached_on__isnull=True).select_for_update():
        change(step, reached_on=on)


def _fill(milestone: Milestone, **values: Any) -> None:
    for name, value in _checked(values).items():
        setattr(milestone, name, value)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """A label without blanks around it, a real day that is not in the future."""
    if "label" in values:
        values = {**values, "label": values["label"].strip()}
        if not values["label"]:
            raise Refused("请填写节点。", field="label")
    if values.get("reached_on") is not None:
        require_not_future(values["reached_on"], "reached_on")
    return values
