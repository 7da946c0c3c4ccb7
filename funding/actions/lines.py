"""What people can do to funding lines. Money that came back is a line of its own, never a minus."""

from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from cases.actions import held
from cases.models import Programme, Project
from core.actions import Refused, action, change
from core.evidence import kept
from core.rights import Right
from funding.actions.repeating import TELLING, refuse_second_spending
from funding.actions.sources import source_named
from funding.models import FundingLine, FundingSource
from funding.paid import paid_by
from unions.models import Account

Subject = Project | Programme


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


def _refuse_minus(amount: Decimal) -> None:
    if amount <= 0:
        raise Refused("金额必须大于0；退回的钱另记一条“退回”。", field="amount")


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
    goods: str = "",
    note: str = "",
) -> FundingLine:
    """One amount of one source at one stage; a source that is named for the first time is registered."""
    subject = _subject(project, programme)
    _refuse_future(recorded_on)
    _refuse_minus(amount)
    line = FundingLine(
        union_id=subject.union_id,
        county_id=subject.county_id,
        project=project,
        programme=programme,
        source=source_named(source, source_kind, subject, by),
        stage=stage,
        amount=amount,
        recorded_on=recorded_on,
        document_no=document_no.strip(),
        is_match=is_match,
        goods=goods.strip(),
        note=note,
    )
    line.full_clean(exclude=["evidence"])
    refuse_second_spending(line)
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
    for name in {"goods", "document_no"} & values.keys():
        values[name] = values[name].strip()
    if "recorded_on" in values:
        _refuse_future(values["recorded_on"])
    if "amount" in values:
        _refuse_minus(values["amount"])
    if "source" in values:
        values["source"] = source_named(
            values["source"], source_kind, values.get("project") or row.subject, by
        )
    _refuse_parting(by, row, values)
    _refuse_second(row, values)
    with kept(evidence, by=by, place=_place(row)) as stored:
        change(row, **values, **({"evidence": stored} if stored else {}))
    return row


def _refuse_second(row: FundingLine, values: dict[str, Any]) -> None:
    """Two that were equal before are left alone until one of them says something else."""
    corrected = copy(row)
    for name, value in values.items():
        setattr(corrected, name, value)
    if any(getattr(corrected, name) != getattr(row, name) for name in TELLING):
        refuse_second_spending(corrected)


def _refuse_parting(by: Account, row: FundingLine, values: dict[str, Any]) -> None:
    """What is a payment on a contract too is corrected there; the line may be brought back to what that says."""
    fields: Any = FundingLine._meta
    new = {fields.get_field(name).attname: getattr(value, "pk", value) for name, value in values.items()}
    changed = {name: value for name, value in new.items() if value != getattr(row, name)}
    paid = paid_by(by, [row.pk]).get(row.pk)
    if paid and (refused := paid.refusal(changed)):
        raise Refused(str(refused[1]), field=refused[0])


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
    if paid := paid_by(by, [row.pk]).get(row.pk):
        raise Refused(f"{paid.words}，不能单独归档。付款登记错的，请归档那笔付款，支出会一起归档。")
    change(row, archived_at=timezone.now())
    return row
