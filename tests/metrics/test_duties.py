"""The first page tells each account what waits for it, and leads there in one step."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Enrolment, MealCheckIn, PartnerShop
from core import scope
from core.actions import bootstrap
from funding import actions
from funding.models import Settlement
from tests.world import World

pytestmark = pytest.mark.django_db
CLERK, HEAD = "632322.clerk", "632322.head"
JANUARY, FEBRUARY = date(2023, 1, 1), date(2023, 2, 1)


def work_of(world: World, name: str) -> dict[str, str]:
    """The titles of the work list with the addresses they lead to."""
    client = Client()
    client.force_login(world.account(name))
    return {item["title"]: item["url"] for item in client.get("/").context["work"]}


@pytest.fixture
def served(world: World) -> World:
    """One meal in January, one in February."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=world.programmes["632322"])
        place = {"union_id": shop.union_id, "county_id": shop.county_id, "programme": shop.programme}
        enrolment = Enrolment.objects.filter(programme=shop.programme).earliest("pk")
        for day in (JANUARY, FEBRUARY):
            MealCheckIn.objects.create(**place, shop=shop, enrolment=enrolment, served_on=day)
    return world


def draft(world: World, month: date) -> Settlement:
    return actions.draft_month(by=world.account(CLERK), programme=world.programmes["632322"], month=month)


def confirm(world: World, settlement: Settlement) -> None:
    scope.apply_everywhere()
    for line in settlement.lines.all():
        actions.confirm_line(by=world.account(CLERK), row=line, how="盖章对账单")


def test_months_that_nobody_has_worked_out_are_named_until_the_last_is(served: World) -> None:
    title = "1 个服务项目有月份还没有结算"
    assert work_of(served, CLERK)[title] == reverse("settlements-list")
    draft(served, JANUARY)
    assert title in work_of(served, CLERK)
    draft(served, FEBRUARY)
    assert title not in work_of(served, CLERK)


def test_a_month_waits_for_one_hand_after_the_other(served: World) -> None:
    month = draft(served, JANUARY)
    url = reverse("settlements-detail", args=[month.pk])
    steps: list[tuple[Callable[[], Any], str, str]] = [
        (lambda: None, CLERK, "1 个月结算等待核对"),
        (
            lambda: actions.check_month(by=served.account(CLERK), row=month, without_statements=True),
            HEAD,
            "1 个月结算已核对，等待批准",
        ),
        (
            lambda: actions.approve_month(by=served.account(HEAD), row=month),
            CLERK,
            "1 个月结算已批准，等待付款",
        ),
    ]
    confirm(served, month)
    for step, name, title in steps:
        step()
        work = {each: work_of(served, each) for each in (CLERK, HEAD)}
        assert work[name][title] == url


def test_who_checked_is_not_asked_to_approve(served: World) -> None:
    month = draft(served, JANUARY)
    confirm(served, month)
    actions.check_month(by=served.account(HEAD), row=month, without_statements=True)
    assert "1 个月结算已核对，等待批准" not in work_of(served, HEAD)


def test_an_objection_of_a_shop_comes_first(served: World) -> None:
    month = draft(served, JANUARY)
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        month.lines.update(objection="少一份", objected_at="2023-02-02T08:00:00+08:00")
    titles = list(work_of(served, CLERK))
    assert titles.index("1 个月结算有门店提出异议") < titles.index("1 个月结算等待核对")


def test_shops_that_applied_wait_for_their_inspection(served: World) -> None:
    programme = served.programmes["632322"]
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        PartnerShop.objects.create(
            union_id=programme.union_id, county_id=programme.county_id, programme=programme, name="新店"
        )
    url = work_of(served, CLERK)["1 家门店已申请，等待验收"]
    client = Client()
    client.force_login(served.account(CLERK))
    assert "新店" in client.get(url).content.decode()


def test_nothing_of_another_county_is_named(served: World) -> None:
    before = work_of(served, "632323.clerk")
    draft(served, JANUARY)
    assert work_of(served, "632323.clerk") == before
