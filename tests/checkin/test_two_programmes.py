"""A worker of two programmes eats once a day all the same; one county learns nothing of the other."""

import importlib
import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.checkin.scan import Outcome, Scan
from cases.models import CheckInDevice, Enrolment, MealCard, MealCheckIn, PartnerShop, Programme, RejectedScan
from core import scope
from core.actions import Refused, bootstrap
from core.models import AuditEvent
from funding.models import Settlement
from members.models import Person
from tests.checkin.conftest import CLERK, browser_of, counter_next_door
from tests.checkin.test_shop_scans import entry, results, send
from tests.world import World

pytestmark = pytest.mark.usefixtures("phone")
OTHER = "632322"


@pytest.fixture
def person(world: World) -> Person:
    return world.persons["630103-1"]


@pytest.fixture
def eaten_far(world: World, person: Person) -> date:
    """The day of a meal in another county, in which the worker was enrolled before he came here."""
    programme, place = world.programmes[OTHER], world.unions[OTHER].stamp()
    day = timezone.localdate(noon())
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        enrolment = Enrolment.objects.create(
            **place, programme=programme, person=person, valid_from=date(2022, 7, 1)
        )
        shop = PartnerShop.objects.get(programme=programme)
        MealCheckIn.objects.create(
            **place, programme=programme, shop=shop, enrolment=enrolment, served_on=day
        )
    return day


@pytest.fixture
def near(world: World, person: Person) -> CheckInDevice:
    """A counter of another programme of the same county."""
    return counter_next_door(world, person)


