"""What the checks say of the money of a project: the nightly finding and the page use the same words and figures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cases.models import Project
from core.money import spoken
from funding.explaining import explanation
from funding.models import MatchRequirement
from funding.money import Money
from funding.reconciliation import ZERO, Difference, Match
from funding.spending import Comparison, comparison

# The checks (`metrics.checks`) that keep these as findings of a project.
TOTAL_CHECK = "parts_against_total"
MATCH_CHECK = "match_share"
PAYMENTS_CHECK = "payments_against_spending"
CHECKS = (TOTAL_CHECK, MATCH_CHECK, PAYMENTS_CHECK)

Detail = Mapping[str, Any]


@dataclass(frozen=True)
class Doubt:
    """What does not fit, what to do about it, and the figures by which the check tells it from another."""

    check_key: str
    title: str
    detail: Detail
    text: str = ""


def doubts_of(money: Money) -> list[Doubt]:
    """What the checks would find now on this project; nothing on a programme."""
    if not isinstance(money.subject, Project):
        return []
    found = (
        _of_total(money),
        of_matches(money.matches),
        of_payments(comparison(money.subject, money.account)),
    )
    return [doubt for doubt in found if doubt]


def _of_total(money: Money) -> Doubt | None:
    """The page has the lines before it, so it says less about the sums than the finding does."""
    off = money.difference
    if off is None:
        return None
    stated, summed, gap = map(spoken, (off.stated, off.summed, abs(off.amount)))
    text = "请核对总投资和各来源的金额；系统不会自动改动。"
    if equal := explanation(off, money.name, {line.id for line in money.in_kind}):
        text = f"{equal}请核对是否计入了总投资。"
    title = f"总投资 {stated}，明细合计 {summed}，相差 {gap}。"
    return Doubt(TOTAL_CHECK, title, total_detail(off, money.name), text)


def total_detail(found: Difference, name: Callable[..., str]) -> dict[str, Any]:
    """The figures of a difference; `name` is that of a line's source."""
    return {
        "stated": str(found.stated),
        "summed": str(found.summed),
        "difference": str(found.amount),
        "suspects": [
            {"line": line.id, "source": name(line), "stage": line.stage, "amount": str(line.amount)}
            for line in found.suspects
        ],
        **({"more": found.more} if found.more else {}),
    }


def of_matches(states: Iterable[tuple[MatchRequirement, Match]]) -> Doubt | None:
    """Requirements for which less matching money is promised than they ask for."""
    short = [(one, state) for one, state in states if state.shortfall]
    if not short:
        return None
    title = "".join(_match_words(one, state) for one, state in short)
    return Doubt(MATCH_CHECK, title, {str(one.pk): _match_detail(state) for one, state in short})


def _match_words(one: MatchRequirement, state: Match) -> str:
    name = f"“{one.source.name}”" if one.source else "非配套资金"
    return (
        f"{name} {spoken(state.base)}要求配套{one.percent.normalize():f}%，应配套 {spoken(state.required)}，"
        f"已承诺配套 {spoken(state.matched)}，还差 {spoken(state.shortfall)}。"
    )


def _match_detail(state: Match) -> dict[str, str]:
    return {
        "percent": str(state.percent),
        "base": str(state.base),
        "required": str(state.required),
        "matched": str(state.matched),
        "shortfall": str(state.shortfall),
    }


def of_payments(found: Comparison | None) -> Doubt | None:
    """Payments on contracts that the spending lines do not match."""
    if found is None or found.agrees:
        return None
    title = f"合同付款 {spoken(found.paid)}，资金明细支出 {spoken(found.spent)}"
    if found.difference:
        title += f"，相差 {spoken(abs(found.difference))}"
    if found.unentered:
        title += f"；其中 {spoken(found.unentered)} 付款没有对应的支出明细"
    text = "请在付款页面“记入资金支出”或“对上已有支出”；已对上的支出金额不同的，把它更正为付款的金额；或写明原因。"
    figures = {"paid": found.paid, "spent": found.spent, "unentered": found.unentered}
    return Doubt(PAYMENTS_CHECK, f"{title}。", {name: str(value) for name, value in figures.items()}, text)


def gap_words(check_key: str, detail: Detail) -> str:
    """By how much it did not fit according to the figures of a finding; empty where they do not say."""
    try:
        return _GAPS[check_key](detail)
    except KeyError:
        return ""


def _total_gap(detail: Detail) -> str:
    return f"相差 {spoken(abs(Decimal(detail['difference'])))}"


def _match_gap(detail: Detail) -> str:
    return f"还差 {spoken(sum((Decimal(one['shortfall']) for one in detail.values()), ZERO))}"


def _payments_gap(detail: Detail) -> str:
    off = Decimal(detail["spent"]) - Decimal(detail["paid"])
    return f"相差 {spoken(abs(off))}" if off else f"{spoken(Decimal(detail['unentered']))} 付款没有对应的支出"


_GAPS: dict[str, Callable[[Detail], str]] = {
    TOTAL_CHECK: _total_gap,
    MATCH_CHECK: _match_gap,
    PAYMENTS_CHECK: _payments_gap,
}
