"""A payment that the bank returned: it stays in the file, and its shop is paid once more and not twice."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from openpyxl import load_workbook

from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.actions.paying import payment_of
from funding.models import FundingLine, FundingSource, Payment, Settlement, SettlementLine, SettlementSpending
from funding.settlement.forecast import forecasts
from tests.funding.months import (
    CLERK,
    HEAD,
    approved,
    at_once,
    month_of,
    numbers,
    page_of,
    pay,
    refused_by_the_database,
    served,
    standing,
)
from tests.world import World

__all__ = ["served", "standing"]


def today() -> date:
    """Asked every time: a run that passes midnight has two days."""
    return timezone.localdate()


def _paid(world: World) -> Settlement:
    settlement = pay(world, approved(world))
    settlement.refresh_from_db()
    assert settlement.stage == "paid"
    return settlement


def _payment(name: str = "一号店") -> Payment:
    return Payment.objects.get(line__shop__name=name, returned_on=None)


def _return(world: World, payment: Payment, **values: Any) -> Payment:
    given = {"returned_on": today(), "words": "收款账号有误", **values}
    return actions.return_payment(by=world.account(CLERK), row=payment, **given)


def _spent() -> Decimal:
    lines = FundingLine.objects.active().filter(stage="spent")
    return sum(lines.values_list("amount", flat=True), Decimal(0))


def test_a_returned_payment_stays_in_the_file_and_its_shop_is_paid_again(served: World) -> None:
    settlement = _paid(served)
    before = numbers(settlement)
    first = _return(served, _payment())
    settlement.refresh_from_db()
    line = first.line
    assert (settlement.stage, line.payment_state, _spent()) == ("approved", "退回待重付", Decimal("80.00"))
    pay(served, settlement, reference="回单099")
    settlement.refresh_from_db()
    assert (settlement.stage, _spent()) == ("paid", Decimal("240.00"))
    told = (
        Payment.objects.filter(line=line).order_by("pk").values_list("reference", "amount", "returned_reason")
    )
    assert list(told) == [
        ("回单001", Decimal("160.00"), "收款账号有误"),
        ("回单099", Decimal("160.00"), ""),
    ]
    assert numbers(settlement) == before


def test_a_month_that_was_put_away_opens_for_payment_alone(served: World) -> None:
    settlement = actions.close_month(by=served.account(CLERK), row=_paid(served))
    _return(served, _payment())
    settlement.refresh_from_db()
    assert settlement.stage == "approved"
    with pytest.raises(Refused, match="付清之后才能归档"):
        actions.close_month(by=served.account(CLERK), row=settlement)
    with pytest.raises(Refused, match="已批准，不能再改"):
        actions.redraft_month(by=served.account(CLERK), row=settlement)
    for stage in ("paid", "closed", "checked"):
        assert "HINT" in refused_by_the_database(partial(Settlement.objects.update, stage=stage), served)
    scope.apply_everywhere()
    pay(served, settlement, reference="回单099")
    settlement.refresh_from_db()
    assert actions.close_month(by=served.account(CLERK), row=settlement).stage == "closed"


def test_what_is_paid_again_has_another_reference(served: World) -> None:
    settlement = _paid(served)
    _return(served, _payment())
    with pytest.raises(Refused, match="“一号店”退回的付款用过这个凭证号"):
        pay(served, settlement, reference="回单001")


def test_a_return_names_its_day_and_reason_and_is_recorded_once(served: World) -> None:
    _paid(served)
    payment = _payment()
    for day in (today() - timedelta(days=1), today() + timedelta(days=1)):
        with pytest.raises(Refused, match="退回日期应在付款的"):
            _return(served, payment, returned_on=day)
    with pytest.raises(Refused, match="请写明退回原因"):
        _return(served, payment, words=" ")
    _return(served, payment)
    with pytest.raises(Refused, match="已登记"):
        _return(served, payment)


def test_a_return_recorded_by_mistake_is_taken_back_until_the_shop_is_paid_again(served: World) -> None:
    by, settlement = served.account(CLERK), _paid(served)
    payment = _return(served, _payment())
    actions.keep_payment(by=by, row=payment, reason="看错了门店")
    settlement.refresh_from_db()
    payment.refresh_from_db()
    assert (settlement.stage, payment.returned_on, _spent()) == ("paid", None, Decimal("240.00"))
    with pytest.raises(Refused, match="没有登记退回"):
        actions.keep_payment(by=by, row=payment, reason="再一次")
    _return(served, payment)
    pay(served, settlement, reference="回单099")
    with pytest.raises(Refused, match="已经重新付款"):
        actions.keep_payment(by=by, row=payment, reason="看错了门店")


def test_spending_is_written_by_day_and_follows_what_stands(served: World) -> None:
    """Paid today, returned, and nothing else: the day's line goes; it comes back with the next payment."""
    settlement = _paid(served)
    for name in ("一号店", "二号店"):
        _return(served, _payment(name))
    assert _spent() == 0 and FundingLine.objects.filter(stage="spent").count() == 1
    pay(served, settlement, reference="回单099")
    row = SettlementSpending.objects.get()
    assert (row.line.amount, row.line.archived_at, row.paid_on) == (Decimal("240.00"), None, today())


