"""What looks like cheating or a lost record is found, opens to its scans, and honest scans are not named."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.checkin.door import VISIT, Presence, ticket_of
from cases.models import CheckInDevice, MealCard, MealCheckIn, PartnerShop, RejectedScan, ScanAnomaly
from core import scope
from core.actions import bootstrap
from tests.checkin.conftest import CLERK, enrolled
from tests.checkin.test_shop_scans import second_phone
from tests.checkin.test_tap import BROWSER, phone_of, tap
from tests.world import World

__all__ = ["second_phone"]
pytestmark = pytest.mark.usefixtures("phone")
MANY = 31


@pytest.fixture
def cards(world: World) -> list[MealCard]:
    return enrolled(world, 4)


def found(world: World, account: str = CLERK) -> list[ScanAnomaly]:
    with scope.applied(world.account(account)):
        return list(ScanAnomaly.objects.visible_to(world.account(account)).order_by("kind", "pk"))


def kinds(world: World) -> list[str]:
    return [anomaly.kind for anomaly in found(world)]


def noon() -> datetime:
    """A moment of yesterday, so that minutes around it are of one day."""
    return timezone.localtime(timezone.now() - timedelta(days=1)).replace(
        hour=12, minute=0, second=0, microsecond=0
    )


def served(world: World, card: MealCard, device: CheckInDevice, at: datetime, seq: int, **more: Any) -> None:
    """A card that the shop's phone scanned."""
    enrolment = card.person.enrolments.get(programme=card.programme)
    place = {"union_id": card.union_id, "county_id": card.county_id}
    shop = PartnerShop.objects.get(pk=device.shop_id)
    day = timezone.localdate(at)
    given = {"channel": "shop_scan", "device_id": device.pk, "device_seq": seq, "shop": shop, **more}
    MealCheckIn.objects.create(
        **place, programme=card.programme, enrolment=enrolment, served_on=day, served_at=at, **given
    )


def rejected(world: World, card: MealCard, device: CheckInDevice, at: datetime, reason: str) -> None:
    RejectedScan.objects.create(
        union_id=card.union_id,
        county_id=card.county_id,
        shop_id=device.shop_id,
        device=device,
        enrolment=card.person.enrolments.get(programme=card.programme),
        channel="worker_scan",
        reason=reason,
        sentence="说明",
        scanned_at=at,
    )


