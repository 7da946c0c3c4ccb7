"""Many at once, on real connections: one meal a worker and day, and nobody of a busy minute is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cases import actions
from cases.checkin.scan import Scan
from cases.models import CheckInDevice, MealCard, MealCheckIn, RejectedScan
from core import scope
from core.actions import bootstrap
from tests.checkin.conftest import enrolled
from tests.world import World, build

CLERK = "630103.clerk"
AT_ONCE, ROUNDS, MINUTE = 50, 3, 300
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


def scans(device: CheckInDevice, person: int, number: int) -> list[Scan]:
    """Scans of one worker, each at a moment of its own, the earliest last."""
    begun = timezone.now()
    return [
        Scan(person, begun - timedelta(milliseconds=place), "worker_scan", device.pk)
        for place in range(number)
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


def scan_at_once(crowd: ThreadPoolExecutor, ready: CheckInDevice, person: int) -> list[Any]:
    return list(crowd.map(lambda scan: perform(ready, scan), scans(ready, person, AT_ONCE)))


def test_fifty_scans_of_one_worker_at_once_give_one_meal(
    crowd: ThreadPoolExecutor, ready: CheckInDevice, world: World
) -> None:
    person = world.persons["630103-1"].pk
    for _ in range(ROUNDS):
        scan_at_once(crowd, ready, person)
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
            "alter table cases_mealcheckin add constraint meal_once_a_day unique (enrolment_id, served_on)"
        )


def test_without_the_constraint_the_same_scans_give_more(
    crowd: ThreadPoolExecutor, ready: CheckInDevice, world: World, without_constraint: None
) -> None:
    """The control: it is the constraint that keeps the promise, and the test above would notice."""
    person = world.persons["630103-1"].pk
    scan_at_once(crowd, ready, person)
    assert meals_of(world, person) > 1


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
