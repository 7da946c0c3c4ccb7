"""A shop of 城中 with a paired phone."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from cases import actions
from cases.checkin.shopfront import COOKIE, DEVICE, token_of
from cases.models import CheckInDevice, Enrolment, MealCard, PartnerShop, Programme
from core import scope
from core.actions import bootstrap
from core.checks import birth_date_of, sex_of
from core.crypto import keyed_hash
from core.throttle import Throttle
from members.models import Person
from tests.world import World, contracted_shop, id_number
from unions.models import Union

CLERK = "630103.clerk"


@pytest.fixture
def shop(world: World) -> PartnerShop:
    with scope.applied(world.account(CLERK)):
        found: PartnerShop = PartnerShop.objects.select_related("programme").get(
            programme=world.programmes["630103"]
        )
    return found


@pytest.fixture
def device(world: World, shop: PartnerShop) -> CheckInDevice:
    """A phone that waits to be paired."""
    return actions.add_device(by=world.account(CLERK), shop=shop, label="收银台")


@pytest.fixture
def phone(device: CheckInDevice) -> Client:
    """The shop's phone, paired."""
    actions.pair_device(by=device.account, row=device, epoch=1)
    return browser_of(device)


def browser_of(device: CheckInDevice) -> Client:
    client = Client()
    client.cookies[COOKIE] = token_of(device, DEVICE)
    return client


def enrolled(world: World, number: int) -> list[MealCard]:
    """More workers of the shop's programme, each with a card."""
    programme, union = world.programmes["630103"], world.unions["630103"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        persons = Person.objects.bulk_create(_person(union, serial) for serial in range(number))
        Enrolment.objects.bulk_create(
            Enrolment(**union.stamp(), programme=programme, person=person, valid_from=date(2022, 7, 1))
            for person in persons
        )
    actions.issue_cards(by=world.account(CLERK), row=programme)
    with scope.applied(world.account(CLERK)):
        cards = MealCard.objects.filter(programme=programme, person__in=persons)
        return list(cards.select_related("person").order_by("pk"))


def _person(union: Union, serial: int) -> Person:
    """A thousand to a day of birth, none of them born when the people of the world are."""
    born = date(1970, 1, 1) + timedelta(days=serial // 1000)
    full = id_number(serial % 1000, f"{born:%Y%m%d}")
    person = Person(
        **union.stamp(),
        name=f"甲{serial}",
        name_sort="jia",
        sex=str(sex_of(full)),
        birth_date=birth_date_of(full),
        id_hash=keyed_hash(full),
        id_last4=full[-4:],
    )
    sealed: Any = Person._meta.get_field("id_number")
    sealed.seal_into(person, full)
    return person


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for what another has tried."""
    test = uuid.uuid4()
    monkeypatch.setattr(Throttle, "_key", lambda self, subject: f"{test}:{self.name}:{'|'.join(subject)}")


def counter_next_door(world: World, person: Person) -> CheckInDevice:
    """A paired phone in a second programme of the shop's own county, in which the worker is enrolled as well."""
    place = world.unions["630103"].stamp()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        programme = Programme.objects.create(
            **place, kind="breakfast", name="城中早餐二期", started_on=date(2022, 7, 1)
        )
        Enrolment.objects.create(**place, programme=programme, person=person, valid_from=date(2022, 7, 1))
        found = contracted_shop(programme, "隔壁店", date(2022, 7, 1))
    return paired(world, found)


def paired(world: World, shop: PartnerShop) -> CheckInDevice:
    made = actions.add_device(by=world.account(f"{shop.county_id}.clerk"), shop=shop, label="收银台")
    return actions.pair_device(by=made.account, row=made, epoch=1)
