"""A meal that is withdrawn leaves the months that are not approved; one that is approved keeps it."""

from datetime import date
from decimal import Decimal

import pytest

from cases import actions as cases
from cases.models import MealCheckIn
from core.actions import Refused
from funding import actions
from funding.models import CostShareRule, Settlement, SettlementException
from tests.funding.months import CLERK, HEAD, confirm_all, draft, numbers, page_of, served, state
from tests.world import World

__all__ = ["served"]


def _meal() -> MealCheckIn:
    return MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 3))


def _withdraw(world: World) -> None:
    cases.withdraw_meal(by=world.account(CLERK), meal=_meal(), reason="登记错了人")


def _checked(world: World) -> Settlement:
    settlement = draft(world)
    confirm_all(world, settlement)
    return actions.check_month(by=world.account(CLERK), row=settlement, without_statements=True)


def test_what_an_open_month_lists_of_it_goes_along(served: World) -> None:
    cases.doubt_meal(by=served.account(CLERK), meal=_meal(), words="本人说当天没有来")
    settlement = draft(served)
    row = settlement.exceptions.get()
    actions.decide_exception(by=served.account(CLERK), row=row, decision="disputed", words="问过本人")
    _withdraw(served)
    assert not SettlementException.objects.exists()


def test_the_month_follows_when_it_is_worked_out_again(served: World) -> None:
    state(served, 20)
    settlement = draft(served)
    _withdraw(served)
    draft(served)
    assert numbers(settlement)[0][1:4] == (19, 0, 19)
    assert "打卡 19 份，门店报 20 份" in settlement.exceptions.get().detail


def test_a_month_worked_out_before_is_not_checked(served: World) -> None:
    settlement = draft(served)
    confirm_all(served, settlement)
    _withdraw(served)
    with pytest.raises(Refused, match="又有就餐记录变动。请先重新生成"):
        actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)


def test_a_month_checked_before_is_not_approved(served: World) -> None:
    settlement = _checked(served)
    _withdraw(served)
    with pytest.raises(Refused, match="又有就餐记录变动。请先退回，再重新生成"):
        actions.approve_month(by=served.account(HEAD), row=settlement)


def _says(world: World, settlement: Settlement) -> str:
    return str(page_of(world, CLERK, f"/settlements/{settlement.pk}/").context["next_step"])


def test_the_page_of_a_month_says_that_meals_changed_since_as_the_check_does(served: World) -> None:
    settlement = draft(served)
    confirm_all(served, settlement)
    assert "可以核对" in _says(served, settlement)
    meal = _meal()
    _withdraw(served)
    assert _says(served, settlement).startswith("还要重新生成（生成之后又有就餐记录变动），才能核对。")
    given = {"shop": meal.shop, "person": meal.enrolment.person, "served_on": meal.served_on}
    cases.record_meal(by=served.account(CLERK), programme=settlement.programme, **given)
    assert "可以核对" in _says(served, settlement)
    _withdraw(served)
    cases.doubt_meal(
        by=served.account(CLERK),
        meal=MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 4)),
        words="本人说当天没有来",
    )
    assert "还要重新生成（生成之后又有就餐记录变动，有 1 份早餐新提出了疑问）" in _says(served, settlement)
    draft(served)
    assert "重新生成" not in _says(served, settlement)


def test_the_page_of_a_checked_month_says_that_it_has_to_go_back(served: World) -> None:
    settlement = _checked(served)
    assert "等待另一个" in _says(served, settlement)
    _withdraw(served)
    assert "生成之后又有就餐记录变动。请先退回，再重新生成。" in _says(served, settlement)


def test_a_meal_moved_to_a_day_of_another_rule_is_not_taken_for_a_change_of_the_rule(served: World) -> None:
    by, programme = served.account(CLERK), served.programmes["632322"]
    rule = CostShareRule.objects.get(programme=programme)
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 15))
    later = {"valid_from": date(2023, 1, 15), "payers": "商家让利 11元"}
    actions.create_rule(by=by, programme=programme, face_value=Decimal("11.00"), **later)
    settlement, meal = draft(served), _meal()
    confirm_all(served, settlement)
    _withdraw(served)
    given = {"shop": meal.shop, "person": meal.enrolment.person, "served_on": date(2023, 1, 25)}
    cases.record_meal(by=by, programme=programme, **given)
    with pytest.raises(Refused, match="或就餐记录换了日期，各方承担的金额不同"):
        actions.check_month(by=by, row=settlement, without_statements=True)
