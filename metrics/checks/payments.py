"""Payments against spending: what was paid on a project's contracts and what its lines say was spent."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Prefetch

from cases.models import Project
from funding.models import ContractPayment, FundingLine, FundStage, ProjectContract
from funding.spending import Comparison, compared
from metrics.checks.base import Check, Contradiction
from metrics.words import money


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Projects with payments that the spending lines do not match."""
    paid = ContractPayment.objects.standing().select_related("line")
    spent = FundingLine.objects.active().in_cash().filter(stage=FundStage.SPENT)
    contracts = ProjectContract.objects.filter(payments__in=paid, county_id__in=codes)
    current: Any = Project.objects.filter(archived_at__isnull=True, pk__in=contracts.values("project"))
    projects = current.prefetch_related(
        Prefetch("contracts__payments", queryset=paid, to_attr="standing"),
        Prefetch("funding_lines", queryset=spent, to_attr="spending"),
    )
    for project in projects:
        found = _compared(project)
        if found is not None and not found.agrees:
            yield Contradiction(
                subject_id=project.pk,
                subject_label=project.name,
                union_id=project.union_id,
                county_id=project.county_id,
                message=_message(found),
                detail={
                    "paid": str(found.paid),
                    "spent": str(found.spent),
                    "unentered": str(found.unentered),
                },
            )


def _compared(project: Any) -> Comparison | None:
    payments = [row for contract in project.contracts.all() for row in contract.standing]
    paid = [(row.amount, row.stands_in_lines) for row in payments]
    return compared(paid, [line.amount for line in project.spending])


def _message(found: Comparison) -> str:
    text = f"合同付款 {money(found.paid)}，资金明细支出 {money(found.spent)}"
    if found.difference:
        text += f"，相差 {money(abs(found.difference))}"
    if found.unentered:
        text += f"；其中 {money(found.unentered)} 付款没有对应的支出明细"
    return (
        f"{text}。请在付款页面“记入资金支出”或“对上已有支出”；"
        "已对上的支出金额不同的，把它更正为付款的金额；或写明原因。"
    )


PAYMENTS_AGAINST_SPENDING = Check(
    key="payments_against_spending",
    label="合同付款与资金支出",
    subject_type="cases.project",
    find=find,
)
