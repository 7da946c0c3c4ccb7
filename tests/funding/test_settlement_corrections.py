"""A later correction is a new line in the next month, and everything adds up to the fen."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import (
    CostShareRule,
    FundingLine,
    FundingSource,
    Payment,
    Settlement,
    SettlementCorrection,
    SettlementLine,
    SettlementShare,
)
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    HEAD,
    approved,
    assert_days_make_up,
    confirm_all,
    draft,
    numbers,
    pay,
    refused_by_the_database,
    served,
    standing,
    state,
)
from tests.world import World

__all__ = ["served", "standing"]


def test_a_correction_is_a_new_line_in_the_next_month(served: World) -> None:
    january = approved(served)
    before = numbers(january)
    line = january.lines.get(shop__name="一号店")
    with pytest.raises(Refused, match="只结算了 20 份"):
        actions.correct_settled(by=served.account(CLERK), line=line, meals=-21, words="多")
    actions.correct_settled(by=served.account(CLERK), line=line, meals=-3, words="重复打卡")
    february = draft(served, FEBRUARY)
    new = february.lines.get(shop__name="一号店")
    assert (new.meals_valid, new.correction_meals, new.correction_amount) == (5, -3, Decimal("-33.00"))
    assert new.payable == Decimal("16.00")
    assert numbers(january) == before
    assert draft(served, FEBRUARY).lines.get(pk=new.pk).payable == Decimal("16.00")


def test_a_correction_follows_the_rule_of_its_day(served: World) -> None:
    by, rule = served.account(CLERK), CostShareRule.objects.get(programme=served.programmes["632322"])
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 11))
    actions.create_rule(
        by=by,
        programme=served.programmes["632322"],
        face_value=Decimal("12.00"),
        valid_from=date(2023, 1, 11),
        payers="县级配套 12元",
    )
    line = approved(served).lines.get(shop__name="一号店")
    with pytest.raises(Refused, match=r"分担办法变过.*请写明是哪一天"):
        actions.correct_settled(by=by, line=line, meals=-1, words="重复")
    with pytest.raises(Refused, match="应在2023年1月之内"):
        actions.correct_settled(by=by, line=line, meals=-1, words="重复", day=FEBRUARY)
    with pytest.raises(Refused, match=r"按每份 11\.00 元只结算了 10 份"):
        actions.correct_settled(by=by, line=line, meals=-11, words="重复", day=date(2023, 1, 10))
    actions.correct_settled(by=by, line=line, meals=-1, words="重复", day=date(2023, 1, 10))
    actions.correct_settled(by=by, line=line, meals=1, words="漏记", day=date(2023, 1, 11))
    new = draft(served, FEBRUARY).lines.get(shop__name="一号店")
    assert (new.correction_meals, new.correction_amount) == (0, Decimal("1.00"))
    assert new.payable == 5 * 12 - 8 + 12


def test_a_correction_that_the_month_cannot_bear_waits(served: World) -> None:
    line = approved(served).lines.get(shop__name="一号店")
    actions.correct_settled(by=served.account(CLERK), line=line, meals=-8, words="重复打卡")
    february = draft(served, FEBRUARY)
    assert february.lines.get(shop__name="一号店").payable == Decimal("40.00")
    assert SettlementCorrection.objects.get().taken_in is None


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_whatever_the_rules_every_month_and_the_project_add_up_to_the_fen(served: World, data: Any) -> None:
    """Random rules, disputes, corrections and returned payments over two months: everything agrees."""
    with transaction.atomic():
        _random_project(served, data)
        transaction.set_rollback(True)
    scope.apply_everywhere()


def _random_project(world: World, data: Any) -> None:
    by = world.account(CLERK)
    rule = CostShareRule.objects.get(programme=world.programmes["632322"])
    weights = data.draw(st.tuples(st.integers(1, 99), st.integers(1, 99)))
    payers = f"职工个人 {data.draw(st.integers(1, 300)) / 100:.2f}元；县级配套 比例{weights[0] / 10}；援建企业 比例{weights[1]}"
    rule = actions.change_rule(by=by, row=rule, face_value=Decimal("11.37"), payers=payers)
    january = draft(world)
    if data.draw(st.booleans()):
        state(world, data.draw(st.integers(0, 19)))
        actions.decide_exceptions(by=by, row=january, decision="disputed", words="按报数")
    _finish(world, january)
    line = january.lines.get(shop__name="一号店")
    meals = data.draw(st.integers(-min(4, line.meals_valid), 9).filter(bool))
    actions.correct_settled(by=by, line=line, meals=meals, words="更正")
    if data.draw(st.booleans()):
        _other_payers(world, rule)
    february = draft(world, FEBRUARY)
    _finish(world, february)
    for settlement in (january, february):
        for line in settlement.lines.all():
            shares = list(line.shares.select_related("share"))
            assert sum(share.amount for share in shares) == line.amount + line.correction_amount
            assert sum(share.amount for share in shares if share.share.is_public) == line.payable
            assert line.amount == line.meals_valid * Decimal("11.37")
            assert line.correction_amount == line.correction_meals * Decimal("11.37")
            assert_days_make_up(line, by)
    assert _spent() == _paid()
    _random_returns(world, data)


def _random_returns(world: World, data: Any) -> None:
    by = world.account(CLERK)
    for payment in Payment.objects.order_by("pk"):
        if data.draw(st.booleans()):
            actions.return_payment(by=by, row=payment, returned_on=date.today(), words="账号有误")
            assert _spent() == _paid()
    if data.draw(st.booleans()):
        for settlement in Settlement.objects.filter(stage="approved"):
            pay(world, settlement, reference="回单002")
        assert _spent() == _paid()
        assert sum(_paid().values()) == sum(SettlementLine.objects.values_list("payable", flat=True))


def _other_payers(world: World, rule: CostShareRule, begins: date = FEBRUARY) -> None:
    """From a day on others bear the meals; what is taken back for a former month is the former payers'."""
    by = world.account(CLERK)
    actions.change_rule(by=by, row=rule, valid_to=begins)
    actions.create_rule(
        by=by,
        programme=world.programmes["632322"],
        face_value=rule.face_value,
        valid_from=begins,
        payers=f"省州两级工会 {rule.face_value}元",
    )


