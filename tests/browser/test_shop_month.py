"""The shop agrees with its month on a phone 360 pixels wide, with the network cut in the middle."""

import pytest
from playwright.sync_api import Page, expect

from cases.models import CheckInDevice, PartnerShop
from core import scope
from core.actions import bootstrap
from core.models import AuditEvent
from funding import actions
from funding.models import SettlementLine
from tests.browser.test_checkin import counter, fits, only_cut_off
from tests.checkin.conftest import CLERK, device, shop, unhurried
from tests.world import World

__all__ = ["counter", "device", "shop", "unhurried"]


@pytest.fixture
def line(world: World, shop: PartnerShop) -> SettlementLine:
    """The month of the world's own meals."""
    from cases.models import MealCheckIn

    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        meal = MealCheckIn.objects.filter(shop=shop).earliest("served_on")
    month = actions.draft_month(
        by=world.account(CLERK), programme=shop.programme, month=meal.served_on.replace(day=1)
    )
    with scope.applied(world.account(CLERK)):
        found: SettlementLine = month.lines.get()
    return found


def _now(world: World, line: SettlementLine) -> SettlementLine:
    with scope.applied(world.account(CLERK)):
        found: SettlementLine = SettlementLine.objects.get(pk=line.pk)
    return found


def test_the_shop_confirms_while_the_network_is_cut(
    counter: Page, device: CheckInDevice, line: SettlementLine, world: World, problems: list[str]
) -> None:
    page = counter
    page.get_by_role("link", name="每月对账").click()
    fits(page)
    page.locator(".phone-link").click()
    page.get_by_text("每天的份数").click()
    page.get_by_text("各方承担").click()
    fits(page)

    page.context.set_offline(True)
    page.get_by_role("button", name="核对无误，确认").click()
    expect(page.locator("[data-state]").first).to_contain_text("自动重试")
    assert _now(world, line).confirmed_at is None

    page.context.set_offline(False)
    expect(page.get_by_text("已确认。")).to_be_visible(timeout=30_000)
    assert _now(world, line).confirmed_how == "门店手机"
    with scope.applied(world.account(CLERK)):
        assert AuditEvent.objects.filter(verb="funding.confirm_own_line").count() == 1
    fits(page)
    only_cut_off(problems)


def test_the_shop_objects_with_a_sentence(counter: Page, line: SettlementLine, world: World) -> None:
    page = counter
    page.goto(f"/shop/months/{line.pk}/")
    page.get_by_text("数字不对？").click()
    page.get_by_label("哪里不对").fill("少记3份")
    page.get_by_role("button", name="告诉县工会").dblclick()
    expect(page.get_by_text("已告诉县工会：少记3份")).to_be_visible()
    fits(page)
    assert _now(world, line).objection == "少记3份"
