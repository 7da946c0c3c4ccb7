"""The yearly subsidy of county unions: tiers, standards, the run that grants, and what became of the money."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from core.actions import Refused, action, change, save_new
from core.evidence import kept
from core.money import yuan
from core.rights import Right
from funding.models import (
    CountyTier,
    EntryStage,
    FundingTarget,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from funding.subsidies import END_AND_ANEW, Granted, Plan, granted_by, plan, why_not_set_standards
from unions.models import Account, Union, UnionLevel

ZERO = Decimal(0)


def _require_county(union: Union) -> None:
    if union.level != UnionLevel.COUNTY:
        raise Refused("对口层级只登记在县级工会上，请选择县级工会。", field="union")


@action("funding.set_tier", label="登记对口层级", right=Right.GRANT)
def set_tier(*, by: Account, union: Union, year: int, tier: str, note: str = "") -> CountyTier:
    """Which level is paired with a county in a year."""
    _require_county(union)
    row = CountyTier(**union.stamp(), year=year, tier=tier, note=note)
    save_new(row)
    return row


@action("funding.change_tier", label="修改对口层级", right=Right.GRANT, target="row")
def change_tier(*, by: Account, row: CountyTier, **values: Any) -> CountyTier:
    """A change within the year: what was granted before stays as it was."""
    for fixed in ("union", "year"):
        values.pop(fixed, None)
    change(row, **values)
    return row


@action("funding.archive_tier", label="归档对口层级", right=Right.GRANT, target="row")
def archive_tier(*, by: Account, row: CountyTier) -> CountyTier:
    change(row, archived_at=timezone.now())
    return row


@action("funding.carry_tiers", label="沿用以前的对口层级", right=Right.GRANT)
def carry_tiers(*, by: Account, year: int) -> int:
    """Give every county of the scope that has no tier yet the last one it had. How many got one."""
    visible = CountyTier.objects.visible_to(by).active()
    registered = visible.filter(year=year).values("union_id")
    before = visible.filter(year__lt=year).exclude(union_id__in=registered)
    latest = before.order_by("union_id", "-year").distinct("union_id").values("pk")
    found = list(CountyTier.objects.visible_to(by).filter(pk__in=latest).order_by("pk").select_for_update())
    if not found:
        raise Refused(f"{year}年以前没有可以沿用的对口层级，或各县{year}年都已登记。")
    for row in found:
        place = {"union_id": row.union_id, "county_id": row.county_id}
        save_new(CountyTier(**place, year=year, tier=row.tier, note=f"沿用{row.year}年"))
    return len(found)


def _require_province(by: Account) -> None:
    if said := why_not_set_standards(by):
        raise Refused(said)


@action("funding.set_standard", label="制定补助标准", right=Right.GRANT)
def set_standard(
    *,
    by: Account,
    tier: str,
    amount: Decimal,
    valid_from: date,
    basis: str,
    valid_to: date | None = None,
    spend_within: int = 12,
) -> SubsidyStandard:
    _require_province(by)
    row = SubsidyStandard(
        tier=tier,
        amount=amount,
        valid_from=valid_from,
        valid_to=valid_to,
        spend_within=spend_within,
        basis=basis,
    )
    save_new(row)
    return row


@action("funding.change_standard", label="修改补助标准", right=Right.GRANT, target="row")
def change_standard(*, by: Account, row: SubsidyStandard, **values: Any) -> SubsidyStandard:
    """Tier and amount are for good once they are declared: a new sum is a new standard.

    What was granted keeps its months, and the end does not come before it.
    """
    _require_province(by)
    for name in ("tier", "amount", "valid_from"):
        if values.pop(name, getattr(row, name)) != getattr(row, name):
            raise Refused("层级、金额和起始日期不能改。请给这条填写终止日期，再制定新标准。", field=name)
    if refused := _granted(by, row).refusal(vars(row), values):
        raise Refused(str(refused[1]), field=refused[0])
    change(row, **values)
    return row


def _granted(by: Account, row: SubsidyStandard) -> Granted:
    return granted_by(by, [row.pk]).get(row.pk, Granted(0, None))


@action("funding.archive_standard", label="归档补助标准", right=Right.GRANT, target="row")
def archive_standard(*, by: Account, row: SubsidyStandard) -> SubsidyStandard:
    _require_province(by)
    if count := _granted(by, row).count:
        raise Refused(f"按这个标准已下达 {count} 笔补助，不能归档。{END_AND_ANEW}。")
    change(row, archived_at=timezone.now())
    return row


@action("funding.grant_subsidies", label="下达年度补助", right=Right.GRANT)
def grant_subsidies(
    *,
    by: Account,
    year: int,
    granted_on: date,
    document_no: str,
    expected: Decimal | None = None,
) -> Plan:
    """Grant every county of the actor's scope that has a tier and no grant of the year yet; a second run
    grants nothing. `expected` is the sum that the actor was shown."""
    if granted_on > timezone.localdate():
        raise Refused("下达日期不能晚于今天。", field="granted_on")
    _hold_tiers(by, year)
    planned = plan(by, year, granted_on)
    _refuse_unready(planned, expected)
    for item in planned.coming:
        assert item.tier is not None and item.standard is not None
        save_new(
            SubsidyGrant(
                **item.union.stamp(),
                year=year,
                tier=item.tier.tier,
                standard=item.standard,
                amount=item.standard.amount,
                granted_on=granted_on,
                document_no=document_no.strip(),
            )
        )
    return planned


def _hold_tiers(by: Account, year: int) -> None:
    """Two runs at once come one after the other; the second finds the grants of the first."""
    list(CountyTier.objects.visible_to(by).filter(year=year).order_by("pk").select_for_update())


def _refuse_unready(planned: Plan, expected: Decimal | None) -> None:
    if planned.without_standard:
        names = "、".join(planned.without_standard)
        raise Refused(f"{names}在这一天没有有效的补助标准，请先制定标准。", field="granted_on")
    if not planned.coming:
        raise Refused("没有要下达的县：都已下达，或还没有登记对口层级。", field="year")
    if expected is not None and expected != planned.total:
        raise Refused("对口层级、标准或已下达的情况刚有变动。请核对下面的最新名单，再下达一次。")


@action("funding.archive_grant", label="撤回补助", right=Right.GRANT, target="row")
def archive_grant(*, by: Account, row: SubsidyGrant) -> SubsidyGrant:
    if row.entries.filter(archived_at__isnull=True).exists():
        raise Refused("这笔补助已有到账或支出，不能撤回。记错的收支请先归档。")
    change(row, archived_at=timezone.now())
    return row


@action("funding.record_entry", label="登记补助收支", right=Right.EDIT_FUNDING, target="row")
def record_entry(
    *,
    by: Account,
    row: SubsidyGrant,
    stage: str,
    amount: Decimal,
    occurred_on: date,
    purpose: str = "",
    document_no: str = "",
    evidence: UploadedFile | None = None,
) -> SubsidyEntry:
    """Money of a grant that came or was spent; never more than was granted, never more than came."""
    if row.is_archived:
        raise Refused("这笔补助已撤回，不能再登记收支。")
    _refuse_wrong_day(row, occurred_on)
    _refuse_again(row, stage, amount, occurred_on, document_no.strip())
    _refuse_too_much(row, stage, amount, occurred_on)
    place = {"union_id": row.union_id, "county_id": row.county_id}
    entry = SubsidyEntry(
        **place,
        grant=row,
        stage=stage,
        amount=amount,
        occurred_on=occurred_on,
        purpose=purpose.strip(),
        document_no=document_no.strip(),
    )
    entry.full_clean(exclude=["evidence"])
    with kept(evidence, by=by, place=place) as stored:
        entry.evidence = stored
        entry.save(force_insert=True)
    return entry


def _refuse_wrong_day(grant: SubsidyGrant, day: date) -> None:
    """Money of a year comes in that year or, where it was granted beforehand, from that day on."""
    if day > timezone.localdate():
        raise Refused("日期不能晚于今天。", field="occurred_on")
    first = min(grant.granted_on, date(grant.year, 1, 1))
    if day < first:
        raise Refused(f"这是 {grant.year}年的补助，日期不能早于 {first}。请核对年份。", field="occurred_on")


def _refuse_again(grant: SubsidyGrant, stage: str, amount: Decimal, day: date, document_no: str) -> None:
    """The same entry twice; two clerks at once come one after the other, by the grant that both hold."""
    same = grant.entries.filter(stage=stage, amount=amount, occurred_on=day, document_no=document_no)
    known = same.filter(archived_at__isnull=True).order_by("pk").first()
    if known is not None:
        told = f"用途“{known.purpose}”，" if known.purpose else ""
        number = f"凭证号“{document_no}”" if document_no else "没有写凭证号"
        raise Refused(
            f"这一天同样金额的{EntryStage(stage).label}已登记过（{known.occurred_on}，{yuan(amount)} 元，{told}{number}）。"
            "请核对；确是另一笔的，请写不同的凭证号。",
            field="document_no",
        )


def _refuse_too_much(grant: SubsidyGrant, stage: str, amount: Decimal, day: date) -> None:
    if stage == EntryStage.RECEIVED:
        room = grant.amount - _received(grant)
        if amount > room:
            raise Refused(f"到账合计会超过补助金额，最多还能登记 {room:,.2f} 元。", field="amount")
    elif amount > (left := max(_left_from(grant, day), ZERO)):
        raise Refused(
            f"支出合计会超过到那时为止的到账，{day} 最多还能登记 {left:,.2f} 元。请核对日期和金额。",
            field="amount",
        )


def _received(grant: SubsidyGrant) -> Decimal:
    counted: Decimal = (
        SubsidyGrant.objects.filter(pk=grant.pk).with_money(timezone.localdate()).get().received
    )
    return counted


def _left_from(grant: SubsidyGrant, day: date) -> Decimal:
    """The least that was left of what had come, on a day or any later one."""
    entries = grant.entries.filter(archived_at__isnull=True).values_list("occurred_on", "stage", "amount")
    moved = [(on, amount if stage == EntryStage.RECEIVED else -amount) for on, stage, amount in entries]
    ends = [day, *(on for on, _ in moved if on > day)]
    return min(sum((amount for on, amount in moved if on <= end), ZERO) for end in ends)


@action("funding.archive_entry", label="归档补助收支", right=Right.EDIT_FUNDING, target="row")
def archive_entry(*, by: Account, row: SubsidyGrant, entry: SubsidyEntry) -> SubsidyGrant:
    """Take a wrong entry out of the sums."""
    if entry.grant_id != row.pk or entry.is_archived:
        raise Refused("这条收支已归档，请刷新页面。", field="entry")
    if entry.stage == EntryStage.RECEIVED and entry.amount > _left_from(row, entry.occurred_on):
        raise Refused("归档这笔到账后，支出会多于到账。请先归档对应的支出。", field="entry")
    change(entry, archived_at=timezone.now())
    return row


@action("funding.set_funding_target", label="登记资金目标", right=Right.EDIT_FUNDING)
def set_funding_target(
    *, by: Account, union: Union, year: int, amount: Decimal, kind: str = "all", basis: str = ""
) -> FundingTarget:
    row = FundingTarget(**union.stamp(), year=year, kind=kind, amount=amount, basis=basis)
    save_new(row)
    return row


@action("funding.change_funding_target", label="修改资金目标", right=Right.EDIT_FUNDING, target="row")
def change_funding_target(*, by: Account, row: FundingTarget, **values: Any) -> FundingTarget:
    values.pop("union", None)
    change(row, **values)
    return row


@action("funding.archive_funding_target", label="归档资金目标", right=Right.EDIT_FUNDING, target="row")
def archive_funding_target(*, by: Account, row: FundingTarget) -> FundingTarget:
    change(row, archived_at=timezone.now())
    return row
