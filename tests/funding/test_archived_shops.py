"""A shop is archived when its last month is settled; whoever names it afterwards is told the way back."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from cases import actions as case_actions
from cases.models import PartnerShop, ShopContract
from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from tests.funding.months import CLERK, FEBRUARY, approved, draft, serve, served
from tests.world import World

__all__ = ["served"]
DECEMBER = date(2022, 12, 1)


@pytest.fixture
def closed(served: World) -> PartnerShop:
    """The second shop, whose contract ended with January."""
    shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="二号店")
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        ShopContract.objects.filter(shop=shop).update(valid_to=date(2023, 2, 1))
    scope.apply_everywhere()
    return shop


def archive(world: World, shop: PartnerShop) -> PartnerShop:
    return case_actions.archive_shop(by=world.account(CLERK), row=shop)


def test_a_shop_is_archived_when_its_months_are_approved(served: World, closed: PartnerShop) -> None:
    with pytest.raises(Refused, match="“二号店”在2023年1月有就餐，那个月的结算还没有批准"):
        archive(served, closed)
    draft(served)
    with pytest.raises(Refused, match="2023年1月"):
        archive(served, closed)
    approved(served)
    assert archive(served, closed).is_archived


def test_months_before_the_first_settlement_are_not_waited_for(served: World, closed: PartnerShop) -> None:
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        serve(served, closed, 3, DECEMBER)
    scope.apply_everywhere()
    with pytest.raises(Refused, match="2022年12月"):
        archive(served, closed)
    approved(served)
    assert archive(served, closed).is_archived


def test_a_month_that_was_left_out_is_waited_for(served: World, closed: PartnerShop) -> None:
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        serve(served, closed, 3, DECEMBER)
    scope.apply_everywhere()
    approved(served, DECEMBER)
    draft(served, FEBRUARY)
    with pytest.raises(Refused, match="2023年1月"):
        archive(served, closed)


def test_a_programme_without_a_cost_rule_settles_nothing(served: World, closed: PartnerShop) -> None:
    with scope.applied(served.account(CLERK)):
        for rule in closed.programme.cost_share_rules.all():
            actions.archive_rule(by=served.account(CLERK), row=rule, reason="不在这里结算")
    assert archive(served, closed).is_archived


def test_a_form_that_names_an_archived_shop_tells_the_way_back(
    served: World, closed: PartnerShop, client: Client
) -> None:
    approved(served)
    archive(served, closed)
    given: dict[str, Any] = {"month": "2023-01", "meals": "10", "stated_on": "2023-02-01"}
    client.force_login(served.account(CLERK))
    for name in ("二号店", f"二号店 #{closed.pk}"):
        page = client.post("/shop_statements/new/", {"shop": name, **given}).content.decode()
        assert f"门店“{name}”已归档，请先在它的页面“恢复”，再填写。" in page
    page = client.post("/shop_statements/new/", {"shop": "三号店", **given}).content.decode()
    assert "您的管辖范围内没有“三号店”这个门店" in page
