"""Whether a month is still what generating it now would give: asked before it is checked and before it is approved."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Sum

from core.actions import Refused
from funding.actions.drafting import work_out
from funding.actions.three_way import recorded
from funding.models import Decision, ExceptionReason, PayerKind, Settlement
from funding.models.settlements import OPEN_STAGES


@dataclass(frozen=True)
class _Picture:
    """What a month says beside its check-ins: the days that could be eaten, doubts to be decided by reason, those
    that the union itself raised, what each payer bears of each shop.
    """

    eligible: int
    open_doubts: dict[str, int]
    raised: set[tuple[object, ...]]
    parts: set[tuple[object, ...]]


def meals_moved(settlement: Settlement) -> bool:
    """Whether check-ins came or went since the month was worked out: one grouped scan, which a page can afford."""
    kept = settlement.lines.exclude(meals_recorded=0).values_list("shop_id", "meals_recorded")
    return dict(kept) != {shop: sum(days.values()) for shop, days in recorded(settlement).items()}


def require_current(settlement: Settlement) -> None:
    """Refuse with what changed since the month was worked out.

    Serving hours, contracts, pauses, enrolments and rules all decide what a month comes to, so it is worked out
    again and the outcome thrown away: no list of things to look at can then miss one.
    """
    again = "请先重新生成。" if settlement.stage in OPEN_STAGES else "请先退回，再重新生成。"
    if meals_moved(settlement):
        raise Refused(f"生成之后又有就餐记录变动。{again}")
    before, now = _picture(settlement), _worked_out_now(settlement)
    if now.open_doubts:
        why = "供餐时间、合同、停供、登记、报数有变动，或工会提出了疑问。"
        raise Refused(f"生成之后又有疑点：{_named(now)}。{why}{again}")
    if before.raised != now.raised:
        raise Refused(f"生成之后有疑问撤回。{again}")
    if before.parts != now.parts:
        raise Refused(f"生成之后分担办法有变动，或就餐记录换了日期，各方承担的金额不同。{again}")
    if before.eligible != now.eligible:
        moved = f"从 {before.eligible:,} 人天变为 {now.eligible:,} 人天"
        raise Refused(f"生成之后登记职工或供餐日有变动，应就餐{moved}。{again}")
    _require_sums(settlement)


def _worked_out_now(settlement: Settlement) -> _Picture:
    with transaction.atomic():
        fresh = Settlement.objects.get(pk=settlement.pk)
        work_out(fresh)
        found = _picture(fresh)
        transaction.set_rollback(True)
    return found


def _picture(settlement: Settlement) -> _Picture:
    """Corrections of earlier months are left out: those registered meanwhile wait for the next month."""
    doubts = settlement.exceptions.filter(decision=Decision.OPEN).order_by().values_list("reason")
    raised = settlement.exceptions.filter(reason=ExceptionReason.RAISED)
    parts = settlement.shares.filter(correction__isnull=True)
    return _Picture(
        eligible=settlement.eligible_days,
        open_doubts=dict(doubts.annotate(Count("pk"))),
        raised=set(raised.values_list("meal_id", "detail")),
        parts=set(parts.values_list("line_id", "share_id", "meals", "amount")),
    )


def _named(picture: _Picture) -> str:
    labels = dict(ExceptionReason.choices)
    return "、".join(f"{labels[reason]} {number} 个" for reason, number in picture.open_doubts.items())


def _require_sums(settlement: Settlement) -> None:
    paid = settlement.shares.filter(share__payer=PayerKind.SOURCE).aggregate(total=Sum("amount"))["total"]
    payable = settlement.lines.aggregate(total=Sum("payable"))["total"]
    if (paid or 0) != (payable or 0):
        raise Refused("各方承担之和与应付金额不一致。请重新生成。")
