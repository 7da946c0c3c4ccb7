"""A worker rates his own meals from the phone that remembers him; nobody sees who said what."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.checkin.workers import COOKIE, REMEMBERED, token_of
from cases.models import CheckInDevice, Enrolment, MealCard, MealCheckIn, MealRating
from core import scope
from core.models import AuditEvent
from tests.checkin.conftest import CLERK, enrolled
from tests.world import World

pytestmark = pytest.mark.usefixtures("phone")


def _meal(world: World, card: MealCard, ago: int = 0) -> MealCheckIn:
    return actions.record_meal(
        by=world.account(CLERK),
        programme=world.programmes["630103"],
        shop=CheckInDevice.objects.get().shop,
        person=card.person,
        served_on=timezone.localdate() - timedelta(days=ago),
    )


def _browser(card: MealCard) -> Client:
    client = Client()
    client.cookies[COOKIE] = token_of(card, REMEMBERED)
    return client


def test_a_worker_rates_a_meal_once(world: World, device: CheckInDevice) -> None:
    card = enrolled(world, 1)[0]
    meal, browser = _meal(world, card), _browser(card)
    page = f"/w/rate/{meal.pk}/"
    assert page in browser.get("/w/").content.decode()
    assert browser.get(page).status_code == 200
    answer: Any = browser.post(page, {"stars": "9"})
    assert answer.status_code == 422
    answer = browser.post(page, {"stars": "4", "words": "热乎"})
    assert (answer.status_code, answer["Location"]) == (302, "/w/")
    assert page not in browser.get("/w/").content.decode()
    assert browser.post(page, {"stars": "1"}).status_code == 404
    with scope.applied(world.account(CLERK)):
        rating = MealRating.objects.get()
        event = AuditEvent.objects.get(verb="cases.rate_meal")
    assert (rating.stars, rating.words, rating.meal_id) == (4, "热乎", meal.pk)
    assert event.by_id == device.account_id


def test_only_ones_own_meals_of_the_last_days_are_rated(world: World) -> None:
    own, other = enrolled(world, 2)
    theirs, old = _meal(world, other), _meal(world, own, ago=8)
    for meal in (theirs, old):
        assert _browser(own).get(f"/w/rate/{meal.pk}/").status_code == 404
        assert _browser(own).post(f"/w/rate/{meal.pk}/", {"stars": "5"}).status_code == 404
    assert Client().get(f"/w/rate/{theirs.pk}/").status_code == 404
    with scope.applied(world.account(CLERK)):
        assert Enrolment.objects.filter(person=own.person).exists() and not MealRating.objects.exists()