def test_honest_scans_are_no_anomaly(world: World, cards: list[MealCard], device: CheckInDevice) -> None:
    """A worker each, five seconds apart, numbers without a gap."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for place, card in enumerate(cards):
            served(world, card, device, noon() + timedelta(seconds=5 * place), place + 1)
    assert found(world) == []


def test_one_workers_phone_for_three_workers_is_named(
    world: World, cards: list[MealCard], device: CheckInDevice
) -> None:
    """Through the pages: the cookie that names the browser stays when another worker is named."""
    for card in cards[:2]:
        tap(card, device)
    assert found(world) == []
    tap(cards[2], device)
    [anomaly] = found(world)
    assert (anomaly.kind, anomaly.workers, len(anomaly.meals)) == ("shared_phone", 3, 3)


def test_refused_attempts_of_a_phone_count_too(
    world: World, cards: list[MealCard], device: CheckInDevice
) -> None:
    tap(cards[0], device)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for card in cards[1:3]:
            card.person.enrolments.update(valid_from=timezone.localdate() - timedelta(days=9))
        type(device.shop).objects.filter(pk=device.shop_id).update(
            serves_from="00:00:00", serves_until="00:01:00"
        )
    for card in cards[1:3]:
        door = f"/d/{device.shop.door_code}/"
        browser = phone_of(card)
        browser.cookies[VISIT] = BROWSER
        browser.post(door, {"ticket": ticket_of(Presence(device, timezone.now()), BROWSER)})
    anomalies = {anomaly.kind: anomaly for anomaly in found(world)}
    assert (anomalies["shared_phone"].workers, len(anomalies["shared_phone"].rejected)) == (3, 2)
    assert anomalies["off_hours"].scans == 2


def test_a_shops_phone_that_scans_very_many_cards_is_named(world: World, device: CheckInDevice) -> None:
    cards = enrolled(world, MANY)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for place, card in enumerate(cards):
            served(world, card, device, noon() + timedelta(seconds=9 * place), place + 1)
    assert [(anomaly.kind, anomaly.workers) for anomaly in found(world)] == [("many_cards", MANY)]


@pytest.mark.parametrize(("minutes", "named"), [(10, ["two_shops"]), (11, [])])
def test_a_worker_at_two_shops_within_minutes_is_named(
    world: World,
    cards: list[MealCard],
    device: CheckInDevice,
    second_phone: tuple[Client, CheckInDevice],
    minutes: int,
    named: list[str],
) -> None:
    """The second scan was refused: only the rejected attempt shows it."""
    other = second_phone[1]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        served(world, cards[0], device, noon(), 1)
        rejected(world, cards[0], other, noon() + timedelta(minutes=minutes), "duplicate")
        rejected(world, cards[1], device, noon(), "duplicate")
    assert kinds(world) == named


@pytest.mark.parametrize(("seconds", "named"), [(3, ["rapid"]), (4, [])])
def test_two_cards_within_three_seconds_are_named(
    world: World, cards: list[MealCard], device: CheckInDevice, seconds: int, named: list[str]
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        served(world, cards[0], device, noon(), 1)
        served(world, cards[1], device, noon() + timedelta(seconds=seconds), 2)
        served(world, cards[2], device, noon() + timedelta(minutes=1), 3)
    assert kinds(world) == named
    assert [len(anomaly.meals) for anomaly in found(world)] == [2] * len(named)


def test_workers_who_open_one_live_code_at_once_are_not_rapid(
    world: World, cards: list[MealCard], device: CheckInDevice
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for card in cards:
            served(world, card, device, noon(), seq=0, channel="worker_scan", device_seq=None)
    assert found(world) == []


def test_missing_numbers_of_a_phone_are_counted(
    world: World, cards: list[MealCard], device: CheckInDevice
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for seq, card in zip((1, 2, 5, 9), cards, strict=True):
            served(world, card, device, noon() + timedelta(minutes=seq), seq)
    [anomaly] = found(world)
    assert (anomaly.kind, anomaly.missing, anomaly.device_id) == ("gap", 5, device.pk)


@pytest.mark.parametrize(("days", "named"), [(91, ["rapid"]), (92, [])])
def test_three_months_up_to_the_latest_scan_are_looked_at(
    world: World, cards: list[MealCard], device: CheckInDevice, days: int, named: list[str]
) -> None:
    """A programme that came to rest shows what it ended with, and the page says which days."""
    latest = noon() - timedelta(days=400)
    before = latest - timedelta(days=days)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        served(world, cards[0], device, before, 1)
        served(world, cards[1], device, before + timedelta(seconds=2), 2)
        served(world, cards[2], device, latest, 3)
    assert kinds(world) == named
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    said = f"{latest - timedelta(days=91):%Y-%m-%d} 至 {latest:%Y-%m-%d}"
    assert said in clerk.get("/scan_anomalies/").content.decode()


def test_a_phone_whose_clock_runs_ahead_hides_nothing(
    world: World, cards: list[MealCard], device: CheckInDevice
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        served(world, cards[0], device, noon(), 1)
        served(world, cards[1], device, noon() + timedelta(seconds=2), 2)
        rejected(world, cards[2], device, noon() + timedelta(days=900), "clock")
    assert kinds(world) == ["rapid"]


def test_an_anomaly_opens_to_its_scans_and_leaves_as_a_table(
    world: World, cards: list[MealCard], device: CheckInDevice
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        served(world, cards[0], device, noon(), 1)
        served(world, cards[1], device, noon() + timedelta(seconds=2), 2)
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    [anomaly] = found(world)
    page = clerk.get("/scan_anomalies/").content.decode()
    assert "三秒内连扫两人" in page and f"/scan_anomalies/{anomaly.pk}/" in page
    page = clerk.get(f"/scan_anomalies/{anomaly.pk}/").content.decode()
    assert "12:00:00" in page and "12:00:02" in page
    assert all(card.person.name in page for card in cards[:2]) and cards[2].person.name not in page
    assert f"/scan_anomalies/{anomaly.pk}/" not in clerk.get("/scan_anomalies/?kind=gap").content.decode()
    assert clerk.get("/scan_anomalies/export/?suffix=csv").status_code == 200
    stranger = Client()
    stranger.force_login(world.account("632322.clerk"))
    assert stranger.get(f"/scan_anomalies/{anomaly.pk}/").status_code == 404
    assert found(world, "632322.clerk") == []
