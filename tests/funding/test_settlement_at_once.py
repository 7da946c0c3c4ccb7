"""Several people at once: one month, one approval, one payment."""

import threading
from datetime import date
from decimal import Decimal

from django.db import transaction

from cases.models import MealCheckIn, PartnerShop
from core import scope
from funding import actions
from funding.models import (
    FundingLine,
    Payment,
    Settlement,
)
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    HEAD,
    JANUARY,
    at_once,
    month_of,
    served,
    standing,
)
from tests.world import World

__all__ = ["served", "standing"]


def test_of_many_who_approve_and_pay_at_once_one_does(standing: World) -> None:
    settlement, head, clerk = month_of(standing), standing.account(HEAD), standing.account(CLERK)
    said = at_once(8, lambda: actions.approve_month(by=head, row=settlement))
    assert said.count("done") == 1 and len(said) == 8
    said = at_once(
        8, lambda: actions.pay_month(by=clerk, row=settlement, reference="回单", paid_on=date.today())
    )
    assert said.count("done") == 1 and len(said) == 8
    with transaction.atomic():
        scope.apply_everywhere()
        assert list(Payment.objects.values_list("amount", flat=True)) == [Decimal("160.00")]
        assert FundingLine.objects.filter(stage="spent").count() == 1


def test_of_many_who_draft_at_once_one_month_comes(standing: World) -> None:
    clerk, programme = standing.account(CLERK), standing.programmes["632322"]
    said = at_once(6, lambda: actions.draft_month(by=clerk, programme=programme, month=FEBRUARY))
    assert said == ["done"] * 6
    with transaction.atomic():
        scope.apply_everywhere()
        assert Settlement.objects.filter(month=FEBRUARY).count() == 1


def test_a_meal_and_an_approval_at_once_never_leave_a_meal_unpaid(standing: World) -> None:
    """Whichever comes first: the meal is refused, or the approval."""
    from cases.actions import record_meal

    settlement, head, clerk = month_of(standing), standing.account(HEAD), standing.account(CLERK)
    with transaction.atomic():
        scope.apply_everywhere()
        shop = PartnerShop.objects.get(programme=standing.programmes["632322"])
    turns = iter(
        (
            lambda: actions.approve_month(by=head, row=settlement),
            lambda: record_meal(
                by=clerk,
                programme=standing.programmes["632322"],
                shop=shop,
                person=standing.persons["632322-1"],
                served_on=date(2023, 1, 28),
            ),
        )
    )
    lock = threading.Lock()

    def attempt() -> None:
        with lock:
            turn = next(turns)
        turn()

    said = at_once(2, attempt)
    assert said.count("done") == 1, said
    with transaction.atomic():
        scope.apply_everywhere()
        meals = MealCheckIn.objects.filter(served_on__range=(JANUARY, date(2023, 1, 31)), county_id=632322)
        is_approved = Settlement.objects.get(pk=settlement.pk).stage == "approved"
        assert meals.count() == (20 if is_approved else 21)
