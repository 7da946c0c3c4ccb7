"""What can be done to the records of use, day by day or a month at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.actions.shared import held, place_of, require_current, require_not_future
from cases.models import Project, ProjectStage, Visit
from core.actions import Refused, Stale, action, change, save_new
from core.rights import Right
from unions.models import Account


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
    require_in_use(project)
    return _record(project, visited_on, person_times, oxygen_hours)


@action("cases.change_visits", label="更正使用", right=Right.EDIT_CASES, target="row")
def change_visits(*, by: Account, row: Visit, **values: Any) -> Visit:
    """Replace the record of a day that was entered wrongly; the day itself stays."""
    for fixed in ("project", "visited_on"):
        values.pop(fixed, None)
    change(row, **values)
    return row


@action("cases.archive_visits", label="删去使用记录", right=Right.EDIT_CASES, target="row")
def archive_visits(*, by: Account, row: Visit) -> Visit:
    change(row, archived_at=timezone.now())
    return row


@dataclass(frozen=True)
class DayEntry:
    """One day of the month's table as somebody typed it; `version` of the record that it corrects."""

    visited_on: date
    person_times: int | None = None
    oxygen_hours: Decimal | None = None
    version: int | None = None


@action("cases.record_month", label="登记整月使用", right=Right.EDIT_CASES, target="row")
def record_month(*, by: Account, row: Project, entries: Sequence[DayEntry], correction: str = "") -> Project:
    """A month at once, or nothing of it. What is already recorded changes only with its reason."""
    require_in_use(row)
    days = [entry.visited_on for entry in entries]
    current = Visit.objects.select_for_update().filter(project=row, archived_at__isnull=True)
    known = {visit.visited_on: visit for visit in current.filter(visited_on__in=days)}
    for entry in entries:
        _take(row, known.get(entry.visited_on), entry, correction)
    return row


def _take(project: Project, visit: Visit | None, entry: DayEntry, correction: str) -> None:
    values = {"person_times": entry.person_times, "oxygen_hours": entry.oxygen_hours}
    if visit is None:
        if entry.version is not None:
            raise Stale(f"{entry.visited_on} 的记录刚被别人删去。请核对下面的最新内容，再保存一次。")
        if entry.person_times is not None:
            _record(project, entry.visited_on, entry.person_times, entry.oxygen_hours)
        return
    if all(getattr(visit, name) == value for name, value in values.items()):
        return
    if entry.version != visit.version:
        raise Stale(f"{entry.visited_on} 的记录刚被别人修改过。请核对下面的最新内容，再保存一次。")
    if not correction.strip():
        raise Refused(f"{entry.visited_on} 已经登记过，改动请写明更正理由。", field="correction")
    gone = {"archived_at": timezone.now()}
    change(visit, **(values if entry.person_times is not None else gone))


def require_in_use(project: Project) -> None:
    require_current(project)
    if project.stage != ProjectStage.IN_USE:
        raise Refused("项目还没有投入使用。请先“推进阶段”到投入使用，再登记人次。")
    if project.opened_on is None:
        raise Refused("项目还没有实际投用日期。请先用“更正阶段”补填，再登记人次。")


def _record(project: Project, day: date, person_times: int, oxygen_hours: Decimal | None) -> Visit:
    require_not_future(day, "visited_on")
    if project.opened_on is not None and day < project.opened_on:
        raise Refused(f"项目 {project.opened_on} 才投入使用，请核对 {day}。", field="visited_on")
    visit = Visit(
        **place_of(project),
        project=project,
        visited_on=day,
        person_times=person_times,
        oxygen_hours=oxygen_hours,
    )
    save_new(visit)
    return visit
