"""A worker goes to another county while scans wait in a shop's phone: what he ate before is neither lost nor judged anew."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.models import CheckInDevice, MealCard, MealCheckIn
from core import scope
from members import transferring
from members.models import Person
from tests.checkin.conftest import CLERK, browser_of, counter_next_door
from tests.checkin.test_shop_scans import entry, reasons, results, send
from tests.world import World, id_number

THERE = "632322"


@pytest.fixture
def person(world: World) -> Person:
    return world.persons["630103-1"]


@pytest.fixture
def card(world: World, person: Person) -> MealCard:
    actions.issue_cards(by=world.account(CLERK), row=world.programmes["630103"])
    with scope.applied(world.account(CLERK)):
        return MealCard.objects.select_related("person").get(person=person)


@pytest.fixture
def scan(device: CheckInDevice, card: MealCard) -> dict[str, Any]:
    """His scan a minute ago."""
    return entry(device, 1, card.card_no, card.person.id_last4, at=ago(minutes=1))


def ago(**span: int) -> datetime:
    return timezone.now() - timedelta(**span)


def gone(world: World, days: int = 0) -> None:
    """His transfer to another county, of today or some days ago."""
    asked = transferring.request_transfer(
        by=world.account(f"{THERE}.clerk"),
        union=world.unions[f"{THERE}-0001"],
        name=world.persons["630103-1"].name,
        id_number=id_number(31),
        on=timezone.localdate() - timedelta(days=days),
    )
    transferring.accept_transfer(by=world.account(CLERK), row=asked)


def meals(world: World) -> list[tuple[int | None, int | None]]:
    """Phone and number of every meal that came from a phone."""
    with scope.applied(world.account(CLERK)):
        rows = MealCheckIn.objects.filter(device__isnull=False)
        return list(rows.order_by("pk").values_list("device", "device_seq"))


def test_a_meal_is_not_judged_again_when_it_is_sent_again(
    phone: Client, device: CheckInDevice, scan: dict[str, Any], world: World
) -> None:
    [first] = send(phone, scan).json()["results"]
    gone(world)
    [again] = send(phone, scan).json()["results"]
    assert (again["state"], again["sentence"]) == (first["state"], first["sentence"]) and first[
        "state"
    ] == "meal"
    assert meals(world) == [(device.pk, 1)] and reasons(world) == []


def test_what_was_scanned_until_he_went_counts_when_it_comes_later(
    phone: Client, device: CheckInDevice, scan: dict[str, Any], world: World
) -> None:
    gone(world)
    assert results(send(phone, scan)) == ["meal"]
    assert meals(world) == [(device.pk, 1)]


def test_what_is_scanned_on_a_later_day_does_not_count(
    phone: Client, device: CheckInDevice, scan: dict[str, Any], world: World
) -> None:
    gone(world, days=1)
    [told] = send(phone, scan).json()["results"]
    assert told["state"] == "rejected" and "没有登记" in told["sentence"]
    assert reasons(world) == ["not_enrolled"] and meals(world) == []


def test_of_two_phones_the_earlier_scan_wins_after_he_went_as_well(
    phone: Client, device: CheckInDevice, card: MealCard, person: Person, world: World
) -> None:
    near = counter_next_door(world, person)
    actions.issue_cards(by=world.account(CLERK), row=near.shop.programme)
    with scope.applied(world.account(CLERK)):
        other = MealCard.objects.select_related("person").get(programme=near.shop.programme_id)
    late = entry(device, 1, card.card_no, card.person.id_last4, at=ago(minutes=2))
    early = entry(near, 1, other.card_no, other.person.id_last4, at=ago(minutes=3))
    assert results(send(phone, late)) == ["meal"]
    gone(world)
    assert results(send(browser_of(near), early)) == ["meal"]
    assert results(send(phone, late)) == ["rejected"]
    assert meals(world) == [(near.pk, 1)] and reasons(world) == ["duplicate"]


def test_the_shop_still_sees_how_many_it_has_served(
    phone: Client, device: CheckInDevice, scan: dict[str, Any], world: World
) -> None:
    send(phone, scan)
    gone(world)
    state = phone.get("/shop/state/").json()
    assert state["count"] == 1 and state["meals"][0]["worker"] == "已转到别处的职工"
    assert phone.get("/shop/").status_code == 200