def _spent() -> dict[str, Decimal]:
    """By source, as the lines have it."""
    lines = FundingLine.objects.active().filter(stage="spent").order_by()
    return dict(lines.values_list("source__name").annotate(Sum("amount")))


def _paid() -> dict[str, Decimal]:
    """By source, as what stands was paid for it; together what left the account."""
    standing = Payment.objects.standing()
    shares = SettlementShare.objects.filter(
        line__payments__in=standing, share__source__isnull=False
    ).order_by()
    by_source = dict(shares.values_list("share__source__name").annotate(Sum("amount")))
    assert sum(by_source.values()) == sum(standing.values_list("amount", flat=True))
    return {name: amount for name, amount in by_source.items() if amount}


def _finish(world: World, settlement: Settlement) -> None:
    confirm_all(world, settlement)
    actions.check_month(by=world.account(CLERK), row=settlement, without_statements=True)
    actions.approve_month(by=world.account(HEAD), row=settlement)
    pay(world, settlement)


def test_a_source_that_is_given_back_more_than_it_bears_has_spent_less(served: World) -> None:
    """Three meals of January at 8 yuan are taken back in February, which another source pays."""
    by, rule = served.account(CLERK), CostShareRule.objects.get(programme=served.programmes["632322"])
    january = approved(served)
    pay(served, january)
    _other_payers(served, rule)
    line = january.lines.get(shop__name="一号店")
    actions.correct_settled(by=by, line=line, meals=-3, words="重复打卡")
    february = draft(served, FEBRUARY)
    _finish(served, february)
    assert _spent() == _paid() == {"县级配套": Decimal(30 * 8 - 3 * 8), "省州两级工会": Decimal(5 * 11)}
    [set_off] = FundingLine.objects.filter(amount__lt=0)
    assert (set_off.amount, set_off.source.name) == (Decimal("-24.00"), "县级配套")
    assert "冲减" in set_off.note
    actions.return_payment(by=by, row=february.payments.get(), returned_on=date.today(), words="账号有误")
    assert _spent() == _paid() == {"县级配套": Decimal(30 * 8)}


def test_spending_that_an_earlier_version_left_out_is_found_and_written_by_the_steps_of_the_handbook(
    served: World,
) -> None:
    by, rule = served.account(CLERK), CostShareRule.objects.get(programme=served.programmes["632322"])
    january = approved(served)
    pay(served, january)
    _other_payers(served, rule)
    actions.correct_settled(by=by, line=january.lines.get(shop__name="一号店"), meals=-3, words="重复打卡")
    february = draft(served, FEBRUARY)
    _finish(served, february)
    assert _left_out() == []
    _forget(served, FundingLine.objects.get(amount__lt=0))
    [(month, _, _, amount)] = _left_out()
    assert (month, amount) == (february.pk, Decimal(-24))
    payment = february.payments.get()
    actions.return_payment(by=by, row=payment, returned_on=date.today(), words="补记冲减")
    actions.keep_payment(by=by, row=Payment.objects.get(pk=payment.pk), reason="补记冲减")
    assert _left_out() == [] and _spent() == _paid()
    february.refresh_from_db()
    assert february.stage == "paid"


def _left_out() -> list[Any]:
    """What the query of docs/operations.md finds."""
    handbook = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    [query] = re.findall(r"```sql\n(select p\.settlement_id.+?)```", handbook, re.S)
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _forget(world: World, line: FundingLine) -> None:
    """As if it had never been written."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]), connection.cursor() as cursor:
        for table in ("funding_fundingline", "funding_settlementspending"):
            cursor.execute(f"set constraints all immediate; alter table {table} disable trigger user")
        cursor.execute("delete from funding_settlementspending where line_id = %s", [line.pk])
        cursor.execute("delete from funding_fundingline where id = %s", [line.pk])
        for table in ("funding_fundingline", "funding_settlementspending"):
            cursor.execute(f"set constraints all immediate; alter table {table} enable trigger user")
        cursor.execute("set constraints all deferred")


def test_nobody_else_writes_negative_spending(served: World) -> None:
    by, programme = served.account(CLERK), served.programmes["632322"]
    source = FundingSource.objects.get(county_id=632322, kind="county_match")
    given = {"programme": programme, "source": source, "stage": "spent", "recorded_on": date(2023, 1, 9)}
    with pytest.raises(Refused, match="必须大于0"):
        actions.record_line(by=by, amount=Decimal(-1), **given)
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    said = refused_by_the_database(
        lambda: _at_the_end(lambda: FundingLine.objects.create(**place, amount=Decimal(-1), **given)), served
    )
    assert "written by no settlement" in said


def _at_the_end(change: Callable[[], Any]) -> None:
    """With what is checked when the transaction ends."""
    change()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
