"""What can be done to cost-sharing rules. A rule that a settled month used is closed, never rewritten."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.actions import held
from cases.models import Programme
from core.actions import Refused, action, change, save_new
from core.rights import Right
from funding.models import CostShare, CostShareRule, FundingSource, PayerKind, Settlement, SettlementShare
from funding.models.settlements import FROZEN
from funding.models.sharing import payer_of, share_values
from funding.naming import called
from funding.settling.splitting import why_not_whole
from funding.settling.wording import NotUnderstood, Payer, read_payers
from unions.models import Account

# From the first until before the second, for good without it.
Days = tuple[date, date | None]


@action("funding.create_rule", label="登记费用分担", right=Right.EDIT_FUNDING)
def create_rule(
    *,
    by: Account,
    programme: Programme,
    face_value: Decimal,
    valid_from: date,
    payers: str,
    valid_to: date | None = None,
    note: str = "",
) -> CostShareRule:
    """From `valid_from` on a meal costs `face_value`, borne by `payers` (see `funding.settling.wording`)."""
    programme = held(programme)
    if programme.is_archived or not programme.serves_meals:
        raise Refused("只有正在进行的供餐项目才有费用分担。", field="programme")
    read = _read(payers, face_value)
    rule = CostShareRule(
        union_id=programme.union_id,
        county_id=programme.county_id,
        programme=programme,
        face_value=face_value,
        valid_from=valid_from,
        valid_to=valid_to,
        note=note,
    )
    _keep_frozen_days(programme.pk, None, (valid_from, valid_to))
    save_new(rule)
    _write_shares(rule, read, by)
    return rule


def _read(text: str, face_value: Decimal) -> list[Payer]:
    """The payers of the text, whole; a sentence at the field otherwise."""
    try:
        payers = read_payers(text)
    except NotUnderstood as problem:
        raise Refused(str(problem), field="payers") from problem
    problem_found = why_not_whole(face_value, [payer.part for payer in payers])
    if problem_found:
        raise Refused(problem_found, field="payers")
    return payers


def _write_shares(rule: CostShareRule, payers: list[Payer], by: Account) -> None:
    named = [payer.name for payer in payers if payer_of(payer.name) == PayerKind.SOURCE]
    sources = _sources(named, rule, by)
    for position, payer in enumerate(payers, 1):
        source = sources.get(payer.name)
        values = share_values(payer, position, source.pk if source else None)
        save_new(CostShare(union_id=rule.union_id, county_id=rule.county_id, rule=rule, **values))


def _sources(names: list[str], rule: CostShareRule, by: Account) -> dict[str, FundingSource]:
    """The registered sources by name; all that are missing are told at once."""
    known = FundingSource.objects.visible_to(by).filter(county_id=rule.county_id, archived_at__isnull=True)
    found = {name: source for name in names if (source := called(known, name).first())}
    missing = "”“".join(name for name in names if name not in found)
    if missing:
        raise Refused(
            f"没有登记过名为“{missing}”的资金来源。请照登记的名称填写，或先在“资金来源”里登记。"
            "商家和职工承担的写“商家让利”“职工个人”。",
            field="payers",
        )
    return found


@action("funding.change_rule", label="修改费用分担", right=Right.EDIT_FUNDING, target="row")
def change_rule(*, by: Account, row: CostShareRule, **values: Any) -> CostShareRule:
    """Change the rule; other payers or another face value replace the parts."""
    values.pop("programme", None)
    text = values.pop("payers", None)
    face_value = values.get("face_value", row.face_value)
    stated = row.payers_text
    given = _read(stated if text is None else text, face_value)
    if (given != read_payers(stated) or _moved(row, values)) and _is_settled(row):
        raise Refused(
            "已有月份按这个办法结算，各方分担和起始日期不能再改。请给它填终止日期，再登记新的办法。",
            field="payers",
        )
    after = values.get("valid_from", row.valid_from), values.get("valid_to", row.valid_to)
    _keep_frozen_days(row.programme_id, (row.valid_from, row.valid_to), after)
    change(row, **values)
    if given != read_payers(stated):
        row.shares.all().delete()
        _write_shares(row, given, by)
    return row


def _moved(row: CostShareRule, values: dict[str, Any]) -> bool:
    return any(
        values.get(name, getattr(row, name)) != getattr(row, name) for name in ("face_value", "valid_from")
    )


def _keep_frozen_days(programme: int, before: Days | None, after: Days) -> None:
    """Approved days keep the rule they were settled by; the database holds to it, here it is said at the field."""
    frozen = list(Settlement.objects.filter(programme=programme, stage__in=FROZEN).order_by("month"))
    moved = [month for month in frozen if (before and _within(before, month)) != _within(after, month)]
    if moved:
        raise Refused(
            f"{moved[0].month_text}的结算已批准，那些日子的分担办法不能再改。日期请写 {frozen[-1].following} 或以后。",
            field="valid_from" if before is None or before[0] != after[0] else "valid_to",
        )


def _within(days: Days, month: Settlement) -> Days | None:
    """The days of the month among them; None where there are none."""
    first, until = max(days[0], month.month), min(days[1] or month.following, month.following)
    return (first, until) if first < until else None


def _is_settled(row: CostShareRule) -> bool:
    """Whether a month's shares stand on the rule."""
    return SettlementShare.objects.filter(share__rule=row).exists()


@action("funding.archive_rule", label="归档费用分担", right=Right.EDIT_FUNDING, target="row")
def archive_rule(*, by: Account, row: CostShareRule) -> CostShareRule:
    if _is_settled(row):
        raise Refused("已有月份按这个办法结算，不能归档。不再使用的，请填写终止日期。")
    change(row, archived_at=timezone.now())
    return row
