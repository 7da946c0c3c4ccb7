"""A prefecture's programme serves the workers of its counties, and opens no other county to its phones."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from cases import actions
from cases.checkin.door import Presence, ticket_of
from cases.checkin.reach import reach
from cases.checkin.scan import Scan
from cases.models import CheckInDevice, Enrolment, MealCard, MealCheckIn, Programme, RejectedScan
from core import scope
from core.actions import bootstrap
from members.models import Person
from tests.checkin.conftest import browser_of
from tests.checkin.test_shop_scans import entry, results, send
from tests.checkin.test_tap import BROWSER, phone_of, tap
from tests.checkin.test_worker_page import MOBILE, come
from tests.world import World, contracted_shop

PREFECTURE, COUNTY, ELSEWHERE = "632300", "632322", "630103"
BEGUN = date(2022, 7, 1)


@pytest.fixture
def person(world: World) -> Person:
    """A worker of a county of the prefecture, with a phone."""
    person = world.persons[f"{COUNTY}-1"]
    sealed: Any = Person._meta.get_field("mobile")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        sealed.seal_into(person, MOBILE)
        person.mobile_last4 = MOBILE[-4:]
        person.save(update_fields=["mobile", "mobile_last4"])
    return person


@pytest.fixture
def device(world: World, person: Person) -> CheckInDevice:
    """A paired phone in the prefecture's programme, in which the county's worker is enrolled; made by an admin."""
    place = world.unions[PREFECTURE].stamp()
    admin = world.account("admin")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        programme = Programme.objects.create(**place, kind="breakfast", name="州直早餐", started_on=BEGUN)
        Enrolment.objects.create(**place, programme=programme, person=person, valid_from=BEGUN)
        shop = contracted_shop(programme, "州府一号店", BEGUN)
    made = actions.add_device(by=admin, shop=shop, label="收银台")
    actions.issue_cards(by=admin, row=programme)
    return actions.pair_device(by=made.account, row=made, epoch=1)


@pytest.fixture
def card(world: World, device: CheckInDevice) -> MealCard:
    with scope.applied(world.account("admin")):
        found: MealCard = MealCard.objects.select_related("person").get(programme=device.shop.programme_id)
    return found


def meals(world: World) -> list[tuple[int, str]]:
    """Today's meals: in which county they lie, and how they came."""
    with scope.applied(world.account("admin")):
        return list(
            MealCheckIn.objects.filter(served_on=timezone.localdate()).values_list("county_id", "channel")
        )


def test_a_worker_of_a_county_tells_who_he_is_and_eats(
    device: CheckInDevice, person: Person, world: World
) -> None:
    browser, answer = come(device, person)
    assert "已登记" in answer.content.decode() and meals(world) == [(632300, "worker_scan")]
    assert "今天" in browser.get("/w/").content.decode()


def test_his_phone_is_known_and_the_tap_is_the_usual_one(
    device: CheckInDevice, card: MealCard, world: World, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        answer = tap(card, device)
    assert "已登记" in answer.content.decode() and meals(world) == [(632300, "worker_scan")]


def test_the_shop_scans_his_card_and_sees_the_meal(
    device: CheckInDevice, card: MealCard, world: World
) -> None:
    phone = browser_of(device)
    scan = entry(device, 1, card.card_no, card.person.id_last4)
    assert results(send(phone, scan)) == ["meal"]
    assert meals(world) == [(632300, "shop_scan")]
    assert phone.get("/shop/state/").json()["count"] == 1


def test_a_meal_of_the_county_stays_the_countys(device: CheckInDevice, person: Person, world: World) -> None:
    """An earlier scan at the prefecture's shop takes no meal over from a county's programme."""
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        shop = contracted_shop(world.programmes[COUNTY], "二号店", BEGUN)
    near = actions.add_device(by=world.account(f"{COUNTY}.clerk"), shop=shop, label="收银台")
    near = actions.pair_device(by=near.account, row=near, epoch=1)
    assert _scanned(near, person, noon).is_meal
    assert not _scanned(device, person, noon - timedelta(hours=1)).is_meal
    assert meals(world) == [(632322, "worker_scan")]
    with scope.applied(world.account("admin")):
        assert RejectedScan.objects.get().reason == "duplicate"


def _scanned(device: CheckInDevice, person: Person, at: datetime) -> Any:
    scan = Scan(person.pk, at, "worker_scan", device.pk)
    return actions.check_in(by=device.account, device=device, scan=scan)


def test_phones_reach_no_county_beside_the_programmes(
    device: CheckInDevice, card: MealCard, world: World
) -> None:
    """Not the county of another prefecture, though a wrong enrolment names a worker there."""
    stranger = world.persons[f"{ELSEWHERE}-1"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        MealCard.objects.filter(pk=card.pk).update(person=stranger)
        Enrolment.objects.filter(programme=device.shop.programme_id).update(person=stranger)
    answer = phone_of(card).get(f"/d/{device.shop.door_code}/")
    assert stranger.name[0] + "*" not in answer.content.decode()
    ticket = ticket_of(Presence(device, timezone.now()), BROWSER)
    answer = phone_of(card).post(f"/d/{device.shop.door_code}/", {"ticket": ticket})
    assert answer.status_code == 422 and meals(world) == []


@pytest.mark.parametrize(("county", "seen"), [(632322, {632322}), (632300, {632300, 632322, 632323})])
def test_what_the_database_shows_to_phones(world: World, county: int, seen: set[int]) -> None:
    with transaction.atomic():
        reach(county)
        assert set(Programme.objects.values_list("county_id", flat=True)) | {county} == seen
        assert set(Person.objects.values_list("county_id", flat=True)) == seen - {632300}
