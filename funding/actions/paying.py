"""An approved month is paid and put away. Every action holds the month's row."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from cases.models import PartnerShop
from core import checks
from core.actions import Refused, action, change, save_new
from core.rights import Right
from funding.actions.months import place_of
from funding.models import (
    FundingLine,
    FundStage,
    PayerKind,
    Payment,
    Settlement,
    SettlementLine,
    SettlementShare,
    SettlementSpending,
    SettlementStage,
)
from unions.models import Account


@action("funding.pay_month", label="登记付款", right=Right.EDIT_FUNDING, target="row")
def pay_month(
    *, by: Account, row: Settlement, reference: str, paid_on: date, shop: PartnerShop | None = None
) -> Settlement:
    """The shops that were not paid yet, or one of them. When all are paid the spending is recorded."""
    if row.stage != SettlementStage.APPROVED:
        words = "已经付清。" if row.is_frozen else "还没有批准，不能付款。"
        raise Refused(f"{row.month_text}的结算{words}")
    _require_payday(row, paid_on)
    due = _due(row)
    chosen = due.filter(shop=shop) if shop else due
    lines = list(chosen.select_related("shop"))
    if due.exists() and not lines:
        raise Refused("这家门店没有待付的金额，可能已经付过款。", field="shop")
    for line in lines:
        save_new(payment_of(line, checks.written(reference), paid_on))
    if not _due(row).exists():
        record_spending(row, paid_on)
        change(row, stage=SettlementStage.PAID)
    return row


def _due(settlement: Settlement) -> Any:
    return settlement.lines.filter(payable__gt=0, payment__isnull=True).order_by("pk")


def payment_of(line: SettlementLine, reference: str, paid_on: date) -> Payment:
    """What a shop is paid for its line, not yet saved."""
    return Payment(
        **place_of(line),
        settlement_id=line.settlement_id,
        line=line,
        amount=line.payable,
        reference=reference,
        paid_on=paid_on,
    )


def _require_payday(settlement: Settlement, paid_on: date) -> None:
    approved_on = timezone.localdate(settlement.approved_at)
    if not approved_on <= paid_on <= timezone.localdate():
        raise Refused(f"付款日期应在批准的 {approved_on} 到今天之间。", field="paid_on")


def record_spending(settlement: Settlement, paid_on: date) -> None:
    """One funding line per source: what the month took of it."""
    taken = (
        SettlementShare.objects.filter(settlement=settlement, share__payer=PayerKind.SOURCE)
        .values("share__source")
        .annotate(total=Sum("amount"))
        .order_by("share__source")
    )
    for part in taken:
        if part["total"] > 0:
            _record_spending(settlement, part["share__source"], part["total"], paid_on)


def _record_spending(settlement: Settlement, source: int, amount: Decimal, paid_on: date) -> None:
    line = FundingLine(
        **place_of(settlement),
        programme_id=settlement.programme_id,
        source_id=source,
        stage=FundStage.SPENT,
        amount=amount,
        recorded_on=paid_on,
        note=f"{settlement.month_text}结算，系统生成",
    )
    save_new(line)
    save_new(SettlementSpending(**place_of(settlement), settlement=settlement, source_id=source, line=line))


@action("funding.close_month", label="归档月结算", right=Right.EDIT_FUNDING, target="row")
def close_month(*, by: Account, row: Settlement) -> Settlement:
    if row.stage != SettlementStage.PAID:
        raise Refused("付清之后才能归档。")
    change(row, stage=SettlementStage.CLOSED)
    return row
