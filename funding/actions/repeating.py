"""Money is entered once: what an import takes for the same row, a person is told of before it counts twice."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from core.actions import Refused
from core.money import yuan
from funding.models import ContractPayment, FundingLine, FundStage, ProjectContract

# The lock under which imports of a county compare their lines.
_HOLD_LINES = "select pg_advisory_xact_lock(hashtext(%s), %s)"
#: By what an import takes one line for another.
TELLING = ("project_id", "programme_id", "source_id", "stage", "document_no", "recorded_on", "amount")


def refuse_second_payment(
    contract: ProjectContract, paid_on: date, amount: Decimal, reference: str, own: int = 0
) -> None:
    """A voucher pays once on a contract, which the actor holds; without one, day and amount must differ.

    The database keeps the vouchers as well.
    """
    standing = (
        ContractPayment.objects.standing().filter(contract=contract, reference=reference).exclude(pk=own)
    )
    same = standing if reference else standing.filter(paid_on=paid_on, amount=amount)
    known = same.order_by("pk").first()
    if known is None:
        return
    told = f"{known.paid_on}、{yuan(known.amount)} 元"
    if reference:
        said = f"这份合同已有凭证号“{reference}”的付款（{told}）。请核对；分几次付的请写不同的凭证号。"
    else:
        said = f"这份合同已有同样的付款（{told}，没有写凭证号）。请核对；确是另一笔的，请写明凭证号。"
    raise Refused(said, field="reference")


def refuse_second_spending(line: FundingLine) -> None:
    """Two at once come one after the other; an import that is being written is waited for."""
    known = _same_spending(line).order_by("pk").first()
    if known is not None:
        raise Refused(
            f"“{known.subject}”已有同样的支出：{_told(known)}。"
            "请核对；确是另一笔的，请写不同的文号或凭证号。",
            field="document_no",
        )


def refuse_spending_by_hand(line: FundingLine) -> None:
    """A line that somebody entered by hand is found to be the payment, not written again."""
    known = _same_spending(line).filter(payment__isnull=True).order_by("pk").first()
    if known is not None:
        raise Refused(
            f"这笔支出已有人在资金明细登记：{_told(known)}。"
            "不要再记一笔：登记付款时不勾选“同时记一笔资金支出”，再在付款页面“对上已有支出”。"
            "确是另一笔的，请写不同的凭证号。"
        )


def _same_spending(line: FundingLine) -> QuerySet[FundingLine]:
    if line.stage != FundStage.SPENT:
        return FundingLine.objects.none()
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_LINES, [FundingLine._meta.db_table, line.county_id])
    same = {name: getattr(line, name) for name in TELLING}
    return FundingLine.objects.active().filter(**same).exclude(pk=line.pk)


def _told(line: FundingLine) -> str:
    number = f"文号或凭证号“{line.document_no}”" if line.document_no else "没有写文号或凭证号"
    return f"{line.source}，{line.recorded_on}，{yuan(line.amount)} 元，{number}"