def test_the_database_keeps_payments_and_spending_past_the_actions(served: World) -> None:
    _paid(served)
    returned = {
        "returned_on": today(),
        "returned_reason": "x",
        "returned_by": served.account(CLERK),
        "returned_at": timezone.now(),
    }
    spent = FundingLine.objects.filter(stage="spent")
    changes: dict[str, Callable[[], Any]] = {
        "returned in a month that is paid": lambda: Payment.objects.update(**returned),
        "amount": lambda: Payment.objects.update(amount=1),
        "paid day": lambda: Payment.objects.update(paid_on=today() - timedelta(days=1)),
        "spending": lambda: spent.update(amount=1),
        "no spending": lambda: spent.update(archived_at=timezone.now()),
        "spent on another day": lambda: spent.update(recorded_on=today() - timedelta(days=1)),
    }
    said = {name: refused_by_the_database(change, served) for name, change in changes.items()}
    assert {name: text for name, text in said.items() if "HINT" not in text} == {}


# --- two at once


@pytest.fixture
def open_month(standing: World) -> World:
    """An approved month, really committed."""
    actions.approve_month(by=standing.account(HEAD), row=month_of(standing))
    return standing


def _committed(world: World, read: Callable[[], Any]) -> Any:
    with scope.applied(world.account(CLERK)):
        return read()


def test_of_many_who_return_and_pay_again_at_once_one_does(open_month: World) -> None:
    settlement = month_of(open_month)
    pay(open_month, settlement)
    payment = _committed(open_month, lambda: _payment())
    said = at_once(6, lambda: _return(open_month, payment))
    assert said.count("done") == 1 and len(said) == 6
    said = at_once(6, lambda: pay(open_month, settlement, reference="回单099"))
    assert said.count("done") == 1 and len(said) == 6
    assert _committed(open_month, _references) == ["回单099"]
    assert _committed(open_month, _spent) == Decimal("160.00")


def _references() -> list[str]:
    return list(Payment.objects.standing().values_list("reference", flat=True))


def _paid_past_the_action(world: World, number: Iterator[int]) -> Callable[[], None]:
    """Payments as something that knows nothing of the month's lock would write them."""
    line = _committed(world, lambda: SettlementLine.objects.get(settlement__month=month_of(world).month))

    def attempt() -> None:
        try:
            with bootstrap("demo.load", lambda: world.accounts["admin"]):
                payment_of(line, f"回单{next(number)}", today()).save(force_insert=True)
        except IntegrityError as refused:
            raise Refused(str(refused)) from refused

    return attempt


def _standing_after(world: World) -> int:
    at_once(6, _paid_past_the_action(world, iter(range(100, 200))))
    return int(_committed(world, lambda: Payment.objects.standing().count()))


def test_of_payments_past_the_actions_one_stands(open_month: World) -> None:
    assert _standing_after(open_month) == 1


