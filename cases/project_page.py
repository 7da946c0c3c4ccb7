"""What a project's page shows besides its money: where it stands, its steps, pictures and use."""

from datetime import date
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from cases import usage
from cases.kinds.projects import VENUE
from cases.milestones import bar
from cases.models import (
    Acceptance,
    AcceptanceResult,
    Milestone,
    ProgressReport,
    Project,
    ProjectPhoto,
    ProjectStage,
    VenueCheck,
)
from core.rights import Right

PHOTOS_SHOWN = 12
Notice = dict[str, str]


def page(project: Project, account: Any, *, spent: usage.Spent) -> dict[str, Any]:
    """Context of templates/funding/project.html."""
    today = timezone.localdate()
    is_writable = account.can(Right.EDIT_CASES) and not project.is_archived
    return {
        "milestones": bar(_steps(project, account), today),
        "milestones_url": reverse("projects-milestones", args=[project.pk]) if is_writable else "",
        "progress": _progress(project, account),
        "gallery": _gallery(project, account),
        "usage": usage.page(project, account, spent=spent, is_writable=is_writable),
        "notices": notices(project, account, today),
    }


def _current(model: Any, project: Project, account: Any) -> Any:
    return model.objects.visible_to(account).filter(project=project, archived_at__isnull=True)


def _steps(project: Project, account: Any) -> Any:
    day = Coalesce("reached_on", "planned_on").asc(nulls_last=True)
    return _current(Milestone, project, account).order_by(day, F("pk"))


def _progress(project: Project, account: Any) -> dict[str, Any]:
    """The newest report, for the line under the milestones."""
    report = _current(ProgressReport, project, account).order_by("-reported_on", "-pk").first()
    if report is None:
        return {}
    return {"percent": report.percent, "day": report.reported_on, "summary": report.summary}


def _gallery(project: Project, account: Any) -> dict[str, Any]:
    found = _current(ProjectPhoto, project, account).select_related("thumbnail")
    photos = list(found[: PHOTOS_SHOWN + 1])
    all_url = f"{reverse('project_photos-list')}?project={project.pk}"
    return {"photos": photos[:PHOTOS_SHOWN], "all_url": all_url if len(photos) > PHOTOS_SHOWN else ""}


def notices(project: Project, account: Any, today: date) -> list[Notice]:
    """What does not fit in the life of the project, for components/findings.html."""
    accepted = list(_current(Acceptance, project, account).order_by("-accepted_on", "-pk"))
    found = [_about_last(accepted[0], today)] if accepted else []
    if project.stage in (ProjectStage.ACCEPTED, ProjectStage.IN_USE) and not accepted:
        stage = project.get_stage_display()
        found.append(
            {"title": f"项目处于“{stage}”，但没有验收记录。", "text": "请补登验收日期、结论和验收文件。"}
        )
    found.append(_about_six(project, account))
    planned = project.planned_open_on
    if planned is not None and planned < today and project.stage != ProjectStage.IN_USE:
        days = (today - planned).days
        text = "请更新计划投用日期，或推进阶段。"
        found.append({"title": f"计划 {planned} 投用，已过 {days} 天。", "text": text})
    return [notice for notice in found if notice]


def _about_six(project: Project, account: Any) -> Notice:
    """What the newest six-have check missed, and that a venue in use had none for a year."""
    if project.kind != VENUE.key or project.stage != ProjectStage.IN_USE:
        return {}
    last = _current(VenueCheck, project, account).order_by("-checked_on", "-pk").first()
    if last is None:
        return {"title": "服务阵地投用后还没有六有检查。", "text": "请逐项检查后登记。"}
    if last.missing:
        due = f"，整改期限 {last.rectify_by}" if last.rectify_by else ""
        return {
            "title": f"{last.checked_on} 六有检查 {last.score}{due}。",
            "text": f"没有做到：{'、'.join(last.missing)}。",
        }
    return {}


def _about_last(last: Acceptance, today: date) -> Notice:
    if last.verdict == AcceptanceResult.FAILED:
        return {"title": f"{last.accepted_on} 验收不合格，还没有再次验收。", "text": last.findings}
    if last.verdict == AcceptanceResult.CONDITIONAL:
        due = f"整改期限 {last.rectify_by}" if last.rectify_by else "没有写整改期限"
        late = "，已过期" if last.rectify_by and last.rectify_by < today else ""
        return {"title": f"{last.accepted_on} 验收基本合格，{due}{late}。", "text": last.findings}
    return {}
