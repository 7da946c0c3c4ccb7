"""What is recorded while something is built: progress, photos, equipment, acceptance."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from cases import photos
from cases.actions.milestones import reach_named
from cases.actions.shared import held, place_of, require_current, require_not_future
from cases.models import (
    Acceptance,
    AcceptanceResult,
    Equipment,
    EquipmentState,
    ProgressReport,
    Project,
    ProjectPhoto,
    ProjectStage,
)
from core.actions import Refused, action, change, save_new
from core.evidence import kept
from core.models import History
from core.rights import Right
from unions.models import Account

# --- progress


@action("cases.report_progress", label="报告进度", right=Right.EDIT_CASES)
def report_progress(
    *,
    by: Account,
    project: Project,
    reported_on: date,
    percent: int,
    summary: str,
    fall_reason: str = "",
) -> ProgressReport:
    """Where the project stands on a day; less than before needs its reason."""
    project = held(project)
    require_current(project)
    report = ProgressReport(**place_of(project), project=project)
    values = {"reported_on": reported_on, "percent": percent, "summary": summary, "fall_reason": fall_reason}
    _require_steady(report, values)
    for name, value in values.items():
        setattr(report, name, value)
    save_new(report)
    return report


@action("cases.change_progress", label="更正进度", right=Right.EDIT_CASES, target="row")
def change_progress(*, by: Account, row: ProgressReport, **values: Any) -> ProgressReport:
    require_current(row.project)
    values.pop("project", None)
    _require_steady(row, values)
    change(row, **values)
    return row


@action("cases.archive_progress", label="删去进度报告", right=Right.EDIT_CASES, target="row")
def archive_progress(*, by: Account, row: ProgressReport) -> ProgressReport:
    change(row, archived_at=timezone.now())
    return row


def _require_steady(report: ProgressReport, values: dict[str, Any]) -> None:
    """Against the report before and the one after: whichever is lower than the one before says why."""

    def stands(name: str) -> Any:
        return values.get(name, getattr(report, name))

    day, percent = stands("reported_on"), stands("percent")
    require_not_future(day, "reported_on")
    others = ProgressReport.objects.filter(project_id=report.project_id, archived_at__isnull=True)
    others = others.exclude(pk=report.pk)
    before = others.filter(reported_on__lt=day).order_by("-reported_on").first()
    if before is not None and percent < before.percent and not stands("fall_reason"):
        raise Refused(
            f"{before.reported_on} 已报告 {before.percent}%，这次是 {percent}%。进度回落请写明原因。",
            field="fall_reason",
        )
    after = others.filter(reported_on__gt=day).order_by("reported_on").first()
    if after is not None and after.percent < percent and not after.fall_reason:
        raise Refused(
            f"{after.reported_on} 报告的是 {after.percent}%，比这次的 {percent}% 低。请先核对那一天的报告。",
            field="percent",
        )


# --- photos


@action("cases.add_photo", label="上传照片", right=Right.EDIT_CASES)
def add_photo(
    *,
    by: Account,
    project: Project,
    photo: UploadedFile,
    caption: str,
    taken_on: date | None = None,
) -> ProjectPhoto:
    """A picture with its thumbnail; the day may come from the camera, whose data are not kept."""
    project = held(project)
    require_current(project)
    picture = photos.read(photo)
    taken_on = taken_on or picture.taken_on
    if taken_on is None:
        raise Refused("照片里没有拍摄日期，请填写。", field="taken_on")
    require_not_future(taken_on, "taken_on")
    with photos.kept(picture, by=by, place=place_of(project)) as (whole, small):
        row = ProjectPhoto(
            **place_of(project),
            project=project,
            picture=whole,
            thumbnail=small,
            caption=caption,
            taken_on=taken_on,
        )
        save_new(row)
    return row


@action("cases.change_photo", label="修改照片说明", right=Right.EDIT_CASES, target="row")
def change_photo(*, by: Account, row: ProjectPhoto, caption: str, taken_on: date) -> ProjectPhoto:
    require_not_future(taken_on, "taken_on")
    change(row, caption=caption, taken_on=taken_on)
    return row


@action("cases.archive_photo", label="撤下照片", right=Right.EDIT_CASES, target="row")
def archive_photo(*, by: Account, row: ProjectPhoto) -> ProjectPhoto:
    change(row, archived_at=timezone.now())
    return row


# --- equipment


@action("cases.add_equipment", label="登记设备", right=Right.EDIT_CASES)
def add_equipment(
    *,
    by: Account,
    project: Project,
    name: str,
    quantity: int,
    serial_no: str = "",
    unit_price: Decimal | None = None,
    state: str = EquipmentState.ARRIVED,
    accepted_on: date | None = None,
    note: str = "",
) -> Equipment:
    project = held(project)
    require_current(project)
    equipment = Equipment(
        **place_of(project),
        project=project,
        name=name.strip(),
        serial_no=serial_no.strip(),
        quantity=quantity,
        unit_price=unit_price,
        state=state,
        accepted_on=accepted_on,
        note=note,
    )
    _require_accepted_day(state, accepted_on)
    save_new(equipment)
    return equipment


@action("cases.change_equipment", label="修改设备", right=Right.EDIT_CASES, target="row")
def change_equipment(*, by: Account, row: Equipment, **values: Any) -> Equipment:
    require_current(row.project)
    values.pop("project", None)
    _require_accepted_day(values.get("state", row.state), values.get("accepted_on", row.accepted_on))
    change(row, **values)
    return row


@action("cases.archive_equipment", label="删去设备", right=Right.EDIT_CASES, target="row")
def archive_equipment(*, by: Account, row: Equipment) -> Equipment:
    change(row, archived_at=timezone.now())
    return row


def _require_accepted_day(state: str, day: date | None) -> None:
    if day is not None:
        require_not_future(day, "accepted_on")
    elif state == EquipmentState.ACCEPTED:
        raise Refused("验收合格的设备要填设备验收日期。", field="accepted_on")


# --- acceptance

BEFORE_ACCEPTANCE = (
    ProjectStage.PROPOSED,
    ProjectStage.APPROVED,
    ProjectStage.FUNDED,
    ProjectStage.CONSTRUCTION,
)


@action("cases.record_acceptance", label="登记验收", right=Right.EDIT_CASES, target="row")
def record_acceptance(
    *,
    by: Account,
    row: Project,
    accepted_on: date,
    verdict: str,
    findings: str = "",
    rectify_by: date | None = None,
    evidence: UploadedFile | None = None,
) -> Project:
    """An inspection; it moves the stage on when passed, and back when a later one fails before use."""
    require_current(row)
    require_not_future(accepted_on, "accepted_on")
    last = _newest(row)
    if last is not None and accepted_on < last.accepted_on:
        raise Refused(f"{last.accepted_on} 已有验收记录，再次验收不能早于这一天。", field="accepted_on")
    if row.stage in BEFORE_ACCEPTANCE:
        _require_after(row.stage, row.stage_on, accepted_on)
    acceptance = Acceptance(
        **place_of(row),
        project=row,
        accepted_on=accepted_on,
        verdict=verdict,
        findings=findings.strip(),
        rectify_by=rectify_by,
    )
    acceptance.full_clean(exclude=["evidence"])
    with kept(evidence, by=by, place=place_of(row)) as stored:
        acceptance.evidence = stored
        acceptance.save(force_insert=True)
    follow_acceptance(row)
    if acceptance.is_passed:
        reach_named(row, ProjectStage.ACCEPTED.label, accepted_on)
    return row


@action("cases.correct_acceptance", label="更正验收", right=Right.EDIT_CASES, target="row")
def correct_acceptance(
    *, by: Account, row: Acceptance, evidence: UploadedFile | None = None, **values: Any
) -> Acceptance:
    """Correct what was entered wrongly; the stage follows what then is the newest inspection."""
    project = _locked_project(row)
    day, verdict = (values.get(name, getattr(row, name)) for name in ("accepted_on", "verdict"))
    if day != row.accepted_on:
        require_not_future(day, "accepted_on")
        _require_its_turn(row, day)
        _require_after(*_works_of(project), day)
    if verdict == AcceptanceResult.FAILED or (project.opened_on is not None and day > project.opened_on):
        _require_another_pass(project, row)
    with kept(evidence, by=by, place=place_of(row)) as stored:
        change(row, **values, **({"evidence": stored} if stored else {}))
    follow_acceptance(project)
    return row


@action("cases.archive_acceptance", label="撤销验收记录", right=Right.EDIT_CASES, target="row")
def archive_acceptance(*, by: Account, row: Acceptance) -> Acceptance:
    project = _locked_project(row)
    _require_another_pass(project, row)
    change(row, archived_at=timezone.now())
    follow_acceptance(project)
    return row


def _locked_project(row: Acceptance) -> Project:
    project = cast(Project, Project.objects.select_for_update().get(pk=row.project_id))
    require_current(project)
    return project


def _require_after(stage: str, since: date | None, day: date) -> None:
    """No inspection is earlier than the works that it inspects."""
    if since is not None and day < since:
        label = ProjectStage(stage).label
        raise Refused(f"项目 {since} 进入“{label}”，验收不能早于这一天。", field="accepted_on")


def _works_of(project: Project) -> tuple[str, date | None]:
    """The stage from which the project came to its acceptance: it keeps its present stage only, its history the rest."""
    table = project._meta.db_table
    images = History.objects.filter(table_name=table, row_id=project.pk, before__stage__in=BEFORE_ACCEPTANCE)
    last = images.exclude(before__stage_on=None).order_by("-pk").values_list("before", flat=True).first()
    if project.stage in BEFORE_ACCEPTANCE and project.stage_on is not None:
        return project.stage, project.stage_on
    return (last["stage"], date.fromisoformat(last["stage_on"])) if last else (project.stage, None)


def _require_its_turn(row: Acceptance, day: date) -> None:
    """Inspections stay in their order: what followed after one that failed still follows."""
    others = Acceptance.objects.filter(project_id=row.project_id, archived_at__isnull=True).exclude(pk=row.pk)
    before = others.filter(accepted_on__lt=row.accepted_on).order_by("-accepted_on").first()
    after = others.filter(accepted_on__gt=row.accepted_on).order_by("accepted_on").first()
    if before is not None and day < before.accepted_on:
        raise Refused(f"前一次验收是 {before.accepted_on}，这一次不能早于这一天。", field="accepted_on")
    if after is not None and day > after.accepted_on:
        raise Refused(f"后一次验收是 {after.accepted_on}，这一次不能晚于这一天。", field="accepted_on")


def _require_another_pass(project: Project, row: Acceptance) -> None:
    """What is in use has passed an inspection on or before the day it opened, where that day is known."""
    if project.stage != ProjectStage.IN_USE or not row.is_passed:
        return
    passed = Acceptance.objects.filter(project=project, archived_at__isnull=True)
    passed = passed.exclude(verdict=AcceptanceResult.FAILED).exclude(pk=row.pk)
    if project.opened_on is not None:
        passed = passed.filter(accepted_on__lte=project.opened_on)
    if not passed.exists():
        since = f" {project.opened_on} 已投入使用，此前" if project.opened_on else "已投入使用，"
        raise Refused(f"项目{since}没有别的合格验收。请先更正投用日期或阶段。", field="accepted_on")


def _newest(project: Project) -> Acceptance | None:
    current = Acceptance.objects.filter(project=project, archived_at__isnull=True)
    return current.order_by("-accepted_on", "-pk").first()


def follow_acceptance(project: Project) -> None:
    """The stage says what the newest inspection says; a project in use stays in use."""
    last = _newest(project)
    if last is not None and last.is_passed and project.stage in BEFORE_ACCEPTANCE:
        change(project, stage=ProjectStage.ACCEPTED, stage_on=last.accepted_on)
    elif last is not None and last.is_passed and project.stage == ProjectStage.ACCEPTED:
        change(project, stage_on=last.accepted_on)
    elif project.stage == ProjectStage.ACCEPTED:
        change(project, stage=ProjectStage.CONSTRUCTION, stage_on=None)