def noon() -> datetime:
    """A moment of today that leaves room before and after it."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def scanned(device: CheckInDevice, person: Person, at: datetime) -> Outcome:
    return actions.check_in(
        by=device.account, device=device, scan=Scan(person.pk, at, "worker_scan", device.pk)
    )


def everywhere(world: World, rows: Any) -> list[Any]:
    """All rows of all counties."""
    with transaction.atomic():
        scope.apply_everywhere()
        return list(rows.order_by("pk"))


def todays(world: World) -> list[MealCheckIn]:
    return everywhere(world, MealCheckIn.objects.filter(served_on=timezone.localdate(noon())))


def test_the_second_meal_of_the_day_is_refused_in_every_programme(
    device: CheckInDevice, near: CheckInDevice, person: Person, world: World
) -> None:
    assert scanned(device, person, noon()).is_meal
    late = scanned(near, person, noon() + timedelta(minutes=20))
    assert (late.reason, late.sentence.split(" ", 1)[1]) == (
        "duplicate",
        "12:00 已在“一号店”就餐，一天只能一份。",
    )
    assert len(todays(world)) == 1


def test_an_earlier_scan_takes_the_meal_over_from_another_programme(
    device: CheckInDevice, near: CheckInDevice, person: Person, world: World
) -> None:
    assert scanned(device, person, noon()).is_meal
    assert scanned(near, person, noon() - timedelta(minutes=20)).is_meal
    [meal] = todays(world)
    assert (meal.device_id, meal.shop_id, meal.programme_id) == (
        near.pk,
        near.shop_id,
        near.shop.programme_id,
    )
    assert meal.enrolment.programme_id == meal.programme_id
    [lost] = everywhere(world, RejectedScan.objects.all())
    assert (lost.shop_id, lost.reason, lost.enrolment.programme_id) == (
        device.shop_id,
        "duplicate",
        device.shop.programme_id,
    )


def test_a_settled_meal_of_another_programme_stands_against_earlier_scans(
    device: CheckInDevice, near: CheckInDevice, person: Person, world: World
) -> None:
    scanned(device, person, noon())
    month = timezone.localdate(noon()).replace(day=1)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Settlement.objects.create(
            **world.unions["630103"].stamp(),
            programme=world.programmes["630103"],
            month=month,
            stage="approved",
            checked_by=world.account(CLERK),
            approved_by=world.accounts["admin"],
            approved_at=timezone.now(),
        )
    assert scanned(near, person, noon() - timedelta(minutes=20)).reason == "duplicate"
    assert [meal.device_id for meal in todays(world)] == [device.pk]


def test_another_countys_meal_is_known_to_be_there_and_nothing_more(
    device: CheckInDevice, eaten_far: date, person: Person, world: World
) -> None:
    for minutes in (-20, 20):
        outcome = scanned(device, person, noon() + timedelta(minutes=minutes))
        assert (outcome.reason, outcome.sentence) == (
            "duplicate",
            f"{eaten_far} 已在别的项目就餐，一天只能一份。",
        )
    kept = everywhere(world, RejectedScan.objects.all())
    assert {row.county_id for row in kept} == {630103} and len(todays(world)) == 1


def test_everywhere_ends_with_what_was_open_before(eaten_far: date, person: Person) -> None:
    meals = MealCheckIn.objects.filter(person=person, served_on=eaten_far)
    with transaction.atomic():
        scope.set_counties([630103])
        with scope.everywhere():
            assert meals.exists()
        assert not meals.exists()


def test_two_queues_of_two_programmes_give_the_same_meal_in_any_order(
    device: CheckInDevice, near: CheckInDevice, person: Person, world: World
) -> None:
    rng, seen = random.Random(7), set()
    begun = noon() - timedelta(days=1)
    phones = {one.pk: (browser_of(one), card_of(world, one, person)) for one in (device, near)}
    queued = [
        (
            one.pk,
            entry(
                one,
                seq,
                phones[one.pk][1].card_no,
                person.id_last4,
                begun + timedelta(seconds=rng.randrange(5)),
            ),
        )
        for one in (device, near)
        for seq in range(1, 5)
    ]
    for _ in range(6):
        with bootstrap("demo.load", lambda: world.accounts["admin"]):
            MealCheckIn.objects.filter(device__isnull=False).delete()
            RejectedScan.objects.all().delete()
        rng.shuffle(queued)
        for pk, sent in [*queued, *queued[:3]]:
            results(send(phones[pk][0], sent))
        meals = everywhere(world, MealCheckIn.objects.filter(device__isnull=False))
        assert len(everywhere(world, RejectedScan.objects.all())) == len(queued) - 1
        [meal] = meals
        seen.add((meal.programme_id, meal.device_id, meal.device_seq, meal.served_at))
    assert len(seen) == 1


def card_of(world: World, device: CheckInDevice, person: Person) -> MealCard:
    clerk = world.account(f"{device.county_id}.clerk")
    with scope.applied(clerk):
        programme = Programme.objects.get(pk=device.shop.programme_id)
    actions.issue_cards(by=clerk, row=programme)
    with scope.applied(clerk):
        return MealCard.objects.get(programme=programme, person=person)


# --- what clerks write


def test_the_clerk_is_refused_with_one_sentence(
    device: CheckInDevice, eaten_far: date, person: Person, world: World
) -> None:
    clerk = world.account(CLERK)
    with scope.applied(clerk):
        shop = PartnerShop.objects.select_related("programme").get(pk=device.shop_id)
    with pytest.raises(Refused) as refused:
        actions.record_meal(by=clerk, programme=shop.programme, shop=shop, person=person, served_on=eaten_far)
    assert refused.value.message == "此人当天已就餐，一天只能一份。"


def test_the_api_answers_with_the_same_sentence(
    device: CheckInDevice, eaten_far: date, person: Person, world: World
) -> None:
    client = Client()
    client.force_login(world.account(CLERK))
    told = {"shop": device.shop_id, "person": person.pk, "served_on": str(eaten_far)}
    programme = world.programmes["630103"].pk
    answer = client.post(f"/api/v1/programmes/{programme}/meal/", told, content_type="application/json")
    assert answer.status_code == 400 and "此人当天已就餐" in answer.json()["detail"], answer.content


def test_the_worker_of_a_meal_is_its_enrolments(world: World, person: Person, device: CheckInDevice) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        enrolment = Enrolment.objects.get(person=person)
        place = world.unions["630103"].stamp()
        meal = MealCheckIn.objects.create(
            **place,
            programme=enrolment.programme,
            shop=device.shop,
            enrolment=enrolment,
            served_on=date(2022, 8, 1),
        )
        meal.refresh_from_db()
        assert meal.person == person
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            MealCheckIn.objects.filter(pk=meal.pk).update(person=world.persons["630103-2"])


# --- meals from before


def test_a_second_meal_from_before_stays_and_the_first_is_the_workers(
    world: World, person: Person, near: CheckInDevice, device: CheckInDevice
) -> None:
    """The migration on a register that holds what is forbidden now."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]), connection.cursor() as cursor:
        first, second = (
            MealCheckIn.objects.create(
                **world.unions["630103"].stamp(),
                programme=one.shop.programme,
                shop=one.shop,
                enrolment=Enrolment.objects.get(person=person, programme=one.shop.programme),
                served_on=date(2022, 8, day),
            ).pk
            for one, day in ((device, 1), (near, 2))
        )
        cursor.execute("set constraints all immediate")
        MealCheckIn.objects.all().update(person=None)
        MealCheckIn.objects.filter(pk=second).update(served_on=date(2022, 8, 1))
    events = AuditEvent.objects.count()
    importlib.import_module("cases.migrations.0016_one_meal_a_day").fill(None, None)
    meals = {meal.pk: meal.person_id for meal in everywhere(world, MealCheckIn.objects.all())}
    assert (meals.pop(first), meals.pop(second)) == (person.pk, None)
    assert None not in meals.values() and AuditEvent.objects.count() == events
