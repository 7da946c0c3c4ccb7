"""What was wrong in an approved month: put right by a line of its own in the next month worked out."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from cases.models import MealCheckIn
from core import checks
from core.actions import Refused, action, change, save_new
from core.rights import Right
from funding.actions.drafting import count, eligible_days
from funding.actions.months import held_month, place_of, require_open
from funding.actions.three_way import doubtful
from funding.models import CostShareRule, Settlement, SettlementCorrection, SettlementLine
from funding.models.settlements import CorrectionQuerySet
from funding.settling.month import Spell, rule_on
from unions.models import Account


@action("funding.correct_settled", label="更正已批准的结算", right=Right.EDIT_FUNDING, reason_in="words")
def correct_settled(
    *, by: Account, line: SettlementLine, meals: int, words: str, day: date | None = None
) -> SettlementCorrection:
    """Meals paid too much (minus) or too little (plus), by the rule of their day."""
    _hold_rules(line)
    settlement = held_month(line.settlement)
    if not settlement.is_frozen:
        raise Refused("这个月还没有批准，请直接处理疑点或重新生成，不用更正。")
    if not checks.written(words):
        raise Refused("请写明理由。", field="words")
    rule = _rule_of(line, day)
    settled = _settled(line, rule)
    if settled + meals < 0:
        raise Refused(f"这家门店按每份 {rule.face_value} 元只结算了 {settled} 份，不能多扣。", field="meals")
    if day is not None and meals < 0:
        _require_served(line, day, -meals)
    if meals > 0:
        _require_room(settlement, meals, day)
    correction = SettlementCorrection(
        **place_of(line), line=line, rule=rule, day=day, meals=meals, reason=checks.written(words)
    )
    save_new(correction)
    return correction


@action(
    "funding.withdraw_correction",
    label="撤回结算更正",
    right=Right.EDIT_FUNDING,
    target="row",
    within="settlement",
)
def withdraw_correction(
    *, by: Account, row: SettlementLine, correction: SettlementCorrection
) -> SettlementLine:
    """A correction entered by mistake; the month that took it in is counted again, so it must not be checked yet."""
    settlement = held_month(row.settlement)
    taking = held_month(correction.taken_in) if correction.taken_in else None
    if taking is not None:
        require_open(taking)
    held = row.corrections.select_for_update().get(pk=correction.pk)
    if held.is_archived or held.taken_in_id != correction.taken_in_id:
        raise Refused("这笔更正刚被撤回或记入别的月份，请刷新页面。", field="correction")
    left = _settled(row, held.rule) - held.meals
    if left < 0:
        raise Refused(f"撤回之后这家门店那个月还差 {-left} 份可扣。请先撤回多扣的更正。", field="correction")
    if held.day is not None and held.meals > 0:
        _require_still_served(row, held.day, held.meals)
    change(held, archived_at=timezone.now(), taken_in=None)
    if held.meals < 0:
        _require_within(settlement, held.day)
    if taking is not None:
        count(taking)
    return row


def _hold_rules(line: SettlementLine) -> None:
    """Rules before the month, as whoever changes a rule takes them."""
    rules = CostShareRule.objects.filter(programme=line.settlement.programme_id).order_by("pk")
    list(rules.select_for_update(no_key=True))


class _Bound(NamedTuple):
    """A worker eats once a day: what could be eaten in a month or on a day, what was settled, what of it by corrections."""

    when: str
    eligible: int
    settled: int
    corrected: int


def _bounds(settlement: Settlement, day: date | None) -> Iterator[_Bound]:
    """That of the month, and that of the day where one is named."""
    lines = settlement.lines.aggregate(meals=Sum("meals_valid"))["meals"] or 0
    corrected = _corrections(settlement).meals_given()
    yield _Bound(settlement.month_text, eligible_days(settlement), lines + corrected, corrected)
    if day is not None:
        corrected = _corrections(settlement).filter(day=day).meals_given()
        settled = _settled_on(settlement, day) + corrected
        yield _Bound(str(day), eligible_days(settlement, day), settled, corrected)


def _require_room(settlement: Settlement, meals: int, day: date | None) -> None:
    for when, eligible, settled, _ in _bounds(settlement, day):
        if settled + meals > eligible:
            raise Refused(
                f"{when}登记在册的职工应就餐 {eligible} 份，已结算（连同更正）{settled} 份，"
                f"最多再补 {max(eligible - settled, 0)} 份。漏登记的职工请先补登记。",
                field="meals",
            )


def _require_served(line: SettlementLine, day: date, taken: int) -> None:
    """No more is taken back from a day than the shop was settled for on it."""
    settled = _settled_by_shop(line, day)
    if taken > settled:
        raise Refused(
            f"{day}这家门店已结算（连同更正）{settled} 份，最多再扣 {max(settled, 0)} 份。"
            "请核对日期和份数，几天多付的逐日登记。",
            field="meals",
        )


def _require_still_served(line: SettlementLine, day: date, given: int) -> None:
    """Without what was given, what other corrections of the day took back was still settled."""
    left = _settled_by_shop(line, day) - given
    if left < 0:
        raise Refused(f"撤回之后{day}这家门店还差 {-left} 份可扣。请先撤回多扣的更正。", field="correction")


def _require_within(settlement: Settlement, day: date | None) -> None:
    """Without what took meals back, no more may have been given; what was approved at first stands in any case."""
    for when, eligible, settled, corrected in _bounds(settlement, day):
        if corrected > 0 and settled > eligible:
            raise Refused(
                f"撤回之后{when}连同更正结算 {settled} 份，多于登记在册的职工应就餐的 {eligible} 份。"
                "请先撤回补的更正。",
                field="correction",
            )


def _settled_on(settlement: Settlement, day: date) -> int:
    eaten = MealCheckIn.objects.filter(programme=settlement.programme_id, served_on=day).count()
    withheld = sum(days.get(day, 0) for days in doubtful(settlement).values())
    return eaten - withheld


def _settled_by_shop(line: SettlementLine, day: date) -> int:
    """Meals of the day at the line's shop, without those withheld, with what was corrected since."""
    eaten = MealCheckIn.objects.filter(shop=line.shop_id, served_on=day).count()
    withheld = doubtful(line.settlement).get(line.shop_id, {}).get(day, 0)
    corrected = _corrections(line.settlement).filter(line=line, day=day).meals_given()
    return eaten - withheld + corrected


