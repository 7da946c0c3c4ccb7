"""Everybody who works on a month takes the month first: two at once wait for each other in one order."""

import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, connections

from cases import actions as cases
from cases.models import MealCheckIn, PartnerShop
from core import scope
from core.actions import bootstrap
from funding import actions
from funding.actions.months import held_month
from funding.models import Payment, Settlement, SettlementException, SettlementLine
from tests.funding.months import (
    CLERK,
    HEAD,
    JANUARY,
    at_once,
    confirm_all,
    draft,
    month_of,
    pay,
    second_shop,
    second_worker,
    serve,
    state,
)
from tests.world import World, build

WAITING = "select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"


@pytest.fixture
def drafted(transactional_db: None) -> World:
    """January with two shops, worked out and really committed."""
    world = build()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        serve(world, PartnerShop.objects.get(programme=world.programmes["632322"]), 20)
        serve(world, second_shop(world), 10, enrolment=second_worker(world))
    with scope.applied(world.account(CLERK)):
        draft(world)
    return world


def _committed(world: World, read: Callable[[], Any]) -> Any:
    with scope.applied(world.account(CLERK)):
        return read()


def _meanwhile(world: World, attempt: Callable[[], Any], rows: Any) -> list[BaseException]:
    """Hold the month; as soon as the attempt waits for it, go on to the rows below, as drafting does."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            attempt()
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    with scope.applied(world.account(CLERK)):
        held_month(Settlement.objects.get(month=JANUARY))
        other.start()
        _until_it_waits()
        assert list(rows.select_for_update())
    other.join()
    return failed


def _until_it_waits() -> None:
    until = monotonic() + 20
    with connection.cursor() as cursor:
        while monotonic() < until:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    pytest.fail("the other one never waited")


def test_a_confirmation_takes_the_month_before_its_line(drafted: World) -> None:
    line = _committed(drafted, lambda: SettlementLine.objects.earliest("pk"))
    confirm = partial(actions.confirm_line, by=drafted.account(CLERK), row=line, how="盖章对账单")
    assert _meanwhile(drafted, confirm, SettlementLine.objects.order_by("pk")) == []


def test_a_decision_takes_the_month_before_its_doubt(drafted: World) -> None:
    _committed(drafted, lambda: state(drafted, 17))
    doubt = _committed(drafted, lambda: SettlementException.objects.get())
    given = {"decision": "accepted", "words": "门店漏记"}
    decide = partial(actions.decide_exception, by=drafted.account(CLERK), row=doubt, **given)
    assert _meanwhile(drafted, decide, SettlementException.objects.order_by("pk")) == []


def test_a_return_takes_the_month_before_its_payment(drafted: World) -> None:
    month = month_of(drafted)
    _committed(drafted, lambda: confirm_all(drafted, month))
    actions.check_month(by=drafted.account(CLERK), row=month, without_statements=True)
    actions.approve_month(by=drafted.account(HEAD), row=month)
    pay(drafted, month)
    payment = _committed(drafted, lambda: Payment.objects.earliest("pk"))
    given = {"returned_on": date.today(), "words": "账号有误"}
    come_back = partial(actions.return_payment, by=drafted.account(CLERK), row=payment, **given)
    assert _meanwhile(drafted, come_back, Payment.objects.order_by("pk")) == []


def test_statements_of_two_shops_at_once_are_both_counted(drafted: World) -> None:
    """Each writes its statement, then counts the month: neither holds a part of it that the other waits for."""
    for turn in range(4):
        names = iter(("一号店", "二号店"))
        said = at_once(2, lambda names=names: _state_again(drafted, next(names)))  # type: ignore[misc]
        assert said == ["done", "done"], turn
        lines = _committed(
            drafted, lambda: list(SettlementLine.objects.values_list("meals_stated", flat=True))
        )
        assert lines == [9, 9]


def _state_again(world: World, name: str) -> None:
    with scope.applied(world.account(CLERK)):
        shop = PartnerShop.objects.get(programme=world.programmes["632322"], name=name)
        known = shop.statements.filter(archived_at__isnull=True).first()
    if known is not None:
        actions.change_statement(by=world.account(CLERK), row=known, meals=known.meals + 1)
        actions.change_statement(by=world.account(CLERK), row=known, meals=9)
    else:
        actions.state_meals(by=world.account(CLERK), shop=shop, month=JANUARY, meals=9)


def _meal() -> MealCheckIn:
    return MealCheckIn.objects.filter(served_on__gte=JANUARY).earliest("pk")


def test_a_withdrawal_takes_the_month_before_its_meal(drafted: World) -> None:
    meal = _committed(drafted, _meal)
    withdraw = partial(cases.withdraw_meal, by=drafted.account(CLERK), meal=meal, reason="登记错了人")
    assert _meanwhile(drafted, withdraw, MealCheckIn.objects.order_by("pk")) == []


def test_a_doubt_takes_the_month_before_its_meal(drafted: World) -> None:
    meal = _committed(drafted, _meal)
    doubt = partial(cases.doubt_meal, by=drafted.account(CLERK), meal=meal, words="本人说当天没有来")
    assert _meanwhile(drafted, doubt, MealCheckIn.objects.order_by("pk")) == []
