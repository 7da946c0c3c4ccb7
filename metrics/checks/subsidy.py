"""Subsidies that came and lie unspent for longer than their standard allows."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone

from funding.models import MONTHS_TO_SPEND, SubsidyGrant
from metrics.checks.base import Check, Contradiction
from metrics.words import money


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Grants of which money has been lying too long."""
    grants: Any = SubsidyGrant.objects.active().filter(county_id__in=codes)
    overdue = grants.with_money(timezone.localdate()).filter(overdue__gt=0)
    for grant in overdue.select_related("union", "standard"):
        months = grant.standard.spend_within if grant.standard else MONTHS_TO_SPEND
        yield Contradiction(
            subject_id=grant.pk,
            subject_label=str(grant),
            union_id=grant.union_id,
            county_id=grant.county_id,
            message=(
                f"{grant.year}年补助已到账 {money(grant.received)}，已支出 {money(grant.spent)}；"
                f"其中 {money(grant.overdue)} 到账超过{months}个月还没有支出。请登记支出，或说明原因。"
            ),
            detail={
                "received": str(grant.received),
                "spent": str(grant.spent),
                "overdue": str(grant.overdue),
                "months": months,
            },
        )


UNSPENT_SUBSIDY = Check(
    key="unspent_subsidy", label="补助资金超期未支出", subject_type="funding.subsidygrant", find=find
)
