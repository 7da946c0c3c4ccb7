"""A shop of 城中 with a paired phone."""

import pytest
from django.core.cache import cache
from django.test import Client

from cases import actions
from cases.checkin.shopfront import COOKIE, DEVICE, token_of
from cases.models import CheckInDevice, PartnerShop
from core import scope
from tests.world import World

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


@pytest.fixture(autouse=True)
def unhurried() -> None:
    """No test waits for what another has tried."""
    cache.clear()
