"""Months of the breakfast: settled up to the day of the documents, one waiting to be worked on."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from cases.models import Programme
from core.actions import change
from funding.actions.drafting import work_out
from funding.actions.paying import payment_of, record_spending
from funding.actions.three_way import recorded
from funding.models import Payment, Settlement, SettlementStage, ShopStatement, StatementChannel
from funding.models.settlements import next_month
from funding.settling.days import keep_days
from unions.models import Account

HOW = "盖章对账单（演示）"
OBJECTION = "2月有一天停电，手机没有记上，请核对（演示）"
FEWER = 3


def load_settlements(row: dict[str, Any], programme: Programme) -> None:
    """Every month up to `付清到` paid; in the one after it a shop states fewer meals, another one objects.

    In the last paid month the bank returned one payment, which was then made once more.
    """
    accounts = Account.objects.filter(county_id=programme.county_id)
    clerk, head = (accounts.get(username=f"{programme.county_id}.{role}") for role in ("clerk", "head"))
    month = programme.started_on.replace(day=1)
    while month <= row["结算"]["付清到"]:
        is_last = month == row["结算"]["付清到"]
        _settle(_drafted(programme, month), clerk, head, is_returned=is_last)
        month = next_month(month)
    waiting = _drafted(programme, month, fewer=FEWER)
    last = waiting.lines.order_by("shop").last()
    change(last, objection=OBJECTION, objected_at=_at(waiting.following, 2))


def _drafted(programme: Programme, month: date, *, fewer: int = 0) -> Settlement:
    """The month worked out; the shops state what was recorded, the first of them some meals fewer, by day."""
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    settlement = Settlement.objects.create(**place, programme=programme, month=month)
    counted = recorded(settlement)
    served = {shop: sum(days.values()) for shop, days in sorted(counted.items())}
    by_day = {}
    if fewer:
        first = min(served)
        served[first] -= fewer
        by_day[first] = _days(settlement, counted[first], fewer)
    ShopStatement.objects.bulk_create(
        ShopStatement(
            **place,
            shop_id=shop,
            month=month,
            meals=meals,
            days=by_day.get(shop, ""),
            stated_on=settlement.following,
            channel=StatementChannel.IMPORTED,
            note="演示",
        )
        for shop, meals in served.items()
    )
    work_out(settlement)
    change(settlement, drafted_at=_at(settlement.following, 1))
    return settlement


def _days(settlement: Settlement, counted: Mapping[date, int], fewer: int) -> str:
    """A shop's own counts: those of the check-ins, on the busiest day `fewer`."""
    busiest = max(counted, key=lambda day: (counted[day], day))
    told = {**counted, busiest: counted[busiest] - fewer}
    length = (settlement.following - settlement.month).days
    return keep_days([told.get(settlement.month + timedelta(days=day), 0) for day in range(length)])


def _at(day: date, later: int) -> datetime:
    """Ten in the morning, so many days later."""
    return timezone.make_aware(datetime(day.year, day.month, day.day, 10)) + timedelta(days=later)


def _settle(settlement: Settlement, clerk: Account, head: Account, *, is_returned: bool) -> None:
    """Confirmed on the 3rd of the next month, checked on the 4th, approved on the 5th, paid on the 10th."""
    first, payday = settlement.following, settlement.following + timedelta(days=9)
    settlement.lines.update(
        confirmed_at=_at(first, 2), confirmed_by=clerk, confirmed_how=HOW, version=F("version") + 1
    )
    change(settlement, stage=SettlementStage.CHECKED, checked_by=clerk, checked_at=_at(first, 3))
    change(settlement, stage=SettlementStage.APPROVED, approved_by=head, approved_at=_at(first, 4))
    due = settlement.lines.filter(payable__gt=0)
    reference = f"演示回单{settlement.month:%Y%m}"
    Payment.objects.bulk_create([payment_of(line, reference, payday) for line in due])
    if is_returned:
        _return(settlement.payments.earliest("line__shop"), clerk)
    record_spending(settlement)
    change(settlement, stage=SettlementStage.PAID)
    change(settlement, stage=SettlementStage.CLOSED)


def _return(payment: Payment, clerk: Account) -> None:
    """Sent back by the bank after three days, paid again after six with a number of its own."""
    day = payment.paid_on + timedelta(days=3)
    change(
        payment,
        returned_on=day,
        returned_reason="门店换了开户行，账号不符（演示）",
        returned_by=clerk,
        returned_at=_at(day, 0),
    )
    again = payment_of(payment.line, f"{payment.reference}补", payment.paid_on + timedelta(days=6))
    again.save(force_insert=True)
