"""What was typed and not saved comes back, on the address where it was typed."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from cases.models import PartnerShop
from tests.checkin.conftest import CLERK, shop
from tests.world import World

__all__ = ["shop"]


def test_a_draft_belongs_to_the_link_that_was_opened(
    page: Page, world: World, sign_in: Callable[[Page, str], None], shop: PartnerShop
) -> None:
    sign_in(page, CLERK)
    page.on("dialog", lambda dialog: dialog.accept())
    meals = page.locator("[name=meals]")
    page.goto("/shop_statements/new/")
    meals.fill("50")
    page.goto(f"/shop_statements/new/?shop={shop.pk}")
    expect(page.locator("[name=shop]")).to_have_value(re.compile(shop.name))
    expect(meals).to_have_value("")
    expect(page.locator(".draft-notice")).to_have_count(0)
    page.goto("/shop_statements/new/")
    expect(meals).to_have_value("50")