@pytest.fixture
def without_constraint(open_month: World) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_indexdef('payment_stands_once'::regclass)")
        definition = cursor.fetchone()[0]
        cursor.execute("drop index payment_stands_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("truncate funding_payment cascade")
        cursor.execute(definition)


def test_without_the_constraint_more_than_one_stands(open_month: World, without_constraint: None) -> None:
    """The control: it is the constraint that keeps the promise, and the test above would notice."""
    assert _standing_after(open_month) > 1


def test_a_return_and_an_archiving_at_once_never_leave_a_shop_unpaid(open_month: World) -> None:
    settlement = month_of(open_month)
    pay(open_month, settlement)
    payment = _committed(open_month, lambda: _payment())
    by = open_month.account(CLERK)
    moves: list[Callable[[], Any]] = [
        partial(_return, open_month, payment),
        partial(actions.close_month, by=by, row=settlement),
    ]
    turns = iter(moves)
    at_once(2, lambda: next(turns)())
    assert month_of(open_month).stage == "approved"


# --- what people see


def test_pages_lists_and_documents_do_not_count_what_came_back(served: World) -> None:
    settlement = _paid(served)
    payment = _return(served, _payment())
    page = page_of(served, CLERK, f"/settlements/{settlement.pk}/").content.decode()
    for words in ("1 家门店的付款被银行退回", "退回待重付", "160.00 元", "80.00 元"):
        assert words in page, words
    listed = page_of(served, CLERK, "/settlement_lines/?paid=returned").content.decode()
    assert "一号店" in listed and "二号店" not in listed
    assert "收款账号有误" in page_of(served, CLERK, f"/settlement_payments/{payment.pk}/").content.decode()
    answer = page_of(served, CLERK, f"/settlements/{settlement.pk}/sheet/")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    *rows, total = [row[:2] + row[4:] for row in book["付款"].iter_rows(min_row=2, values_only=True)]
    assert [row[0] for row in rows] == ["一号店", "二号店"] and rows[0][3] == "收款账号有误"
    assert total[:2] == ("合计（不含退回）", 80)
    assert page_of(served, CLERK, f"/settlements/{settlement.pk}/print/").status_code == 200


def _used(world: World) -> str:
    fact: dict[str, str] = forecasts(world.account(CLERK))["programmes"][0]["facts"][1]
    assert fact["label"] == "已用"
    return fact["value"]


def test_the_forecast_counts_a_month_once_however_often_it_was_paid(served: World) -> None:
    settlement = _paid(served)
    before = _used(served)
    _return(served, _payment())
    assert _used(served) == before
    pay(served, settlement, reference="回单099")
    assert _used(served) == before


def test_money_that_lasts_beyond_what_is_foreseeable_is_said_to(served: World) -> None:
    """Not that nobody eats: the line above says how many did."""
    source = FundingSource.objects.get(county_id=632322, kind="county_match")
    given = {"programme": served.programmes["632322"], "source": source, "stage": "received"}
    actions.record_line(
        by=served.account(CLERK), amount=Decimal("9000000"), recorded_on=date(2023, 1, 9), **given
    )
    fact = forecasts(served.account(CLERK))["programmes"][0]["facts"][-1]
    assert fact["value"] == "一百年内用不完" and "近来每天只用" in fact["note"]


def test_a_payment_is_returned_through_its_page(served: World, client: Any) -> None:
    _paid(served)
    payment = _payment()
    client.force_login(served.accounts[CLERK])
    url = f"/settlement_payments/{payment.pk}/"
    assert "登记退回" in client.get(url).content.decode()
    answer = client.post(f"{url}return/", {"returned_on": today().isoformat(), "words": "户名不符"})
    assert answer.status_code == 302
    page = client.get(url).content.decode()
    assert "户名不符" in page and "撤销退回" in page
    assert client.post(f"{url}keep/", {"reason": "看错了"}).status_code == 302
    with transaction.atomic():
        scope.apply_everywhere()
        assert Payment.objects.get(pk=payment.pk).returned_on is None
