"""A meal that was written down wrongly is taken back by itself; a scan stays and can be doubted."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cases import actions
from cases.models import MealChannel, MealCheckIn, MealDoubt, MealRating
from core import scope
from core.actions import Refused, bootstrap
from core.models import AuditEvent, History
from tests.funding.months import CLERK, approved, at_once, first_meal, served, standing, withdraw
from tests.world import World

__all__ = ["served", "standing"]
DAY = date(2023, 1, 3)
WHY = "登记错了门店"
GONE = "这条就餐打卡刚被别人撤销，没有再做什么。"


def _withdraw(world: World, meal: MealCheckIn) -> MealCheckIn:
    return withdraw(world, meal, WHY)


def _became(world: World, **values: Any) -> MealCheckIn:
    """The meal as it would be, had it been recorded so."""
    meal = first_meal()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        MealCheckIn.objects.filter(pk=meal.pk).update(**values)
    scope.apply_everywhere()
    return first_meal()


def test_a_withdrawn_meal_makes_room_for_the_right_one(served: World) -> None:
    wrong = _withdraw(served, first_meal())
    right = actions.record_meal(
        by=served.account(CLERK),
        programme=wrong.programme,
        shop=wrong.programme.shops.get(name="二号店"),
        person=wrong.enrolment.person,
        served_on=DAY,
    )
    assert MealCheckIn.objects.get(person=right.person, served_on=DAY) == right


def test_the_audit_keeps_what_a_withdrawn_meal_said(served: World) -> None:
    meal = _withdraw(served, first_meal())
    event = AuditEvent.objects.get(verb="cases.withdraw_meal")
    assert event.target_label == f"2023-01-03 一号店 登记编号{meal.enrolment_id}" and event.reason == WHY
    image = History.objects.get(event_id=event.pk, table_name="cases_mealcheckin", op="D").before
    assert image is not None
    assert (image["served_on"], image["shop_id"], image["channel"]) == ("2023-01-03", meal.shop_id, "clerk")


@pytest.mark.parametrize("channel", [MealChannel.WORKER_SCAN, MealChannel.SHOP_SCAN])
def test_a_scan_is_evidence_and_stays(served: World, channel: MealChannel) -> None:
    meal = _became(served, channel=channel)
    with pytest.raises(Refused, match="留作凭据，不能撤销。有疑问的请“提出疑问”"):
        _withdraw(served, meal)
    assert MealCheckIn.objects.filter(pk=meal.pk).exists()


def test_what_was_imported_may_be_withdrawn(served: World) -> None:
    _withdraw(served, _became(served, channel=MealChannel.IMPORTED))
    assert not MealCheckIn.objects.filter(shop__name="一号店", served_on=DAY).exists()


def test_what_a_leader_booked_may_be_withdrawn(served: World) -> None:
    leader = served.persons["632322-2"]
    _withdraw(served, _became(served, channel=MealChannel.PROXY, proxy_by=leader))
    assert not MealCheckIn.objects.filter(shop__name="一号店", served_on=DAY).exists()


def test_its_rating_and_its_doubts_go_along_and_stay_in_the_history(served: World) -> None:
    by, meal = served.account(CLERK), first_meal()
    actions.record_rating(by=by, meal=meal, stars=4)
    actions.doubt_meal(by=by, meal=meal, words="本人说当天没有来")
    _withdraw(served, meal)
    assert not MealRating.objects.exists() and not MealDoubt.objects.exists()
    event = AuditEvent.objects.get(verb="cases.withdraw_meal")
    gone = History.objects.filter(event_id=event.pk, op="D").values_list("table_name", flat=True)
    assert set(gone) == {"cases_mealcheckin", "cases_mealdoubt", "cases_mealrating"}


def test_a_meal_of_an_approved_month_stays(served: World) -> None:
    approved(served)
    with pytest.raises(Refused, match=r"2023年1月的结算已批准，那个月的就餐登记不能再撤销.*登记更正"):
        _withdraw(served, first_meal())


def test_of_two_clerks_at_once_one_withdraws_and_the_other_is_told(standing: World) -> None:
    with transaction.atomic():
        scope.apply_everywhere()
        meal = first_meal()
    said = at_once(2, lambda: _withdraw(standing, meal))
    assert sorted(said) == ["done", GONE]


def test_who_read_the_meal_before_it_was_withdrawn_is_told(served: World) -> None:
    meal = first_meal()
    _withdraw(served, meal)
    acts: list[tuple[Any, dict[str, Any]]] = [
        (actions.withdraw_meal, {}),
        (actions.record_rating, {"stars": 4}),
        (actions.doubt_meal, {"words": "当天没有来"}),
    ]
    for act, given in acts:
        with pytest.raises(Refused, match=GONE):
            act(by=served.account(CLERK), meal=meal, **given)


def _client(world: World) -> Client:
    client = Client()
    client.force_login(world.account(CLERK))
    return client


def test_the_page_names_worker_day_and_shop_before(served: World) -> None:
    meal = first_meal()
    page = _client(served).get(reverse("meals-withdraw", args=[meal.pk])).content.decode()
    person = meal.enrolment.person
    assert all(said in page for said in (person.name, person.id_masked, "2023-01-03", "一号店", "工会登记"))
    assert not re.search(r"\d{17}[\dX]", page)


def test_a_reason_is_required(served: World) -> None:
    meal = first_meal()
    assert _client(served).post(reverse("meals-withdraw", args=[meal.pk])).status_code == 422
    assert MealCheckIn.objects.filter(pk=meal.pk).exists()


def test_the_page_says_afterwards_what_follows(served: World) -> None:
    url = reverse("meals-withdraw", args=[first_meal().pk])
    page = _client(served).post(url, {"reason": WHY}, follow=True)
    assert page.redirect_chain == [(reverse("meals-list"), 302)]
    said = "已撤销登记。可以登记正确的一次。生成2023年1月的结算时不再计入。"
    assert said in page.content.decode()


def test_a_double_click_withdraws_once_and_says_that_it_is_gone(served: World) -> None:
    url, sent = reverse("meals-withdraw", args=[first_meal().pk]), {"reason": WHY, "once": str(uuid.uuid4())}
    client = _client(served)
    client.post(url, sent)
    again = client.post(url, sent, follow=True)
    assert (
        again.status_code == 200
        and "这条就餐打卡已经撤销，没有再做什么。由谁、为什么撤销，请看“操作记录”。" in again.content.decode()
    )
    scope.apply_everywhere()
    assert AuditEvent.objects.filter(verb="cases.withdraw_meal").count() == 1


def test_whoever_opens_the_page_after_somebody_else_withdrew_is_told(served: World) -> None:
    meal = _withdraw(served, first_meal())
    for name in ("meals-detail", "meals-withdraw", "meals-doubt"):
        page = _client(served).get(reverse(name, args=[meal.pk]), follow=True)
        assert page.status_code == 200 and "已经撤销" in page.content.decode()


def test_another_county_learns_nothing_of_what_was_withdrawn(served: World) -> None:
    meal = _withdraw(served, first_meal())
    client = Client()
    client.force_login(served.account("632323.clerk"))
    assert client.get(reverse("meals-withdraw", args=[meal.pk])).status_code == 404


def test_the_page_of_a_scan_offers_a_doubt_instead(served: World) -> None:
    meal = _became(served, channel=MealChannel.WORKER_SCAN)
    page = _client(served).get(reverse("meals-detail", args=[meal.pk])).content.decode()
    assert reverse("meals-withdraw", args=[meal.pk]) not in page
    assert "扫码是凭据，不能撤销；有疑问的“提出疑问”" in page


def test_the_page_of_an_approved_month_offers_neither_and_says_why(served: World) -> None:
    url = reverse("meals-detail", args=[first_meal().pk])
    offered = [reverse(f"meals-{name}", args=[first_meal().pk]) for name in ("withdraw", "doubt")]
    before = _client(served).get(url).content.decode()
    approved(served)
    after = _client(served).get(url).content.decode()
    assert all(verb in before and verb not in after for verb in offered)
    assert "2023年1月的结算已批准，不能再撤销或提出疑问" in after


def test_programs_withdraw_with_a_reason(served: World) -> None:
    client, url = _client(served), f"/api/v1/meals/{first_meal().pk}/withdraw/"
    answers = [
        client.post(url, given, content_type="application/json").status_code
        for given in ({}, {"reason": WHY}, {"reason": WHY})
    ]
    assert answers == [400, 204, 404]
