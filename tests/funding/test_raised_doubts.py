"""What the union doubts about a meal stands in its month like what the rules find."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from cases import actions as cases
from cases.models import MealCheckIn, MealDoubt
from core.actions import Refused
from funding import actions
from funding.models import Settlement
from tests.funding.months import (
    CLERK,
    HEAD,
    approved,
    confirm_all,
    draft,
    numbers,
    page_of,
    refused_by_the_database,
    served,
)
from tests.world import World

__all__ = ["served"]
WORDS = "店主说本人当天没有来"


def _meal() -> MealCheckIn:
    return MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 3))


def _doubt(world: World, words: str = WORDS) -> MealCheckIn:
    return cases.doubt_meal(by=world.account(CLERK), meal=_meal(), words=words)


def _take_back(world: World) -> None:
    cases.withdraw_doubt(by=world.account(CLERK), meal=_meal(), reason="已查清")


def _decide(world: World, settlement: Settlement, decision: str) -> None:
    row = settlement.exceptions.get(reason="raised")
    actions.decide_exception(by=world.account(CLERK), row=row, decision=decision, words="问过本人")


def _raised(settlement: Settlement) -> list[tuple[str, str]]:
    return list(settlement.exceptions.filter(reason="raised").values_list("detail", "decision"))


def test_a_doubt_from_before_the_month_was_worked_out_stands_in_it_with_its_words(served: World) -> None:
    _doubt(served)
    settlement = draft(served)
    assert _raised(settlement) == [(WORDS, "open")]
    assert [line[1:4] for line in numbers(settlement)] == [(20, 1, 19), (10, 0, 10)]


def test_a_disputed_doubt_is_not_paid_and_survives_working_out_again(served: World) -> None:
    _doubt(served)
    settlement = draft(served)
    _decide(served, settlement, "disputed")
    draft(served)
    assert _raised(settlement) == [(WORDS, "disputed")]
    assert numbers(settlement)[0][1:] == (20, 1, 19, Decimal("209.00"), Decimal("152.00"))


def test_an_accepted_doubt_is_paid(served: World) -> None:
    _doubt(served)
    settlement = draft(served)
    _decide(served, settlement, "accepted")
    draft(served)
    assert (_raised(settlement), numbers(settlement)[0][2]) == ([(WORDS, "accepted")], 0)


@pytest.mark.parametrize("decision", ["", "disputed", "accepted"])
def test_a_doubt_that_was_taken_back_is_gone_when_the_month_is_worked_out_again(
    served: World, decision: str
) -> None:
    _doubt(served)
    settlement = draft(served)
    if decision:
        _decide(served, settlement, decision)
    _take_back(served)
    draft(served)
    assert (_raised(settlement), numbers(settlement)[0][2:4]) == ([], (0, 20))


def test_a_doubt_in_other_words_is_decided_anew(served: World) -> None:
    _doubt(served)
    settlement = draft(served)
    _decide(served, settlement, "accepted")
    _take_back(served)
    _doubt(served, "签名不是本人的")
    draft(served)
    assert _raised(settlement) == [("签名不是本人的", "open")]


@pytest.mark.parametrize("decision", ["disputed", "accepted"])
def test_a_doubt_raised_again_in_the_same_words_is_decided_anew(served: World, decision: str) -> None:
    _doubt(served)
    settlement = draft(served)
    _decide(served, settlement, decision)
    _take_back(served)
    _doubt(served)
    draft(served)
    assert (_raised(settlement), numbers(settlement)[0][2:4]) == ([(WORDS, "open")], (1, 19))
    _decide(served, settlement, decision)
    draft(served)
    assert _raised(settlement) == [(WORDS, decision)]


def _ready(world: World) -> Settlement:
    settlement = draft(world)
    confirm_all(world, settlement)
    return settlement


def test_a_doubt_raised_since_the_month_was_worked_out_holds_up_the_check(served: World) -> None:
    settlement = _ready(served)
    _doubt(served)
    with pytest.raises(Refused, match=r"又有疑点：工会提出疑问 1 个.*请先重新生成"):
        actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)


def test_a_doubt_raised_since_the_check_holds_up_the_approval(served: World) -> None:
    settlement = _ready(served)
    actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)
    _doubt(served)
    with pytest.raises(Refused, match=r"又有疑点：工会提出疑问 1 个.*请先退回，再重新生成"):
        actions.approve_month(by=served.account(HEAD), row=settlement)


@pytest.mark.parametrize("decision", ["disputed", "accepted"])
def test_a_doubt_taken_back_since_the_month_was_worked_out_holds_up_the_check(
    served: World, decision: str
) -> None:
    _doubt(served)
    settlement = draft(served)
    _decide(served, settlement, decision)
    confirm_all(served, settlement)
    _take_back(served)
    with pytest.raises(Refused, match="生成之后有疑问撤回。请先重新生成"):
        actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)


def test_a_doubt_raised_again_since_the_month_was_worked_out_holds_up_the_check(served: World) -> None:
    settlement = _accepted(served)
    _raise_again(served)
    with pytest.raises(Refused, match=r"又有疑点：工会提出疑问 1 个.*请先重新生成"):
        actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)


def test_a_doubt_raised_again_since_the_check_holds_up_the_approval(served: World) -> None:
    settlement = _accepted(served)
    actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)
    _raise_again(served)
    with pytest.raises(Refused, match=r"又有疑点：工会提出疑问 1 个.*请先退回，再重新生成"):
        actions.approve_month(by=served.account(HEAD), row=settlement)


def _accepted(world: World) -> Settlement:
    """A month with an accepted doubt, confirmed by its shops."""
    _doubt(world)
    settlement = draft(world)
    _decide(world, settlement, "accepted")
    confirm_all(world, settlement)
    return settlement


def _raise_again(world: World) -> None:
    _take_back(world)
    _doubt(world)


def test_the_database_keeps_the_doubts_of_an_approved_month(served: World) -> None:
    meal = _doubt(served)
    settlement = draft(served)
    _decide(served, settlement, "disputed")
    approved(served)
    place = {"union_id": meal.union_id, "county_id": meal.county_id}
    other = MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 4))
    for change in (
        lambda: MealDoubt.objects.create(**place, meal=other, words=WORDS),
        lambda: MealDoubt.objects.update(words="别的"),
        lambda: MealDoubt.objects.all().delete(),
    ):
        assert "an approved month does not change" in refused_by_the_database(change, served)


def test_a_doubt_of_the_next_month_is_free(served: World) -> None:
    approved(served)
    later = MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 2, 3))
    cases.doubt_meal(by=served.account(CLERK), meal=later, words=WORDS)
    assert MealDoubt.objects.get().meal == later


def test_the_page_of_the_doubt_leads_to_its_meal(served: World) -> None:
    meal = _doubt(served)
    exception = draft(served).exceptions.get()
    page = page_of(served, CLERK, f"/settlement_exceptions/{exception.pk}/").content.decode()
    assert WORDS in page and f"/meals/{meal.pk}/" in page


def _said_after(world: World) -> str:
    """What the page says when a doubt was raised."""
    client = Client()
    client.force_login(world.account(CLERK))
    return client.post(f"/meals/{_meal().pk}/doubt/", {"words": WORDS}, follow=True).content.decode()


def test_whoever_doubts_a_meal_is_told_to_work_the_month_out_again(served: World) -> None:
    _ready(served)
    assert "2023年1月的结算已经生成，请在它的页面上重新生成；重新生成时列为疑点" in _said_after(served)


def test_whoever_doubts_a_meal_of_a_checked_month_is_told_to_return_it(served: World) -> None:
    settlement = _ready(served)
    actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)
    assert "2023年1月的结算已经核对，请先退回，再重新生成；重新生成时列为疑点" in _said_after(served)
