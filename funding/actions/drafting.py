"""A month worked out: lines by shop, parts by payer. Doing it again gives the same and keeps what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from cases.models import Enrolment, ShopContract, ShopPause
from cases.take_up import in_service, person_days, serving_spans
from core.actions import Refused, change
from funding.actions.months import place_of
from funding.actions.three_way import Days, doubtful, find_exceptions, recorded, surveyed
from funding.models import (
    CostShare,
    CostShareRule,
    Decision,
    ExceptionReason,
    Settlement,
    SettlementCorrection,
    SettlementException,
    SettlementLine,
    SettlementStage,
    ShopStatement,
)
from funding.models.settlements import OPEN_STAGES
from funding.settling.days import differing, kept_days
from funding.settling.month import Spell, by_rule, rule_on, split_signed, valid_meals
from funding.settling.splitting import CENT, ZERO, split_month

# A model instance for each of a month's thousands of parts would cost more than their rows do.
_WRITE_PARTS = """
insert into funding_settlementshare
  (union_id, county_id, settlement_id, line_id, share_id, meals, amount, correction_id)
select l.union_id, l.county_id, l.settlement_id, l.id, p.share_id, p.meals, p.amount, p.correction_id
from unnest(%s::bigint[], %s::bigint[], %s::int[], %s::numeric[], %s::bigint[])
  with ordinality p (shop_id, share_id, meals, amount, correction_id, position)
join funding_settlementline l on l.settlement_id = %s and l.shop_id = p.shop_id order by position"""


@dataclass(frozen=True, slots=True)
class PayersPart:
    """What one payer bears of a shop's month, or of a correction: a row of `SettlementShare` to be."""

    share: CostShare
    meals: int
    amount: Decimal
    correction: SettlementCorrection | None


@dataclass
class ShopMonth:
    """One shop while the month is worked out."""

    recorded: int = 0
    stated: int | None = None
    valid: int = 0
    meals: dict[CostShareRule, int] = field(default_factory=dict)
    parts: list[PayersPart] = field(default_factory=list)
    corrections: list[SettlementCorrection] = field(default_factory=list)


def work_out(settlement: Settlement) -> None:
    """Match, then count."""
    survey = surveyed(settlement)
    find_exceptions(settlement, survey)
    count(settlement, survey.counted)


def count(settlement: Settlement, counted: Days | None = None) -> None:
    """Lines and parts from check-ins, statements and what was decided."""
    counted = recorded(settlement) if counted is None else counted
    shops = _valid(settlement, counted)
    waiting = _waiting(settlement)
    for shop in {correction.line.shop_id for correction in waiting} - shops.keys():
        shops[shop] = ShopMonth()
    _split(shops)
    _take_corrections(settlement, shops, waiting)
    _write(settlement, shops)
    change(settlement, eligible_days=eligible_days(settlement), drafted_at=timezone.now())
    move_on(settlement)


def match_statements(counties: Sequence[int]) -> None:
    """After statements came in a table: months that are being worked on and say otherwise are counted again."""
    months = Settlement.objects.filter(county_id__in=counties, stage__in=OPEN_STAGES).order_by("pk")
    for settlement in months.select_for_update():
        says_more = _stated(settlement).exclude(days="", amount__isnull=True).exists()
        if says_more or stated(settlement) != _last_stated(settlement):
            count(settlement)


def stated(settlement: Settlement) -> dict[int, int]:
    """What the shops say now."""
    return dict(_stated(settlement).values_list("shop_id", "meals"))


def stated_days(settlement: Settlement) -> dict[int, dict[date, int]]:
    """What they say by day, of those who say it."""
    rows = _stated(settlement).exclude(days="").values_list("shop_id", "days")
    return {shop: kept_days(days, settlement.month) for shop, days in rows}


def _stated(settlement: Settlement) -> Any:
    return ShopStatement.objects.filter(
        shop__programme=settlement.programme_id, month=settlement.month, archived_at__isnull=True
    )


def _last_stated(settlement: Settlement) -> dict[int, int | None]:
    """What the shops said when the month was counted."""
    lines = settlement.lines.filter(meals_stated__isnull=False)
    return dict(lines.values_list("shop_id", "meals_stated"))


def _valid(settlement: Settlement, counted: Days) -> dict[int, ShopMonth]:
    ruled, in_doubt = _ruled_days(settlement, counted), doubtful(settlement)
    told = _statements(settlement, counted, ruled)
    lower = _follow_statements(settlement)
    shops: dict[int, ShopMonth] = {}
    for shop in counted.keys() | told.keys():
        days, held = counted.get(shop, {}), in_doubt.get(shop, {})
        month = ShopMonth(recorded=sum(days.values()), stated=told.get(shop))
        for rule, own in ruled.items():
            month.meals[rule] = sum(days[day] - held.get(day, 0) for day in own if day in days)
        month.valid = valid_meals(
            month.recorded, sum(held.values()), month.stated, follows_statement=shop in lower
        )
        month.meals = by_rule(month.meals, month.valid)
        shops[shop] = month
    return shops


