"""What was spent on a project: its lines at 支出, its contracts, and whether payments and lines agree."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.urls import reverse

from cases.models import Project
from core.money import wan_text
from funding.models import ContractPayment, FundingLine, FundStage, ProjectContract

ZERO = Decimal(0)


@dataclass(frozen=True)
class Comparison:
    """What was paid on contracts against what the funding register says was spent."""

    paid: Decimal
    spent: Decimal
    unentered: Decimal

    @property
    def difference(self) -> Decimal:
        return self.spent - self.paid

    @property
    def agrees(self) -> bool:
        return self.difference == 0 and self.unentered == 0


def compared(paid: Iterable[tuple[Decimal, bool]], spent: Iterable[Decimal]) -> Comparison | None:
    """Payments (amount, whether it stands in the lines) against spending; nothing where nothing was paid."""
    payments = list(paid)
    if not payments:
        return None
    return Comparison(
        paid=sum((amount for amount, _ in payments), ZERO),
        spent=sum(spent, ZERO),
        unentered=sum((amount for amount, is_entered in payments if not is_entered), ZERO),
    )


def spent_on(project: Project, account: Any) -> Decimal | None:
    """The sum of the project's spending lines, None where there is none."""
    total: Decimal | None = _spending(project, account).aggregate(total=Sum("amount"))["total"]
    return total


def _spending(project: Project, account: Any) -> Any:
    lines = FundingLine.objects.visible_to(account).active().in_cash()
    return lines.filter(project=project, stage=FundStage.SPENT)


def comparison(project: Project, account: Any) -> Comparison | None:
    """For one project, as the account sees it."""
    payments = ContractPayment.objects.visible_to(account).standing().filter(contract__project=project)
    paid = [(row.amount, row.stands_in_lines) for row in payments.select_related("line")]
    return compared(paid, _spending(project, account).values_list("amount", flat=True)) if paid else None


def contract_facts(project: Project, account: Any) -> list[dict[str, Any]]:
    """Sums over the project's contracts, and whether payments and spending agree."""
    current = ProjectContract.objects.visible_to(account).filter(project=project, archived_at__isnull=True)
    total = current.aggregate(agreed=Sum(F("amount") + F("supplemented")), paid=Sum("paid"))
    if total["agreed"] is None:
        return []
    facts = [
        {"label": "合同合计", "value": wan_text(total["agreed"]), "note": "含补充协议"},
        {"label": "已付", "value": wan_text(total["paid"]), "url": _payments_url(project)},
        {"label": "未付", "value": wan_text(total["agreed"] - total["paid"])},
    ]
    found = comparison(project, account)
    return [*facts, _agreement(found)] if found else facts


def _payments_url(project: Project) -> str:
    return f"{reverse('contract_payments-list')}?project={project.pk}"


def _agreement(found: Comparison) -> dict[str, Any]:
    """Payments and spending are the same money seen from two sides."""
    if found.agrees:
        return {"label": "付款与资金支出", "value": "一致", "badge": "ok"}
    note = f"付款 {wan_text(found.paid)}，资金明细支出 {wan_text(found.spent)}"
    if found.unentered:
        note += f"；{wan_text(found.unentered)} 付款没有记入支出"
    return {
        "label": "付款与资金支出",
        "value": f"相差 {wan_text(abs(found.difference))}" if found.difference else "没有对上",
        "note": note,
        "badge": "warn",
    }
