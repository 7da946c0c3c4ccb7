"""An approved month is paid and put away; what the bank returns is paid once more.

Every action holds the month's row, so two people at once act one after the other.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

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
    SettlementSpending,
    SettlementStage,
)
from unions.models import Account

SET_OFF = "；冲减以前多付的"


@action("funding.pay_month", label="登记付款", right=Right.EDIT_FUNDING, target="row")
def pay_month(
    *, by: Account, row: Settlement, reference: str, paid_on: date, shop: PartnerShop | None = None
) -> Settlement:
    """The shops that are to be paid, or one of them. What is paid is recorded as spent."""
    if row.stage != SettlementStage.APPROVED:
        words = "已经付清。" if row.is_frozen else "还没有批准，不能付款。"
        raise Refused(f"{row.month_text}的结算{words}")
    _require_payday(row, paid_on)
    due = row.lines.due().order_by("pk")
    chosen = due.filter(shop=shop) if shop else due
    lines = list(chosen.select_related("shop"))
    if due.exists() and not lines:
        raise Refused("这家门店没有待付的金额，可能已经付过款。", field="shop")
    reference = checks.written(reference)
    _require_new(reference, lines)
    for line in lines:
        save_new(payment_of(line, reference, paid_on))
    _follow_payments(row)
    return row


def _require_new(reference: str, lines: Sequence[SettlementLine]) -> None:
    """The database refuses as well; here with the shop."""
    used = Payment.objects.filter(line__in=lines, reference=reference).select_related("line__shop").first()
    if used is not None:
        shop = used.line.shop
        raise Refused(f"“{shop}”退回的付款用过这个凭证号，重新付款请填写新的凭证号。", field="reference")


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


@action(
    "funding.return_payment",
    label="登记付款退回",
    right=Right.EDIT_FUNDING,
    target="row",
    within="settlement",
    reason_in="words",
)
def return_payment(*, by: Account, row: Payment, returned_on: date, words: str) -> Payment:
    """The bank sent the money back: the payment stays in the file, its shop is to be paid once more.

    Only the payment of the month opens again; what was approved stays as it is.
    """
    if row.returned_on is not None:
        raise Refused(f"这笔付款已登记 {row.returned_on} 退回。")
    if not checks.written(words):
        raise Refused("请写明退回原因，如“账号有误”。", field="words")
    if not row.paid_on <= returned_on <= timezone.localdate():
        raise Refused(f"退回日期应在付款的 {row.paid_on} 到今天之间。", field="returned_on")
    change(row.settlement, stage=SettlementStage.APPROVED)
    change(
        row,
        returned_on=returned_on,
        returned_reason=checks.written(words),
        returned_by=by,
        returned_at=timezone.now(),
    )
    _follow_payments(row.settlement)
    return row


@action(
    "funding.keep_payment", label="撤销付款退回", right=Right.EDIT_FUNDING, target="row", within="settlement"
)
def keep_payment(*, by: Account, row: Payment) -> Payment:
    """The payment was not returned after all; the reason stands in the audit trail."""
    if row.returned_on is None:
        raise Refused("这笔付款没有登记退回。")
    if Payment.objects.standing().filter(line=row.line_id).exists():
        raise Refused("退回之后已经重新付款，不能撤销退回。")
    change(row, returned_on=None, returned_reason="", returned_by=None, returned_at=None)
    _follow_payments(row.settlement)
    return row


def _follow_payments(month: Settlement) -> None:
    """Spending and stage follow from the payments that stand."""
    record_spending(month)
    if not month.lines.due().exists():
        change(month, stage=SettlementStage.PAID)


def record_spending(month: Settlement) -> None:
    """One funding line per source and day of payment: what was paid that day and stands.

    Where a source is given back more than it bears, because a correction was taken by a rule that has ended, its
    line is negative: all lines together are what was paid.
    """
    spent = _spent(month)
    known = SettlementSpending.objects.filter(settlement=month).select_related("line")
    written = {(row.source_id, row.paid_on): row.line for row in known}
    for source, day in sorted(spent.keys() | written.keys()):
        amount = spent.get((source, day), Decimal(0))
        line = written.get((source, day))
        if line is not None:
            _correct_spending(line, amount)
        elif amount:
            _record_spending(month, source, day, amount)


def _spent(month: Settlement) -> dict[tuple[int, date], Decimal]:
    """By source and day of payment."""
    parts = Payment.objects.standing().filter(
        settlement=month,
        line__shares__share__payer=PayerKind.SOURCE,
        line__shares__share__source__isnull=False,
    )
    sums = parts.order_by().values_list("line__shares__share__source", "paid_on")
    return {(source, day): total for source, day, total in sums.annotate(Sum("line__shares__amount"))}


def _correct_spending(line: FundingLine, amount: Decimal) -> None:
    """A line of which nothing stands any more is archived, and comes back with the next payment of that day."""
    if amount:
        change(line, amount=amount, archived_at=None)
    elif line.archived_at is None:
        change(line, archived_at=timezone.now())


def _record_spending(month: Settlement, source: int, day: date, amount: Decimal) -> None:
    place = place_of(month)
    line = FundingLine(
        **place,
        programme_id=month.programme_id,
        source_id=source,
        stage=FundStage.SPENT,
        amount=amount,
        recorded_on=day,
        note=f"{month.month_text}结算，系统生成{SET_OFF if amount < 0 else ''}",
    )
    save_new(line)
    save_new(SettlementSpending(**place, settlement=month, source_id=source, paid_on=day, line=line))


@action("funding.close_month", label="归档月结算", right=Right.EDIT_FUNDING, target="row")
def close_month(*, by: Account, row: Settlement) -> Settlement:
    if row.stage != SettlementStage.PAID:
        raise Refused("付清之后才能归档。")
    change(row, stage=SettlementStage.CLOSED)
    return row
