"""A county's map with five hundred shops: drawn, narrowed by the period, opened by a click, on a phone as well."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Locator, Page, expect

from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, ShopContract, ShopStage
from core.actions import bootstrap
from tests.world import World

CLERK, SHOPS, ACROSS = "632322.clerk", 500, 25
Sign = Callable[[Any, str], None]


@pytest.fixture
def programme(world: World) -> Programme:
    """尖扎's breakfast at five hundred shops in rows across the county, one of which served two meals."""
    programme, place = world.programmes["632322"], world.unions["632322"].stamp()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        shops = PartnerShop.objects.bulk_create(
            PartnerShop(
                **place,
                programme=programme,
                name=f"第{number:03d}店",
                door_code=f"map{number:09d}",
                stage=ShopStage.CONTRACTED,
                longitude=f"{101.75 + number % ACROSS * 0.012:.4f}",
                latitude=f"{35.75 + number // ACROSS * 0.018:.4f}",
            )
            for number in range(SHOPS)
        )
        ShopContract.objects.bulk_create(
            ShopContract(**place, shop=shop, valid_from=date(2022, 7, 1)) for shop in shops
        )
        enrolment = Enrolment.objects.get(programme=programme)
        for day in (1, 20):
            MealCheckIn.objects.create(
                **place,
                programme=programme,
                shop=shops[0],
                enrolment=enrolment,
                served_on=date(2022, 12, day),
            )
    return programme


def points(page: Page) -> Locator:
    """The dots of the map; the county's own outline is drawn without an opacity of its own."""
    return page.locator("[data-chart^='shops-on-map'] svg path[fill-opacity='0.8']")


def test_five_hundred_shops_stand_on_the_map(
    page: Page, sign_in: Sign, programme: Programme, problems: list[str]
) -> None:
    sign_in(page, CLERK)
    page.goto(f"/programmes/{programme.pk}/?until=2022-12-31")
    expect(points(page)).to_have_count(SHOPS, timeout=30_000)
    assert page.locator("[data-chart^='shops-on-map'] svg text").count() == 0  # names would hide the dots
    first = page.get_by_role("row", name=re.compile("第000店")).last
    expect(first).to_contain_text("2")
    page.goto(f"/programmes/{programme.pk}/?until=2022-12-10")
    expect(page.get_by_role("row", name=re.compile("第000店")).last).to_contain_text("1")
    points(page).last.scroll_into_view_if_needed()
    place = points(page).last.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.wait_for_url(re.compile(r"/shops/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("店")


def test_the_map_fits_a_phone(phone_page: Page, sign_in: Sign, programme: Programme) -> None:
    sign_in(phone_page, CLERK)
    phone_page.goto(f"/programmes/{programme.pk}/?until=2022-12-31")
    expect(points(phone_page)).to_have_count(SHOPS, timeout=30_000)
    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_map_asks_no_more_of_the_database_for_more_shops(world: World, programme: Programme) -> None:
    client = Client()
    client.force_login(world.account(CLERK))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/programmes/{programme.pk}/?until=2022-12-31").status_code == 200
        return len(queries)

    asked()  # what is read once per process
    many = asked()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        gone = list(PartnerShop.objects.filter(name__startswith="第1").values_list("pk", flat=True))
        ShopContract.objects.filter(shop__in=gone).delete()
        PartnerShop.objects.filter(pk__in=gone).delete()
    assert asked() == many