def _ruled_days(settlement: Settlement, counted: Days) -> dict[CostShareRule, list[date]]:
    """The days with check-ins under each rule, the earlier rule first."""
    spells = _spells(settlement)
    ruled: dict[CostShareRule, list[date]] = {}
    for day in sorted(set().union(*counted.values())):
        rule = rule_on(spells, day)
        if rule is None:
            raise Refused(f"{day} 有就餐记录，但那天没有费用分担办法。请先登记，再生成结算。")
        ruled.setdefault(rule, []).append(day)
    return ruled


def _spells(settlement: Settlement) -> list[Spell]:
    rules = CostShareRule.objects.active().with_shares().filter(programme_id=settlement.programme_id)
    return [Spell(rule, rule.valid_from, rule.valid_to) for rule in rules]


def _statements(
    settlement: Settlement, counted: Days, ruled: Mapping[CostShareRule, Sequence[date]]
) -> dict[int, int]:
    """What shops stated; a number that differs becomes an exception, one that changed opens it again."""
    told, by_day = stated(settlement), stated_days(settlement)
    claims = dict(_stated(settlement).filter(amount__isnull=False).values_list("shop_id", "amount"))
    known = {x.shop_id: x for x in settlement.exceptions.filter(reason=ExceptionReason.STATEMENT)}
    for shop, meals in told.items():
        days = counted.get(shop, {})
        detail = _difference(sum(days.values()), meals, differing(by_day.get(shop, {}), days))
        if shop in claims:
            own = {rule: sum(days.get(day, 0) for day in its) for rule, its in ruled.items()}
            detail = "；".join(filter(None, (detail, _claimed_otherwise(claims[shop], meals, own))))
        if not detail:
            continue
        exception = known.pop(shop, None)
        if exception is None:
            SettlementException.objects.create(
                **place_of(settlement),
                settlement=settlement,
                shop_id=shop,
                reason=ExceptionReason.STATEMENT,
                detail=detail,
            )
        elif exception.detail != detail:
            change(exception, detail=detail, decision=Decision.OPEN, decision_reason="")
    settlement.exceptions.filter(pk__in=[exception.pk for exception in known.values()]).delete()
    return told


def _difference(own: int, meals: int, days: str) -> str:
    """Where the shop says otherwise than the check-ins: in the month, and on which days."""
    words = f"打卡 {own} 份，门店报 {meals} 份，相差 {abs(own - meals)} 份" if own != meals else ""
    if not days:
        return words
    return f"{words or '合计相同，逐日不同'}：{days}"


def _claimed_otherwise(claim: Decimal, meals: int, own: Mapping[CostShareRule, int]) -> str:
    """Where the shop does not claim the price of the meals that it states; what rounding gives is no difference."""
    priced = by_rule({rule: count for rule, count in own.items() if count}, meals)
    due = sum((_price(rule, count) for rule, count in priced.items()), ZERO)
    if not any(own.values()) or abs(claim - due) <= CENT * len(priced):
        return ""
    return f"门店报账 {claim} 元，按报的 {meals} 份应收 {due} 元"


def _price(rule: CostShareRule, meals: int) -> Decimal:
    """What the shop is paid for meals by the rule: the part of the sources."""
    row = split_month([meals], rule.face_value, rule.parts)[0]
    return sum(
        (amount for share, amount in zip(rule.shares.all(), row, strict=True) if share.is_public), ZERO
    )


def _follow_statements(settlement: Settlement) -> set[int]:
    """Shops whose own number, where it is lower, stands until somebody accepts the check-ins."""
    differing = settlement.exceptions.filter(reason=ExceptionReason.STATEMENT)
    return set(differing.exclude(decision=Decision.ACCEPTED).values_list("shop_id", flat=True))


def _split(shops: dict[int, ShopMonth]) -> None:
    """The parts of every shop, rule by rule: each rule's columns add up to its part of the whole month."""
    rules = {rule: None for month in shops.values() for rule in month.meals}
    for rule in rules:
        own = [month for month in shops.values() if rule in month.meals]
        rows = split_month([month.meals[rule] for month in own], rule.face_value, rule.parts)
        shares = list(rule.shares.all())
        for month, row in zip(own, rows, strict=True):
            month.parts += _parts(shares, month.meals[rule], row)


def _parts(
    shares: Iterable[CostShare],
    meals: int,
    row: Iterable[Decimal],
    correction: SettlementCorrection | None = None,
) -> list[PayersPart]:
    return [PayersPart(share, meals, amount, correction) for share, amount in zip(shares, row, strict=True)]


def _waiting(settlement: Settlement) -> list[SettlementCorrection]:
    """Corrections of earlier months that no other month has taken."""
    found = SettlementCorrection.objects.filter(
        line__settlement__programme=settlement.programme_id, line__settlement__month__lt=settlement.month
    ).filter(taken_in__isnull=True, archived_at__isnull=True) | SettlementCorrection.objects.filter(
        taken_in=settlement
    )
    return list(found.select_related("line").order_by("pk").distinct())


