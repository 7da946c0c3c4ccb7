"""What can be done to sources and funding lines. Money that came back is a line of its own, never a minus."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from cases.actions import held
from cases.models import Programme, Project
from core import checks
from core.actions import Refused, action, change, save_new
from core.rights import Right
from funding.evidence import kept
from funding.models import FundingLine, FundingSource
from unions.models import Account, Union

Subject = Project | Programme


def _source_name(name: str) -> str:
    cleaned = checks.written(name)
    if not cleaned:
        raise Refused("请填写资金来源。", field="source")
    return cleaned


@action("funding.create_source", label="新建资金来源", right=Right.EDIT_FUNDING)
def create_source(*, by: Account, union: Union, name: str, kind: str) -> FundingSource:
    source = FundingSource(**union.stamp(), name=_source_name(name), kind=kind)
    save_new(source)
    return source


@action("funding.change_source", label="修改资金来源", right=Right.EDIT_FUNDING, target="row")
def change_source(*, by: Account, row: FundingSource, **values: Any) -> FundingSource:
    if "name" in values:
        values["name"] = _source_name(values["name"])
    values.pop("union", None)
    change(row, **values)
    return row


@action("funding.archive_source", label="归档资金来源", right=Right.EDIT_FUNDING, target="row")
def archive_source(*, by: Account, row: FundingSource) -> FundingSource:
    if FundingLine.objects.active().filter(source=row).exists():
        raise Refused("这个来源还有资金明细，请先归档明细。")
    change(row, archived_at=timezone.now())
    return row


def _source(given: FundingSource | str, kind: str, subject: Subject, by: Account) -> FundingSource:
    """The source of that name in the subject's county; one that is new needs its kind."""
    if isinstance(given, FundingSource):
        return given
    name = _source_name(given)
    known = FundingSource.objects.visible_to(by).filter(county_id=subject.county_id, name=name)
    found = known.order_by("archived_at", "pk").select_for_update().first()
    if found is None:
        return _new_source(name, kind, subject)
    if found.is_archived:
        change(found, archived_at=None)
    return found


def _new_source(name: str, kind: str, subject: Subject) -> FundingSource:
    if not kind:
        raise Refused(f"“{name}”是第一次登记的来源，请选择它的类别。", field="source_kind")
    source = FundingSource(union_id=subject.union_id, county_id=subject.county_id, name=name, kind=kind)
    save_new(source)
    return source


def _subject(project: Project | None, programme: Programme | None) -> Subject:
    if project is not None and programme is not None:
        raise Refused("建设项目和服务项目只能填一个。", field="programme")
    chosen = project or programme
    if chosen is None:
        raise Refused("请填写这笔钱用于哪个建设项目或服务项目。", field="project")
    subject = held(chosen)
    if subject.is_archived:
        raise Refused(f"“{subject}”已归档，不能再记资金。", field="project" if project else "programme")
    return subject


def _refuse_future(day: date) -> None:
    if day > timezone.localdate():
        raise Refused("日期不能晚于今天；还没有发生的，请记为意向或申报，日期填今天。", field="recorded_on")


@action("funding.record_line", label="记一笔资金", right=Right.EDIT_FUNDING)
def record_line(
    *,
    by: Account,
    source: FundingSource | str,
    stage: str,
    amount: Decimal,
    recorded_on: date,
    project: Project | None = None,
    programme: Programme | None = None,
    source_kind: str = "",
    document_no: str = "",
    evidence: UploadedFile | None = None,
    is_match: bool = False,
    note: str = "",
) -> FundingLine:
    """One amount of one source at one stage; a source that is named for the first time is registered."""
    subject = _subject(project, programme)
    _refuse_future(recorded_on)
    line = FundingLine(
        union_id=subject.union_id,
        county_id=subject.county_id,
        project=project,
        programme=programme,
        source=_source(source, source_kind, subject, by),
        stage=stage,
        amount=amount,
        recorded_on=recorded_on,
        document_no=document_no,
        is_match=is_match,
        note=note,
    )
    line.full_clean(exclude=["evidence"])
    with kept(evidence, by=by, place=_place(subject)) as stored:
        line.evidence = stored
        line.save(force_insert=True)
    return line


def _place(row: Any) -> dict[str, Any]:
    return {"union_id": row.union_id, "county_id": row.county_id}


@action("funding.correct_line", label="更正资金明细", right=Right.EDIT_FUNDING, target="row")
def correct_line(
    *,
    by: Account,
    row: FundingLine,
    source_kind: str = "",
    evidence: UploadedFile | None = None,
    **values: Any,
) -> FundingLine:
    """Correct what was entered wrongly; without a new file the stored one stays."""
    if "project" in values or "programme" in values:
        values |= _moved(row, values)
    if "recorded_on" in values:
        _refuse_future(values["recorded_on"])
    if "source" in values:
        values["source"] = _source(values["source"], source_kind, values.get("project") or row.subject, by)
    with kept(evidence, by=by, place=_place(row)) as stored:
        change(row, **values, **({"evidence": stored} if stored else {}))
    return row


def _moved(row: FundingLine, values: dict[str, Any]) -> dict[str, Any]:
    """What the line pays for; it cannot leave its county."""
    project = values.get("project", row.project)
    programme = values.get("programme", row.programme)
    if (project, programme) == (row.project, row.programme):
        return {}
    subject = _subject(project, programme)
    if subject.county_id != row.county_id:
        raise Refused("资金明细不能换到别的县。请归档这一条，在那个县重新登记。", field="project")
    return {"project": project, "programme": programme, "union_id": subject.union_id}


@action("funding.archive_line", label="归档资金明细", right=Right.EDIT_FUNDING, target="row")
def archive_line(*, by: Account, row: FundingLine) -> FundingLine:
    change(row, archived_at=timezone.now())
    return row
