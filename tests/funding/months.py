"""Months for tests: meals that were served, and what a county does with them up to the payment."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client

from cases import actions as case_actions
from cases.models import Enrolment, MealCheckIn, PartnerShop, ShopContract
from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import Settlement, SettlementLine, ShopStatement
from funding.settlement.by_day import by_day, payers, shares_of
from tests.world import World, build

CLERK, HEAD = "632322.clerk", "632322.head"
JANUARY, FEBRUARY = date(2023, 1, 1), date(2023, 2, 1)


def serve(
    world: World, shop: PartnerShop, days: int, month: date = JANUARY, **values: Any
) -> list[MealCheckIn]:
    """One meal a day of the first worker, from the first of the month."""
    programme = world.programmes["632322"]
    enrolment = values.pop("enrolment", None) or Enrolment.objects.filter(programme=programme).earliest("pk")
    return [
        MealCheckIn.objects.create(
            union_id=shop.union_id,
            county_id=shop.county_id,
            programme=programme,
            shop=shop,
            enrolment=enrolment,
            served_on=month + timedelta(days=day),
            **values,
        )
        for day in range(days)
    ]


def first_meal() -> MealCheckIn:
    """The first shop's meal of 3 January."""
    return MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 3))


def withdraw(world: World, meal: MealCheckIn, reason: str) -> MealCheckIn:
    return case_actions.withdraw_meal(by=world.account(CLERK), meal=meal, reason=reason)


def second_shop(world: World) -> PartnerShop:
    programme = world.programmes["632322"]
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    shop = PartnerShop.objects.create(**place, programme=programme, name="二号店", stage="contracted")
    ShopContract.objects.create(**place, shop=shop, valid_from=date(2022, 7, 1))
    return shop


def second_worker(world: World) -> Enrolment:
    programme = world.programmes["632322"]
    enrolment: Enrolment = Enrolment.objects.create(
        union_id=programme.union_id,
        county_id=programme.county_id,
        programme=programme,
        person=world.persons["632322-2"],
        valid_from=date(2022, 7, 1),
    )
    return enrolment


@pytest.fixture
def served(world: World) -> World:
    """Twenty meals in January at the first shop, ten at the second, five in February."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        first = PartnerShop.objects.get(programme=world.programmes["632322"])
        serve(world, first, 20)
        serve(world, second_shop(world), 10, enrolment=second_worker(world))
        serve(world, first, 5, FEBRUARY)
    scope.apply_everywhere()
    return world


def draft(world: World, month: date = JANUARY) -> Settlement:
    return actions.draft_month(by=world.account(CLERK), programme=world.programmes["632322"], month=month)


def confirm_all(world: World, settlement: Settlement) -> None:
    for line in settlement.lines.filter(confirmed_at__isnull=True):
        actions.confirm_line(by=world.account(CLERK), row=line, how="盖章对账单")


def approved(world: World, month: date = JANUARY) -> Settlement:
    settlement = draft(world, month)
    confirm_all(world, settlement)
    actions.check_month(by=world.account(CLERK), row=settlement, without_statements=True)
    return actions.approve_month(by=world.account(HEAD), row=settlement)


def pay(world: World, settlement: Settlement, **values: Any) -> Settlement:
    given = {"reference": "回单001", "paid_on": date.today(), **values}
    return actions.pay_month(by=world.account(CLERK), row=settlement, **given)


def numbers(settlement: Settlement) -> list[tuple[Any, ...]]:
    return list(
        settlement.lines.order_by("shop__name").values_list(
            "shop__name", "meals_recorded", "meals_withheld", "meals_valid", "amount", "payable"
        )
    )


def assert_days_make_up(line: SettlementLine, by: Any) -> None:
    """The days and what stands beside them come to the line, for every payer, to the fen."""
    shares = shares_of(by, line=line)
    [found] = by_day(line.settlement, [line], shares)
    assert sum(entry.recorded for entry in found.entries) == line.meals_recorded
    assert sum(entry.withheld for entry in found.entries) == line.meals_withheld
    assert sum(entry.valid for entry in found.entries) == line.meals_valid
    assert sum(entry.total for entry in found.entries) == line.amount + line.correction_amount
    for name in payers(shares):
        borne = sum(share.amount for share in shares if share.share.name == name)
        assert sum(entry.amounts.get(name, 0) for entry in found.entries) == borne


def state(world: World, meals: int, name: str = "一号店") -> ShopStatement:
    shop = PartnerShop.objects.get(programme=world.programmes["632322"], name=name)
    return actions.state_meals(by=world.account(CLERK), shop=shop, month=JANUARY, meals=meals)


def refused_by_the_database(change: Callable[[], Any], world: World) -> str:
    with (
        pytest.raises(IntegrityError) as refused,
        transaction.atomic(),
        bootstrap("demo.load", lambda: world.accounts["admin"]),
    ):
        change()
    return str(refused.value)


@pytest.fixture
def standing(transactional_db: None) -> World:
    """A month that is checked, really committed, so that threads see it."""
    world = build()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=world.programmes["632322"])
        serve(world, shop, 20)
    with transaction.atomic():
        scope.apply_everywhere()
        settlement = draft(world)
        confirm_all(world, settlement)
        actions.check_month(by=world.account(CLERK), row=settlement, without_statements=True)
    return world


def at_once(count: int, attempt: Callable[[], Any]) -> list[str]:
    """The same thing from many threads at the same moment: `done` or the sentence of the refusal."""
    barrier, said = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            attempt()
            said.append("done")
        except Refused as refused:
            said.append(refused.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def month_of(world: World) -> Settlement:
    with transaction.atomic():
        scope.apply_everywhere()
        return Settlement.objects.get(month=JANUARY)


def page_of(world: World, account: str, url: str) -> Any:
    client = Client()
    client.force_login(world.account(account))
    return client.get(url)
