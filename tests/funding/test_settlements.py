"""A month from check-ins to payment: what it pays, what holds it up, and that it never changes afterwards."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Enrolment, MealCheckIn, PartnerShop, ShopContract
from core import scope
from core.actions import Refused, bootstrap
from core.crypto import keyed_hash
from funding import actions
from funding.models import (
    CostShareRule,
    FundingLine,
    FundingSource,
    Payment,
    Settlement,
    SettlementCorrection,
    SettlementException,
    SettlementLine,
    SettlementShare,
    ShopStatement,
)
from funding.settlement.forms import last_month
from members.models import Person
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    HEAD,
    JANUARY,
    approved,
    assert_days_make_up,
    at_once,
    confirm_all,
    draft,
    month_of,
    numbers,
    page_of,
    pay,
    refused_by_the_database,
    serve,
    served,
    standing,
    state,
)
from tests.world import World, id_number

__all__ = ["served", "standing"]


def test_a_month_pays_the_sources_part_of_its_meals(served: World) -> None:
    settlement = draft(served)
    assert numbers(settlement) == [
        ("一号店", 20, 0, 20, Decimal("220.00"), Decimal("160.00")),
        ("二号店", 10, 0, 10, Decimal("110.00"), Decimal("80.00")),
    ]
    assert settlement.eligible_days == 2 * 31
    shares = SettlementShare.objects.filter(settlement=settlement)
    assert sum(share.amount for share in shares) == Decimal("330.00")


def test_drafting_again_changes_nothing(served: World) -> None:
    settlement = draft(served)
    before = numbers(settlement)
    again = draft(served)
    assert (again.pk, numbers(again)) == (settlement.pk, before)
    assert Settlement.objects.filter(month=JANUARY).count() == 1


def test_a_month_that_is_not_over_or_has_no_rule_is_refused(served: World) -> None:
    with pytest.raises(Refused, match="还没有过完"):
        draft(served, date.today())
    with pytest.raises(Refused, match="这个月还没有就餐"):
        draft(served, date(2022, 1, 1))
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    actions.change_rule(by=served.account(CLERK), row=rule, valid_to=date(2023, 1, 10))
    with pytest.raises(Refused, match="2023-01-10 有就餐记录，但那天没有费用分担办法"):
        draft(served)


def test_a_rule_that_changes_within_the_month_splits_each_meal_by_its_day(served: World) -> None:
    by = served.account(CLERK)
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 11))
    actions.create_rule(
        by=by,
        programme=served.programmes["632322"],
        face_value=Decimal("12.00"),
        valid_from=date(2023, 1, 11),
        payers="县级配套 比例1.8；援建企业 比例1",
    )
    lines = numbers(draft(served))
    assert lines[0][4:] == (Decimal("230.00"), Decimal("200.00"))
    assert lines[1][4:] == (Decimal("110.00"), Decimal("80.00"))


# --- exceptions


def _at(hour: int, minute: int = 0, day: int = 3, second: int = 0) -> datetime:
    """An instant of January in local time."""
    local = datetime.combine(date(2023, 1, day), time(hour, minute, second), UTC)
    return local - timedelta(hours=8)


@pytest.fixture
def hours(served: World) -> World:
    """Served from 06:30 to 09:30."""
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        programme = served.programmes["632322"]
        programme.attributes = {"serves_from": "06:30", "serves_until": "09:30"}
        programme.save()
    scope.apply_everywhere()
    return served


def _reasons(settlement: Settlement) -> dict[str, int]:
    found: dict[str, int] = {}
    for exception in settlement.exceptions.all():
        found[exception.reason] = found.get(exception.reason, 0) + 1
    return found


def test_meals_outside_hours_or_by_people_who_left_or_in_a_closed_shop_are_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        first = MealCheckIn.objects.filter(shop__name="一号店", served_on__month=1).order_by("served_on")
        first.filter(served_on=date(2023, 1, 3)).update(served_at=_at(10))
        first.filter(served_on=date(2023, 1, 4)).update(served_at=_at(9, 30, 4))
        Enrolment.objects.filter(person=hours.persons["632322-2"]).update(valid_to=date(2023, 1, 9))
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=date(2023, 1, 20))
    scope.apply_everywhere()
    settlement = draft(hours)
    assert _reasons(settlement) == {"outside_hours": 1, "left_post": 2, "closed_shop": 1}
    assert "10:00 打卡，供餐时间 06:30 至 09:30" in settlement.exceptions.get(reason="outside_hours").detail
    assert [line[1:4] for line in numbers(settlement)] == [(20, 2, 18), (10, 2, 8)]


def _person(place: dict[str, int], number: int) -> Person:
    full = id_number(600 + Person.objects.count() % 300)
    person = Person(
        **place,
        name=f"工人{number}",
        name_sort="gongren",
        sex="1",
        birth_date=date(1990, 1, 1),
        id_hash=keyed_hash(full),
        id_last4=full[-4:],
    )
    sealed: Any = Person._meta.get_field("id_number")
    sealed.seal_into(person, full)
    person.save(force_insert=True)
    return person


def _proxied(world: World, shop: PartnerShop, moments: list[datetime]) -> None:
    """Workers of their own, booked by one leader."""
    programme = world.programmes["632322"]
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    leader = world.persons["632322-1"]
    for number, moment in enumerate(moments):
        person = _person(place, number)
        enrolment = Enrolment.objects.create(
            **place, programme=programme, person=person, valid_from=date(2022, 7, 1)
        )
        MealCheckIn.objects.create(
            **place,
            programme=programme,
            shop=shop,
            enrolment=enrolment,
            served_on=(moment + timedelta(hours=8)).date(),
            served_at=moment,
            channel="proxy",
            proxy_by=leader,
        )


def test_one_leader_who_books_too_many_is_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=hours.programmes["632322"], name="一号店")
        _proxied(hours, shop, [_at(7, minute) for minute in range(20)])
    scope.apply_everywhere()
    settlement = draft(hours)
    assert _reasons(settlement) == {"proxy_share": 20}
    assert "代登 20 份，占 40 份的 50.0%" in settlement.exceptions.earliest("pk").detail


def test_two_shops_within_minutes_and_bursts_are_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shops = PartnerShop.objects.filter(programme=hours.programmes["632322"]).order_by("name")
        _proxied(hours, shops[0], [_at(7), _at(8)])
        _proxied(hours, shops[1], [_at(7, 5), _at(8, 30)])
        _proxied(hours, shops[1], [_at(7, 0, 5, second) for second in range(6)])
    scope.apply_everywhere()
    settlement = draft(hours)
    assert _reasons(settlement) == {"two_shops": 1, "burst": 6}
    assert "5 分钟前" in settlement.exceptions.get(reason="two_shops").detail


def test_decisions_stay_when_the_month_is_drafted_again(hours: World) -> None:
    by = hours.account(CLERK)
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=date(2023, 1, 18))
    scope.apply_everywhere()
    settlement = draft(hours)
    first, *others = settlement.exceptions.order_by("pk")
    actions.decide_exception(by=by, row=first, decision="disputed", words="停业")
    actions.decide_exceptions(by=by, row=settlement, decision="accepted", words="已续签", kind="closed_shop")
    assert numbers(settlement)[0][1:4] == (20, 1, 19)
    settlement = draft(hours)
    assert numbers(settlement)[0][1:4] == (20, 1, 19)
    assert settlement.exceptions.filter(decision="accepted").count() == len(others) == 2


def test_open_doubts_that_were_mended_go(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=date(2023, 1, 18))
    scope.apply_everywhere()
    assert draft(hours).exceptions.count() == 3
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=None)
    scope.apply_everywhere()
    assert draft(hours).exceptions.count() == 0


def test_the_lower_statement_holds_until_the_check_ins_are_accepted(served: World) -> None:
    by, settlement = served.account(CLERK), draft(served)
    state(served, 17)
    line = settlement.lines.get(shop__name="一号店")
    assert (line.meals_stated, line.meals_withheld, line.payable) == (17, 3, Decimal("136.00"))
    doubt = settlement.exceptions.get()
    assert doubt.detail == "打卡 20 份，门店报 17 份，相差 3 份"
    actions.decide_exception(by=by, row=doubt, decision="accepted", words="门店漏记")
    line.refresh_from_db()
    assert (line.meals_withheld, line.payable) == (0, Decimal("160.00"))
    actions.decide_exception(by=by, row=doubt, decision="disputed", words="按报数")
    line.refresh_from_db()
    assert (line.meals_withheld, line.payable) == (3, Decimal("136.00"))
    statement = ShopStatement.objects.get()
    actions.change_statement(by=by, row=statement, meals=20)
    line.refresh_from_db()
    assert (line.meals_withheld, settlement.exceptions.count()) == (0, 0)


def test_a_higher_statement_pays_no_more_than_was_checked_in(served: World) -> None:
    settlement = draft(served)
    state(served, 25)
    line = settlement.lines.get(shop__name="一号店")
    assert (line.meals_valid, line.payable) == (20, Decimal("160.00"))
    with pytest.raises(Refused, match="1 个疑点没有处理"):
        actions.check_month(by=served.account(CLERK), row=settlement)


# --- check and approval


def test_a_month_is_checked_only_when_shops_have_confirmed_and_nothing_has_moved(served: World) -> None:
    by, settlement = served.account(CLERK), draft(served)
    with pytest.raises(Refused, match="还没有确认"):
        actions.check_month(by=by, row=settlement)
    confirm_all(served, settlement)
    settlement.refresh_from_db()
    assert settlement.stage == "confirmed"
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="一号店")
        serve(served, shop, 1, date(2023, 1, 25))
    scope.apply_everywhere()
    with pytest.raises(Refused, match="又有就餐记录变动"):
        actions.check_month(by=by, row=settlement)
    settlement = draft(served)
    assert settlement.stage == "drafted"
    assert [bool(line.confirmed_at) for line in settlement.lines.order_by("shop__name")] == [False, True]


def test_who_checked_does_not_approve(served: World) -> None:
    head, settlement = served.account(HEAD), draft(served)
    confirm_all(served, settlement)
    actions.check_month(by=head, row=settlement)
    with pytest.raises(Refused, match="核对人不能批准"):
        actions.approve_month(by=head, row=settlement)
    actions.return_month(by=head, row=settlement, reason="换人核对")
    settlement.refresh_from_db()
    assert (settlement.stage, settlement.checked_by) == ("confirmed", None)


# --- frozen


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


# --- corrections


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
    actions.correct_settled(by=by, line=line, meals=2, words="漏记", day=date(2023, 1, 11))
    new = draft(served, FEBRUARY).lines.get(shop__name="一号店")
    assert (new.correction_meals, new.correction_amount) == (1, Decimal("13.00"))
    assert new.payable == 5 * 12 - 8 + 2 * 12


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
    actions.check_month(by=world.account(CLERK), row=settlement)
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


# --- two at once


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


# --- pages and documents


def test_the_page_shows_the_three_numbers_and_the_capitals(served: World) -> None:
    settlement = draft(served)
    state(served, 17)
    page = page_of(served, CLERK, f"/settlements/{settlement.pk}/").content.decode()
    for words in (
        "62 人天",
        "30 份",
        "17 份",
        "1 家已报，共 2 家",
        "贰佰壹拾陆圆整",
        "处理 1 个疑点，等 2 家门店确认",
    ):
        assert words in page, words
    assert "全部待定疑点" in page_of(served, CLERK, f"/settlements/{settlement.pk}/decide/").content.decode()
    assert "批准" not in page.split("page-actions")[1].split("</div>")[0]


def test_the_list_says_how_long_the_money_lasts(served: World) -> None:
    actions.record_line(
        by=served.account(CLERK),
        programme=served.programmes["632322"],
        source="县级配套",
        stage="received",
        amount=Decimal("1000.00"),
        recorded_on=date(2023, 1, 1),
    )
    draft(served)
    page = page_of(served, CLERK, "/settlements/").content.decode()
    for words in ("1,000.00 元", "712.00 元", "2023年2月", "为什么"):
        assert words in page, words


@pytest.mark.parametrize("account", [CLERK, HEAD])
def test_documents_come_as_excel_and_pdf(served: World, account: str) -> None:
    settlement = draft(served)
    line = settlement.lines.earliest("pk")
    for url, start in (
        (f"/settlements/{settlement.pk}/sheet/", b"PK"),
        (f"/settlements/{settlement.pk}/print/", b"%PDF"),
        (f"/settlement_lines/{line.pk}/print/", b"%PDF"),
    ):
        answer = page_of(served, account, url)
        assert b"".join(answer.streaming_content).startswith(start)


def test_months_of_elsewhere_are_not_found(served: World) -> None:
    settlement = draft(served)
    assert page_of(served, "632323.clerk", f"/settlements/{settlement.pk}/").status_code == 404
    assert page_of(served, "632323.clerk", f"/settlements/{settlement.pk}/print/").status_code == 404


def test_a_month_is_driven_through_its_pages(served: World) -> None:
    client, boss = Client(), Client()
    client.force_login(served.account(CLERK))
    boss.force_login(served.account(HEAD))
    programme = served.programmes["632322"]
    made = client.post("/settlements/new/", {"programme": f"#{programme.pk}", "month": "2023-01"})
    url = made.headers["Location"]
    scope.apply_everywhere()
    for line in SettlementLine.objects.all():
        client.post(f"/settlement_lines/{line.pk}/confirm/", {"how": "盖章"})
    assert client.post(f"{url}check/").status_code == 302
    assert client.post(f"{url}approve/").status_code == 403
    assert boss.post(f"{url}approve/").status_code == 302
    paid = {"reference": "回单", "paid_on": date.today().isoformat(), "once": "0b"}
    assert [client.post(f"{url}pay/", paid).status_code for _ in range(2)] == [302, 302]
    scope.apply_everywhere()
    assert Payment.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from core_auditevent where verb = 'funding.pay_month'")
        assert cursor.fetchone()[0] == 1


def test_the_list_of_months_says_what_is_left_of_the_public_money(served: World, client: Client) -> None:
    programme = served.programmes["632322"]
    meals = MealCheckIn.objects.filter(programme=programme).count()
    county = CostShareRule.objects.get(programme=programme).shares.get(payer="source").source
    assert county
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        FundingLine.objects.create(
            **served.unions["632322"].stamp(),
            programme=programme,
            source=county,
            stage="received",
            amount=1_000,
            recorded_on=JANUARY,
        )
    client.force_login(served.accounts[CLERK])
    page = client.get("/settlements/").content.decode()
    assert "1,000.00 元" in page
    assert f"{1_000 - meals * 8:,}.00 元" in page


def test_the_form_offers_the_oldest_month_that_waits(served: World, client: Client) -> None:
    """July 2022 has a meal, then January and February 2023: each in its turn, then the month before this one."""
    client.force_login(served.accounts[CLERK])
    programme = served.programmes["632322"]
    for month in (date(2022, 7, 1), JANUARY, FEBRUARY):
        form = client.get("/settlements/new/").context["form"]
        assert (form.initial["programme"], form.initial["month"]) == (programme, month)
        draft(served, month)
    form = client.get("/settlements/new/").context["form"]
    assert "month" not in form.initial and form["month"].initial == last_month()


def test_the_form_keeps_to_the_programme_and_month_that_were_asked_for(served: World, client: Client) -> None:
    client.force_login(served.accounts[CLERK])
    programme = served.programmes["632322"]
    page = client.get(f"/settlements/new/?programme={programme.pk}&month=2023-01").content.decode()
    assert 'value="2023-01"' in page and f"#{programme.pk}" in page
    page = client.get(f"/settlements/new/?programme={programme.pk}").content.decode()
    assert 'value="2022-07"' in page and f"#{programme.pk}" in page


def test_all_shops_without_an_objection_are_confirmed_at_once(served: World) -> None:
    by = served.account(CLERK)
    month = actions.draft_month(by=by, programme=served.programmes["632322"], month=JANUARY)
    first = month.lines.earliest("pk")
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        SettlementLine.objects.filter(pk=first.pk).update(objection="少记3份", objected_at=datetime.now(UTC))
    scope.apply_everywhere()
    month = actions.confirm_lines(by=by, row=month, how=" 盖章对账单 ")
    assert month.stage == "drafted"
    assert [line.confirmed_how for line in month.lines.order_by("pk")] == ["", "盖章对账单"]
    with pytest.raises(Refused, match="有异议的门店，请逐家核对"):
        actions.confirm_lines(by=by, row=month, how="盖章对账单")
    actions.confirm_line(by=by, row=first, how="当面核对")
    month.refresh_from_db()
    assert month.stage == "confirmed"


def test_a_contract_that_says_otherwise_than_the_rule_is_named(served: World, client: Client) -> None:
    month = draft(served)
    client.force_login(served.accounts[CLERK])
    address = f"/settlements/{month.pk}/"
    assert "与分担办法不同" not in client.get(address).content.decode()
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        contracts = ShopContract.objects.filter(shop__programme=served.programmes["632322"])
        contracts.filter(shop__name="二号店").update(discount="1.50")
        contracts.exclude(shop__name="二号店").update(discount="2.00")
    page = client.get(address).content.decode()
    assert "1 家门店合同里的让利与分担办法不同" in page
    assert "商家让利每份 2.00 元" in page and "二号店 1.50 元" in page


def test_a_rule_that_months_stand_on_is_not_archived(served: World) -> None:
    draft(served)
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    with pytest.raises(Refused, match="请填写终止日期"):
        actions.archive_rule(by=served.account(CLERK), row=rule)
