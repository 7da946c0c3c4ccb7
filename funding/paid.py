"""The 支出 line of a payment on a contract says what the payment says: it is corrected and taken out with it. Only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.checks import Problem
from core.money import yuan
from funding.models import ContractPayment, FundingLine, FundStage


@dataclass(frozen=True)
class Paid:
    """A payment that stands, as its line should tell it."""

    number: str
    paid_on: date
    amount: Decimal
    project_id: int
    source_id: int | None

    @property
    def words(self) -> str:
        return f"这笔支出就是合同 {self.number} 在 {self.paid_on} 的付款 {yuan(self.amount)} 元"

    def refusal(self, changed: dict[str, Any]) -> tuple[str, Problem] | None:
        """Which changed column of the line would tell another thing than the payment, and what to do."""
        tells = {
            "amount": self.amount,
            "recorded_on": self.paid_on,
            "project_id": self.project_id,
            "programme_id": None,
            "source_id": self.source_id or changed.get("source_id"),
            "stage": FundStage.SPENT,
            "goods": "",
        }
        parted = next((name for name in tells if name in changed and changed[name] != tells[name]), None)
        if parted is None:
            return None
        field: Any = FundingLine._meta.get_field(parted)
        reason = f"{self.words}，“{field.verbose_name}”不能单独改"
        return field.name, Problem(reason, "请在那笔付款的页面“修改”，支出会一起更正")


def paid_by(account: Any, lines: Iterable[int]) -> dict[int, Paid]:
    """The payments that stand, by their line."""
    found = ContractPayment.objects.visible_to(account).standing().filter(line__in=list(lines))
    told = ("line_id", "contract__number", "paid_on", "amount", "contract__project_id", "source_id")
    return {line: Paid(*rest) for line, *rest in found.order_by().values_list(*told)}