def _corrections(settlement: Settlement) -> CorrectionQuerySet:
    """Of all its shops: a worker eats at one of them."""
    return SettlementCorrection.objects.filter(line__settlement=settlement)


def _settled(line: SettlementLine, rule: CostShareRule) -> int:
    """Meals of the line that were settled by the rule, with what was corrected since."""
    shares = line.shares.filter(correction__isnull=True, share__rule=rule)
    own = shares.values_list("meals", flat=True).first() or 0
    corrections = SettlementCorrection.objects.filter(line=line, rule=rule)
    return own + corrections.meals_given()


def _rule_of(line: SettlementLine, day: date | None) -> CostShareRule:
    """The rule of the day; without a day the month's only one."""
    month = line.settlement
    if day is not None and not month.month <= day < month.following:
        raise Refused(f"日期应在{month.month_text}之内。", field="day")
    rules = [rule for rule in _rules(line) if day is None or rule_on([_spell(rule)], day)]
    if not rules:
        raise Refused("这一天没有费用分担办法，不能更正。", field="day")
    if len(rules) > 1:
        known = "，".join(f"{rule.valid_from} 起每份 {rule.face_value} 元" for rule in rules)
        raise Refused(f"这个月的分担办法变过（{known}），请写明是哪一天的份数。", field="day")
    return rules[0]


def _rules(line: SettlementLine) -> list[CostShareRule]:
    """The rules that the line was settled by, and others that held within the month, in order."""
    month = line.settlement
    used = line.shares.filter(correction__isnull=True).values("share__rule")
    rules = CostShareRule.objects.filter(programme=month.programme_id)
    return list(
        (rules.filter(pk__in=used) | rules.within(month.month, month.following)).order_by("valid_from")
    )


def _spell(rule: CostShareRule) -> Spell:
    return Spell(rule, rule.valid_from, rule.valid_to)
