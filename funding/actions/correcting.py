"""What was wrong in an approved month: put right by a line of its own in the next month worked out."""

from datetime import date

from django.db.models import Sum

from core import checks
from core.actions import Refused, action, save_new
from core.rights import Right
from funding.actions.months import held_month, place_of
from funding.models import CostShareRule, SettlementCorrection, SettlementLine
from funding.settling.month import Spell, rule_on
from unions.models import Account


@action("funding.correct_settled", label="更正已批准的结算", right=Right.EDIT_FUNDING)
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
    correction = SettlementCorrection(
        **place_of(line), line=line, rule=rule, meals=meals, reason=checks.written(words)
    )
    save_new(correction)
    return correction


def _hold_rules(line: SettlementLine) -> None:
    """Rules before the month, as whoever changes a rule takes them."""
    rules = CostShareRule.objects.filter(programme=line.settlement.programme_id).order_by("pk")
    list(rules.select_for_update(no_key=True))


def _settled(line: SettlementLine, rule: CostShareRule) -> int:
    """Meals of the line that were settled by the rule, with what was corrected since."""
    shares = line.shares.filter(correction__isnull=True, share__rule=rule)
    own = shares.values_list("meals", flat=True).first() or 0
    corrected = line.corrections.filter(rule=rule).aggregate(total=Sum("meals"))["total"] or 0
    return own + corrected


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