def _take_corrections(
    settlement: Settlement, shops: dict[int, ShopMonth], waiting: Sequence[SettlementCorrection]
) -> None:
    """Take what the shop's month can bear: what would make its payable negative waits for a later month."""
    kept = CostShareRule.objects.with_shares().filter(programme=settlement.programme_id)
    rules = {rule.pk: rule for rule in kept} if waiting else {}
    for correction in waiting:
        rule, month = rules[correction.rule_id], shops[correction.line.shop_id]
        row = split_signed(correction.meals, rule.face_value, rule.parts)
        parts = _parts(rule.shares.all(), correction.meals, row, correction)
        is_taken = _payable([*month.parts, *parts]) >= 0
        if is_taken:
            month.parts += parts
            month.corrections.append(correction)
        change(correction, taken_in=settlement if is_taken else None)


def _payable(parts: Iterable[PayersPart]) -> Decimal:
    return sum((part.amount for part in parts if part.share.is_public), ZERO)


def _write(settlement: Settlement, shops: dict[int, ShopMonth]) -> None:
    """Lines are changed in place, so that a shop's confirmation stands as long as its numbers do."""
    settlement.shares.all().delete()
    lines = {line.shop_id: line for line in settlement.lines.all()}
    for shop in lines.keys() - shops.keys():
        shops[shop] = ShopMonth()
    fresh = [
        SettlementLine(**place_of(settlement), settlement=settlement, shop_id=shop, **_values(month))
        for shop, month in sorted(shops.items())
        if shop not in lines
    ]
    SettlementLine.objects.bulk_create(fresh)
    changed = [line for shop, line in lines.items() if _changed(line, _values(shops[shop]))]
    SettlementLine.objects.bulk_update(changed, [*VALUES, *CONFIRMATION, "version"])
    _write_parts(settlement, shops)


def _write_parts(settlement: Settlement, shops: dict[int, ShopMonth]) -> None:
    rows = [
        (shop, part.share.pk, part.meals, part.amount, part.correction and part.correction.pk)
        for shop, month in sorted(shops.items())
        for part in month.parts
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_PARTS, [*columns, settlement.pk])


VALUES = (
    "meals_recorded",
    "meals_valid",
    "meals_withheld",
    "meals_stated",
    "amount",
    "correction_meals",
    "correction_amount",
    "payable",
)
AGREED = ("meals_valid", "payable", "correction_meals")
CONFIRMATION: dict[str, Any] = {"confirmed_at": None, "confirmed_by": None, "confirmed_how": ""}


def _values(month: ShopMonth) -> dict[str, Any]:
    """What a line says of its month, by `VALUES`."""
    own = (part.amount for part in month.parts if part.correction is None)
    corrected = (part.amount for part in month.parts if part.correction is not None)
    values = (
        month.recorded,
        month.valid,
        month.recorded - month.valid,
        month.stated,
        sum(own, ZERO),
        sum(correction.meals for correction in month.corrections),
        sum(corrected, ZERO),
        _payable(month.parts),
    )
    return dict(zip(VALUES, values, strict=True))


def _changed(line: SettlementLine, values: dict[str, Any]) -> bool:
    """Set what differs; a shop that agreed to other numbers has to confirm again."""
    differing = {name: value for name, value in values.items() if getattr(line, name) != value}
    if differing.keys() & set(AGREED):
        differing |= CONFIRMATION
    for name, value in differing.items():
        setattr(line, name, value)
    line.version += bool(differing)
    return bool(differing)


def eligible_days(settlement: Settlement, day: date | None = None) -> int:
    """Enrolled workers × serving days of the month (or of one of its days), as the take-up counts them."""
    programme = settlement.programme
    first, through = (day, day) if day else (settlement.month, settlement.following - timedelta(days=1))
    ended = programme.ended_on + timedelta(days=1) if programme.ended_on else None
    contracts, pauses = (
        list(
            model.objects.active()
            .filter(shop__programme=programme)
            .values_list("shop", "valid_from", "valid_to")
        )
        for model in (ShopContract, ShopPause)
    )
    serving = in_service(contracts, pauses)
    spans = serving_spans((max(programme.started_on, first), ended), serving, through)
    enrolled = (
        Enrolment.objects.active()
        .filter(programme=programme, valid_from__lte=through)
        .order_by()
        .values_list("valid_from", "valid_to")
        .annotate(number=Count("pk"))
    )
    return person_days(spans, enrolled)


def move_on(settlement: Settlement) -> None:
    """Before the check, the stage follows from the shops' confirmations."""
    if settlement.stage not in (SettlementStage.DRAFTED, SettlementStage.CONFIRMED):
        return
    waiting = unconfirmed(settlement).exists()
    has_lines = settlement.lines.exists()
    change(
        settlement,
        stage=SettlementStage.CONFIRMED if has_lines and not waiting else SettlementStage.DRAFTED,
    )


def unconfirmed(settlement: Settlement) -> Any:
    """Lines that a shop still has to confirm; one that served nothing and is paid nothing needs not."""
    lines = settlement.lines.filter(confirmed_at__isnull=True)
    return lines.exclude(meals_recorded=0, payable=0)
