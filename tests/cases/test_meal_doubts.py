"""What the union doubts about a meal: raised in words, once at a time, taken back with a reason."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import actions
from cases.models import MealCheckIn, MealDoubt
from core import scope
from core.actions import Refused
from core.models import AuditEvent
from tests.funding.months import CLERK, approved, served
from tests.world import World

__all__ = ["served"]
WORDS = "店主说本人当天没有来"


def _meal(world: World) -> MealCheckIn:
    return MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 3))


def _doubt(world: World, words: str = WORDS) -> MealCheckIn:
    return actions.doubt_meal(by=world.account(CLERK), meal=_meal(world), words=words)


def test_a_doubt_is_raised_once_at_a_time(served: World) -> None:
    _doubt(served)
    with pytest.raises(Refused, match="已经有人提出疑问"):
        _doubt(served, "另有反映")
    assert MealDoubt.objects.get().words == WORDS


def test_a_doubt_says_what_is_wrong(served: World) -> None:
    with pytest.raises(Refused) as refused:
        _doubt(served, " ")
    assert refused.value.field == "words"
    assert not MealDoubt.objects.exists()


def test_a_doubt_that_was_taken_back_stays_in_the_file_and_may_be_raised_again(served: World) -> None:
    actions.withdraw_doubt(by=served.account(CLERK), meal=_doubt(served), reason="门店有签名")
    _doubt(served, "签名不是本人的")
    assert [doubt.standing for doubt in MealDoubt.objects.order_by("pk")] == ["已撤回", "列入那个月的结算"]
    assert AuditEvent.objects.get(verb="cases.withdraw_doubt").reason == "门店有签名"


def test_a_doubt_is_taken_back_once(served: World) -> None:
    meal = _doubt(served)
    actions.withdraw_doubt(by=served.account(CLERK), meal=meal, reason="门店有签名")
    with pytest.raises(Refused, match="没有可以撤回的疑问，可能刚被别人撤回"):
        actions.withdraw_doubt(by=served.account(CLERK), meal=meal, reason="门店有签名")


def test_an_approved_month_takes_no_doubt_and_gives_none_back(served: World) -> None:
    _doubt(served)
    actions.withdraw_doubt(by=served.account(CLERK), meal=_meal(served), reason="已查清")
    approved(served)
    said = "2023年1月的结算已批准，那个月的疑问不能再提出或撤回.*登记更正"
    with pytest.raises(Refused, match=said):
        _doubt(served)
    with pytest.raises(Refused, match=said):
        actions.withdraw_doubt(by=served.account(CLERK), meal=_meal(served), reason="已查清")


def _post(world: World, name: str, **given: Any) -> Any:
    client = Client()
    client.force_login(world.account(CLERK))
    return client.post(reverse(name, args=[_meal(world).pk]), given, follow=True)


def test_the_page_says_in_which_settlement_the_doubt_will_stand(served: World) -> None:
    answer = _post(served, "meals-doubt", words=WORDS)
    said = "已提出疑问。生成2023年1月的结算时列为疑点，认可以后才付。"
    assert said in answer.content.decode() and WORDS in answer.content.decode()


def test_the_page_of_a_doubted_meal_offers_to_take_the_doubt_back(served: World) -> None:
    _doubt(served)
    answer = _post(served, "meals-withdraw-doubt", reason="已查清")
    assert "已撤回疑问。生成2023年1月的结算时不再因此列为疑点。" in answer.content.decode()
    assert reverse("meals-doubt", args=[_meal(served).pk]) in answer.content.decode()


@pytest.mark.parametrize(("asked", "days"), [("standing", ["2023-01-04"]), ("withdrawn", ["2023-01-03"])])
def test_the_list_shows_what_is_doubted_and_what_was(served: World, asked: str, days: list[str]) -> None:
    by = served.account(CLERK)
    actions.withdraw_doubt(by=by, meal=_doubt(served), reason="已查清")
    other = MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 4))
    actions.doubt_meal(by=by, meal=other, words=WORDS)
    client = Client()
    client.force_login(by)
    rows = client.get("/api/v1/meals/", {"doubt": asked}).json()["results"]
    assert [row["served_on"] for row in rows] == days


def test_programs_raise_and_read_doubts(served: World) -> None:
    client = Client()
    client.force_login(served.account(CLERK))
    url = f"/api/v1/meals/{_meal(served).pk}/"
    assert client.post(f"{url}doubt/", {"words": WORDS}, content_type="application/json").status_code == 200
    [doubt] = client.get(f"{url}doubts/").json()["results"]
    assert (doubt["words"], doubt["archived_at"]) == (WORDS, None)


def test_another_county_finds_no_such_meal(served: World) -> None:
    meal = _meal(served)
    client = Client()
    client.force_login(served.account("632323.clerk"))
    assert client.post(reverse("meals-doubt", args=[meal.pk]), {"words": WORDS}).status_code == 404
    scope.apply_everywhere()
    assert not MealDoubt.objects.exists()
