"""The shop's month on its phone: it agrees or objects, once, to the numbers that it saw."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404
from django.test import Client

from cases import actions as cases
from cases.models import CheckInDevice, Enrolment, MealCheckIn, PartnerShop
from core import scope
from core.actions import Refused, Stale, bootstrap
from core.models import AuditEvent
from funding import actions
from funding.models import SettlementLine
from members.models import Person
from tests.checkin.conftest import CLERK, browser_of, device, phone, shop, unhurried
from tests.world import World

__all__ = ["device", "phone", "shop", "unhurried"]
JANUARY = date(2023, 1, 1)


@pytest.fixture
def line(world: World, shop: PartnerShop) -> SettlementLine:
    """Twenty meals of January, worked out."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        enrolment = Enrolment.objects.filter(programme=shop.programme).earliest("pk")
        MealCheckIn.objects.bulk_create(
            MealCheckIn(
                **world.unions["630103"].stamp(),
                programme=shop.programme,
                shop=shop,
                enrolment=enrolment,
                served_on=JANUARY + timedelta(days=day),
            )
            for day in range(20)
        )
    month = actions.draft_month(by=world.account(CLERK), programme=shop.programme, month=JANUARY)
    return _now(month.lines.get())


def _now(line: SettlementLine) -> SettlementLine:
    scope.apply_everywhere()
    found: SettlementLine = SettlementLine.objects.select_related("settlement").get(pk=line.pk)
    return found


def _url(line: SettlementLine) -> str:
    return f"/shop/months/{line.pk}/"


def test_the_phone_shows_the_statement(phone: Client, line: SettlementLine) -> None:
    assert "2023年1月" in phone.get("/shop/months/").content.decode()
    page = phone.get(_url(line)).content.decode()
    for words in ("20 份", "160.00 元", "壹佰陆拾圆整", "每天的份数（20 天）", "由工会付给门店", "没有报"):
        assert words in page, words


def test_the_shop_confirms_what_it_saw_and_a_second_tap_counts_once(
    phone: Client, line: SettlementLine
) -> None:
    answers = [phone.post(_url(line), {"seen": line.version}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    after = _now(line)
    assert (after.confirmed_how, after.settlement.stage) == ("门店手机", "confirmed")
    assert AuditEvent.objects.filter(verb="funding.confirm_own_line").count() == 1
    assert "已确认" in phone.get(_url(line)).content.decode()


def test_numbers_that_changed_meanwhile_are_shown_again(
    world: World, phone: Client, line: SettlementLine
) -> None:
    actions.state_meals(by=world.account(CLERK), shop=line.shop, month=JANUARY, meals=17)
    answer = phone.post(_url(line), {"seen": line.version})
    assert answer.status_code == 409
    assert "数字刚有变动" in answer.content.decode() and "136.00 元" in answer.content.decode()
    assert _now(line).confirmed_at is None


def test_an_objection_holds_the_month_until_the_shop_agrees(
    world: World, phone: Client, line: SettlementLine
) -> None:
    said = {"seen": line.version, "object": "1", "words": "1月9日少记3份"}
    assert [phone.post(_url(line), said).status_code for _ in range(2)] == [302, 302]
    assert "已告诉县工会：1月9日少记3份" in phone.get(_url(line)).content.decode()
    assert "有异议" in phone.get("/shop/months/").content.decode()
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    assert "答复 1 家门店的异议" in clerk.get(f"/settlements/{line.settlement_id}/").content.decode()
    with pytest.raises(Refused, match=r"有异议的门店 1 家：“.*”1月9日少记3份"):
        actions.check_month(by=world.account(CLERK), row=line.settlement, without_statements=True)
    phone.post(_url(line), {"seen": _now(line).version})
    after = _now(line)
    assert (after.objection, bool(after.confirmed_at)) == ("", True)
    actions.check_month(by=world.account(CLERK), row=after.settlement, without_statements=True)


def test_a_doubt_about_a_worker_who_has_gone_to_another_county_is_shown_without_his_name(
    world: World, phone: Client, line: SettlementLine
) -> None:
    gone, there = world.persons["630103-1"], world.unions["632323"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Enrolment.objects.filter(person=gone).update(valid_to=JANUARY + timedelta(days=19))
    actions.redraft_month(by=world.account(CLERK), row=line.settlement)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Person.objects.filter(pk=gone.pk).update(union=there, county_id=there.county_id)
    assert "01-20 已转到别处的职工" in phone.get(_url(line)).content.decode()


def test_an_objection_says_why(phone: Client, line: SettlementLine) -> None:
    answer = phone.post(_url(line), {"seen": line.version, "object": "1", "words": " "})
    assert answer.status_code == 422
    assert "请写明哪里不对" in answer.content.decode()


def test_a_checked_month_takes_no_answer(world: World, phone: Client, line: SettlementLine) -> None:
    by = world.account(CLERK)
    actions.confirm_line(by=by, row=line, how="盖章对账单")
    actions.check_month(by=by, row=line.settlement, without_statements=True)
    page = phone.get(_url(line)).content.decode()
    assert "核对无误" not in page
    answer = phone.post(_url(line), {"seen": _now(line).version, "object": "1", "words": "少记"})
    assert answer.status_code == 422 and "已核对" in answer.content.decode()


def _other(world: World, shop: PartnerShop) -> CheckInDevice:
    """The phone of another shop of the same programme."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        place: dict[str, Any] = {"union_id": shop.union_id, "county_id": shop.county_id}
        other = PartnerShop.objects.create(
            **place, programme=shop.programme, name="二号店", stage="contracted"
        )
    found: CheckInDevice = cases.add_device(by=world.account(CLERK), shop=other, label="二号")
    cases.pair_device(by=found.account, row=found, epoch=1)
    return found


def test_another_shop_neither_sees_nor_answers(world: World, shop: PartnerShop, line: SettlementLine) -> None:
    other = _other(world, shop)
    client = browser_of(other)
    assert client.get(_url(line)).status_code == client.post(_url(line)).status_code == 404
    with pytest.raises(Http404):
        actions.confirm_own_line(by=other.account, line=line, seen=line.version)


def test_the_action_itself_holds_to_what_was_seen(device: CheckInDevice, line: SettlementLine) -> None:
    with pytest.raises(Stale):
        actions.confirm_own_line(by=device.account, line=line, seen=line.version + 1)
    confirmed = actions.confirm_own_line(by=device.account, line=line, seen=line.version)
    assert confirmed.payable == Decimal("160.00")
