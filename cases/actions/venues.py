"""Inspections of venues in use against the six-have standard."""

from datetime import date
from typing import Any

from django.utils import timezone

from cases.actions.shared import held, place_of, require_current, require_not_future
from cases.kinds.projects import VENUE
from cases.models import SIX_ITEMS, Project, ProjectStage, VenueCheck
from core.actions import Refused, action, change, save_new
from core.rights import Right
from unions.models import Account

NONE_FOUND = dict.fromkeys(SIX_ITEMS, False)


@action("cases.check_venue", label="登记六有检查", right=Right.EDIT_CASES)
def check_venue(
    *,
    by: Account,
    project: Project,
    checked_on: date,
    findings: str = "",
    rectify_by: date | None = None,
    **items: bool,
) -> VenueCheck:
    """What was found on a day; `items` by the names of `SIX_ITEMS`, what is not named was not found."""
    project = held(project)
    require_current(project)
    if project.kind != VENUE.key:
        raise Refused("只有服务阵地做六有检查。", field="project")
    if project.stage != ProjectStage.IN_USE:
        raise Refused("项目投入使用以后才做六有检查。", field="project")
    _require_day(project, checked_on)
    check = VenueCheck(
        **place_of(project),
        **{**NONE_FOUND, **items},
        project=project,
        checked_on=checked_on,
        findings=findings.strip(),
        rectify_by=rectify_by,
    )
    save_new(check)
    return check


@action("cases.correct_venue_check", label="更正六有检查", right=Right.EDIT_CASES, target="row")
def correct_venue_check(*, by: Account, row: VenueCheck, **values: Any) -> VenueCheck:
    require_current(row.project)
    values.pop("project", None)
    if "checked_on" in values:
        _require_day(row.project, values["checked_on"])
    change(row, **values)
    return row


@action("cases.archive_venue_check", label="删去六有检查", right=Right.EDIT_CASES, target="row")
def archive_venue_check(*, by: Account, row: VenueCheck) -> VenueCheck:
    change(row, archived_at=timezone.now())
    return row


def _require_day(project: Project, day: date) -> None:
    require_not_future(day, "checked_on")
    if project.opened_on is not None and day < project.opened_on:
        raise Refused(f"项目 {project.opened_on} 投用，检查不能早于这一天。", field="checked_on")
