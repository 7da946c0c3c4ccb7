"""Payments against spending: what was paid on a project's contracts and what its lines say was spent."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Prefetch

from cases.models import Project
from funding.doubts import PAYMENTS_CHECK, of_payments
from funding.models import ContractPayment, FundingLine, FundStage, ProjectContract
from funding.spending import Comparison, compared
from metrics.checks.base import Check, Contradiction


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
        found = of_payments(_compared(project))
        if found:
            yield Contradiction(
                subject_id=project.pk,
                subject_label=project.name,
                union_id=project.union_id,
                county_id=project.county_id,
                message=f"{found.title}{found.text}",
                detail=dict(found.detail),
            )


def _compared(project: Any) -> Comparison | None:
    payments = [row for contract in project.contracts.all() for row in contract.standing]
    paid = [(row.amount, row.stands_in_lines) for row in payments]
    return compared(paid, [line.amount for line in project.spending])


PAYMENTS_AGAINST_SPENDING = Check(
    key=PAYMENTS_CHECK,
    label="合同付款与资金支出",
    subject_type="cases.project",
    find=find,
)
