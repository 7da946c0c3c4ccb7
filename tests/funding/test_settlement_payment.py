"""An approved month never changes, and is paid once."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from cases.models import MealCheckIn, PartnerShop
from core import scope
from core.actions import Refused
from funding import actions
from funding.models import (
    CostShareRule,
    FundingLine,
    Payment,
    Settlement,
    SettlementException,
    SettlementLine,
    SettlementShare,
)
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    HEAD,
    approved,
    draft,
    numbers,
    pay,
    refused_by_the_database,
    serve,
    served,
    standing,
    state,
)
from tests.world import World

__all__ = ["served", "standing"]


def _delete(settlement: Settlement) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from funding_settlement where id = %s", [settlement.pk])


def test_an_approved_month_cannot_change_past_the_actions(served: World) -> None:
    settlement = approved(served)
    meal = MealCheckIn.objects.filter(served_on__month=1, served_on__year=2023).earliest("pk")
    shop = meal.shop
    lines = SettlementLine.objects.filter(settlement=settlement)
    changes: dict[str, Callable[[], Any]] = {
        "line": lambda: lines.update(payable=1),
        "no line": lambda: SettlementShare.objects.filter(settlement=settlement).delete(),
        "share": lambda: SettlementShare.objects.filter(settlement=settlement).update(amount=1),
        "new exception": lambda: SettlementException.objects.create(
            union_id=shop.union_id,
            county_id=shop.county_id,
            settlement=settlement,
            shop=shop,
            meal=meal,
            reason="burst",
            detail="x",
        ),
        "stage": lambda: Settlement.objects.filter(pk=settlement.pk).update(stage="drafted"),
        "days": lambda: Settlement.objects.filter(pk=settlement.pk).update(eligible_days=1),
        "gone": lambda: _delete(settlement),
        "meal": lambda: MealCheckIn.objects.filter(pk=meal.pk).update(served_on=date(2023, 3, 1)),
        "meal gone": lambda: MealCheckIn.objects.filter(pk=meal.pk).delete(),
        "new meal": lambda: serve(served, shop, 1, date(2023, 1, 28)),
        "meal moved in": lambda: MealCheckIn.objects.filter(served_on=FEBRUARY).update(
            served_on=date(2023, 1, 29)
        ),
        "rule": lambda: (
            CostShareRule.objects.get(programme=served.programmes["632322"])
            .shares.filter(position=1)
            .update(amount=Decimal(2))
        ),
    }
    said = {name: refused_by_the_database(change, served) for name, change in changes.items()}
    assert {name: text for name, text in said.items() if "HINT" not in text} == {}
    scope.apply_everywhere()
    assert [line[5] for line in numbers(settlement)] == [Decimal("160.00"), Decimal("80.00")]


def test_a_meal_of_an_approved_month_is_refused_with_a_sentence(served: World) -> None:
    from cases.actions import record_meal

    approved(served)
    shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="一号店")
    with pytest.raises(Refused, match="结算已批准，就餐记录不能再改"):
        record_meal(
            by=served.account(CLERK),
            programme=served.programmes["632322"],
            shop=shop,
            person=served.persons["632322-1"],
            served_on=date(2023, 1, 28),
        )


def test_nothing_is_decided_or_drafted_in_an_approved_month(served: World) -> None:
    settlement = approved(served)
    for attempt in (
        lambda: draft(served),
        lambda: actions.redraft_month(by=served.account(CLERK), row=settlement),
        lambda: state(served, 3),
        lambda: actions.approve_month(by=served.account(HEAD), row=settlement),
    ):
        with pytest.raises(Refused, match=r"已批准|已经批准"):
            attempt()


# --- payment


def test_paying_records_the_spending_once(served: World) -> None:
    settlement = approved(served)
    shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="二号店")
    pay(served, settlement, shop=shop, reference="回单002")
    settlement.refresh_from_db()
    assert settlement.stage == "approved"
    assert FundingLine.objects.get(stage="spent").amount == Decimal("80.00")
    pay(served, settlement)
    settlement.refresh_from_db()
    assert settlement.stage == "paid"
    assert sum(Payment.objects.values_list("amount", flat=True)) == Decimal("240.00")
    line = FundingLine.objects.get(stage="spent")
    assert (line.amount, line.source.name, line.programme_id) == (
        Decimal("240.00"),
        "县级配套",
        settlement.programme_id,
    )
    with pytest.raises(Refused, match="已经付清"):
        pay(served, settlement)
    with pytest.raises(Refused, match="由月结算生成"):
        actions.correct_line(by=served.account(CLERK), row=line, amount=Decimal(1))
    actions.close_month(by=served.account(CLERK), row=settlement)


def test_a_payment_is_never_rewritten_nor_of_another_amount(served: World) -> None:
    settlement = approved(served)
    line = settlement.lines.get(shop__name="一号店")
    wrong = Payment(
        union_id=line.union_id,
        county_id=line.county_id,
        settlement=settlement,
        line=line,
        amount=Decimal(1),
        reference="x",
        paid_on=date.today(),
    )
    assert "HINT" in refused_by_the_database(lambda: wrong.save(force_insert=True), served)
    scope.apply_everywhere()
    pay(served, settlement)
    assert "HINT" in refused_by_the_database(lambda: Payment.objects.update(reference="y"), served)
    assert "HINT" in refused_by_the_database(lambda: Payment.objects.all().delete(), served)


def test_payday_lies_between_approval_and_today(served: World) -> None:
    settlement = approved(served)
    for day in (date.today() - timedelta(days=9), date.today() + timedelta(days=9)):
        with pytest.raises(Refused, match="付款日期应在"):
            pay(served, settlement, paid_on=day)
