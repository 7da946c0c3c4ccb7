"""Many at once, on real connections: one meal a worker and day, and nobody of a busy minute is lost.

A few rounds in every run; `CHECKIN_ROUNDS=1000` for the long one (docs/checkin.md).
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from itertools import cycle
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from cases import actions
from cases.checkin import workers
from cases.checkin.door import VISIT, Presence, ticket_of
from cases.checkin.scan import Scan
from cases.models import CheckInDevice, MealCard, MealCheckIn, RejectedScan
from core import scope
from core.actions import bootstrap
from tests.checkin.conftest import counter_next_door, enrolled
from tests.world import World, build

CLERK = "630103.clerk"
AT_ONCE, ROUNDS, MINUTE = 50, int(os.environ.get("CHECKIN_ROUNDS", "3")), 300
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return build()


@pytest.fixture
def ready(device: CheckInDevice) -> CheckInDevice:
    return actions.pair_device(by=device.account, row=device, epoch=1)


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def scans(person: int, number: int) -> list[Scan]:
    """Scans of one worker, each at a moment of its own, the earliest last."""
    begun = timezone.now()
    return [
        Scan(person, begun - timedelta(milliseconds=place), "worker_scan", None) for place in range(number)
    ]


def perform(device: CheckInDevice, scan: Scan) -> Any:
    try:
        account = type(device.account).objects.get(pk=device.account_id)
        return actions.check_in(by=account, device=device, scan=scan)
    finally:
        connection.close()


def meals_of(world: World, person: int) -> int:
    with scope.applied(world.account(CLERK)):
        return MealCheckIn.objects.filter(enrolment__person=person, device__isnull=False).count()


def scan_at_once(crowd: ThreadPoolExecutor, devices: list[CheckInDevice], person: int) -> list[Any]:
    """Scans at once, in turns at each of the phones."""
    pairs = zip(cycle(devices), scans(person, AT_ONCE), strict=False)
    return list(crowd.map(lambda pair: perform(pair[0], replace(pair[1], device_id=pair[0].pk)), pairs))


def test_fifty_scans_of_one_worker_at_once_give_one_meal(
    crowd: ThreadPoolExecutor, ready: CheckInDevice, world: World
) -> None:
    """At two shops of two programmes, in both of which the worker is enrolled."""
    person = world.persons["630103-1"].pk
    devices = [ready, counter_next_door(world, world.persons["630103-1"])]
    for _ in range(ROUNDS):
        scan_at_once(crowd, devices, person)
        assert meals_of(world, person) == 1
        with bootstrap("demo.load", lambda: world.accounts["admin"]):
            assert RejectedScan.objects.count() == AT_ONCE - 1
            RejectedScan.objects.all().delete()
            MealCheckIn.objects.filter(device__isnull=False).delete()


@pytest.fixture
def without_constraint() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("alter table cases_mealcheckin drop constraint meal_once_a_day")
    yield
    with connection.cursor() as cursor:
        cursor.execute("truncate cases_mealcheckin cascade")
        cursor.execute(
            "alter table cases_mealcheckin add constraint meal_once_a_day unique (person_id, served_on)"
        )


def test_without_the_constraint_the_same_scans_give_more(
    crowd: ThreadPoolExecutor, ready: CheckInDevice, world: World, without_constraint: None
) -> None:
    """The control: it is the constraint that keeps the promise, and the test above would notice."""
    person = world.persons["630103-1"]
    scan_at_once(crowd, [ready, counter_next_door(world, person)], person.pk)
    assert meals_of(world, person.pk) > 1
    with scope.applied(world.account(CLERK)):
        assert MealCheckIn.objects.filter(device__isnull=False).values("programme").distinct().count() == 2


def test_the_busiest_minute_loses_and_doubles_nobody(
    crowd: ThreadPoolExecutor, ready: CheckInDevice, world: World
) -> None:
    """Three hundred workers at once, every fifth of them tapping twice."""
    cards: list[MealCard] = enrolled(world, MINUTE)
    begun = timezone.now()
    wanted = [Scan(card.person_id, begun, "worker_scan", ready.pk) for card in [*cards, *cards[::5]]]
    job: Callable[[Scan], Any] = lambda scan: perform(ready, scan)  # noqa: E731
    outcomes = list(crowd.map(job, wanted))
    seconds = (timezone.now() - begun).total_seconds()
    with scope.applied(world.account(CLERK)):
        served = list(MealCheckIn.objects.filter(device=ready.pk).values_list("enrolment__person", flat=True))
        assert RejectedScan.objects.count() == 0
    assert sorted(served) == sorted(card.person_id for card in cards) and len(served) == MINUTE
    assert all(outcome.is_meal for outcome in outcomes)
    assert seconds < 60


def tap_over_http(address: str, device: CheckInDevice, card: MealCard) -> tuple[int, bool]:
    """A worker's phone: its cookies, its ticket, one request over a connection of its own."""
    browser, token = f"{card.pk:016x}", "a" * 32
    cookies = {VISIT: browser, workers.COOKIE: workers.token_of(card, workers.REMEMBERED), "csrftoken": token}
    told = {"ticket": ticket_of(Presence(device, timezone.now()), browser), "csrfmiddlewaretoken": token}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    phone = HTTPConnection(urlsplit(address).netloc, timeout=60)
    phone.request("POST", f"/d/{device.shop.door_code}/", urlencode(told), headers)
    answer = phone.getresponse()
    page = answer.read().decode()
    phone.close()
    return answer.status, "已登记" in page


def test_three_hundred_taps_over_http_in_a_minute_lose_and_double_nobody(
    crowd: ThreadPoolExecutor, ready: CheckInDevice, world: World, live_server: Any
) -> None:
    cards = enrolled(world, MINUTE)
    begun = timezone.now()
    answers = list(crowd.map(lambda card: tap_over_http(live_server.url, ready, card), cards))
    seconds = (timezone.now() - begun).total_seconds()
    with scope.applied(world.account(CLERK)):
        served = list(MealCheckIn.objects.filter(device=ready.pk).values_list("enrolment__person", flat=True))
        assert RejectedScan.objects.count() == 0
    assert set(answers) == {(200, True)}
    assert sorted(served) == sorted(card.person_id for card in cards)
    assert seconds < 60
