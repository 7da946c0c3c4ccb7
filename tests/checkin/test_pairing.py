"""Pairing a shop's phone: once, for one shop, until it is revoked; and never a way into the portal."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.checkin import codes
from cases.checkin.shopfront import COOKIE, DEVICE, PAIRING, key_of, token_of
from cases.models import CheckInDevice, PartnerShop
from core import scope
from core.actions import Refused, bootstrap
from tests.checkin.conftest import CLERK, browser_of
from tests.world import World
from unions import actions as unions
from unions.models import Account


def pair(device: CheckInDevice) -> Any:
    browser = Client()
    return browser, browser.post(f"/shop/pair/{token_of(device, PAIRING)}/")


def test_the_clerks_link_pairs_one_phone_with_one_shop(device: CheckInDevice) -> None:
    link = f"/shop/pair/{token_of(device, PAIRING)}/"
    assert "一号店" in Client().get(link).content.decode()
    browser, answer = pair(device)
    assert (answer.status_code, answer["Location"]) == (302, "/shop/")
    assert "一号店" in browser.get("/shop/").content.decode()
    assert browser.cookies[COOKIE]["httponly"]


def test_a_link_opens_once(device: CheckInDevice) -> None:
    assert pair(device)[1].status_code == 302
    browser, answer = pair(device)
    assert answer.status_code == 422 and "已用过" in answer.content.decode()
    assert browser.get("/shop/").status_code == 403


def test_a_link_expires(device: CheckInDevice, world: World) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        CheckInDevice.objects.update(pairing_until=timezone.now() - timedelta(seconds=1))
    assert pair(device)[1].status_code == 422
    assert Client().get(f"/shop/pair/{token_of(device, PAIRING)}/").status_code == 410


def test_what_was_paired_before_ends_when_it_is_paired_anew(
    device: CheckInDevice, phone: Client, world: World
) -> None:
    assert phone.get("/shop/").status_code == 200
    before = key_of(device)
    renewed = actions.renew_pairing(by=world.account(CLERK), row=device)
    assert phone.get("/shop/").status_code == 403
    assert pair(device)[1].status_code == 403  # the former link
    browser, answer = pair(renewed)
    assert answer.status_code == 302 and browser.get("/shop/").status_code == 200
    assert key_of(renewed) != before


@pytest.mark.parametrize("verb", ["renew", "revoke"])
def test_who_ends_a_pairing_is_told_to_send_what_waits_first(
    device: CheckInDevice, world: World, verb: str
) -> None:
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    page = clerk.get(f"/devices/{device.pk}/{verb}/").content.decode()
    assert "联网" in page and "传完" in page


def test_a_revoked_phone_is_out(device: CheckInDevice, phone: Client, world: World) -> None:
    with scope.applied(world.account(CLERK)):
        row = CheckInDevice.objects.get(pk=device.pk)
    actions.revoke_device(by=world.account(CLERK), row=row, reason="丢失")
    assert phone.get("/shop/").status_code == 403


@pytest.mark.parametrize("change", ["county", "device", "epoch", "purpose", "tag", "empty"])
def test_a_changed_cookie_is_no_cookie(device: CheckInDevice, phone: Client, change: str) -> None:
    county, pk, epoch, tag = token_of(device, DEVICE).split(".")
    changed = {
        "county": f"632322.{pk}.{epoch}.{tag}",
        "device": f"{county}.{int(pk) + 1}.{epoch}.{tag}",
        "epoch": f"{county}.{pk}.2.{tag}",
        "purpose": token_of(device, PAIRING),
        "tag": f"{county}.{pk}.{epoch}.{tag[:-1]}",
        "empty": "",
    }[change]
    phone.cookies[COOKIE] = changed
    assert phone.get("/shop/").status_code == 403


def test_the_cookie_opens_no_page_of_the_portal(phone: Client, device: CheckInDevice) -> None:
    for address in ("/", "/members/", f"/devices/{device.pk}/", "/api/v1/members/"):
        assert phone.get(address).status_code in (302, 401, 403), address


def test_a_shops_account_can_never_sign_in(device: CheckInDevice, world: World) -> None:
    account = Account.objects.get(username=f"shop-{device.shop_id}")
    assert not account.has_usable_password()
    account.set_password("Ceshi-mima-2023")
    assert not account.check_password("Ceshi-mima-2023")
    admin, password = world.account("admin"), "Ceshi-mima-2023"
    with pytest.raises(Refused, match="门店账号"):
        unions.set_password(by=admin, row=account, password=password)
    with pytest.raises(Refused, match="门店账号"):
        unions.change_account(by=admin, row=account, role="clerk")
    with pytest.raises(Refused, match="门店账号"):
        unions.create_account(
            by=admin,
            username="shop",
            name="门店",
            role="shop",
            union=world.unions["630103"],
            password=password,
        )


def test_the_phones_of_a_shop_share_its_account(
    device: CheckInDevice, shop: PartnerShop, world: World
) -> None:
    second = actions.add_device(by=world.account(CLERK), shop=shop, label="后厨")
    assert second.account_id == device.account_id


def test_the_clerk_is_led_through_pairing(shop: PartnerShop, world: World) -> None:
    """From the form to the code on the page, which is gone once a phone is paired."""
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    answer = clerk.post("/devices/new/", {"shop": "一号店", "label": "收银台"})
    page = clerk.get(answer["Location"]).content.decode()
    assert "用店里的手机扫这个码" in page and "/shop/pair/" in page and '<svg viewBox="0 0 ' in page
    with scope.applied(world.account(CLERK)):
        device = CheckInDevice.objects.get(shop=shop)
    assert pair(device)[1].status_code == 302
    assert "/shop/pair/" not in clerk.get(answer["Location"]).content.decode()


def test_two_devices_never_share_a_key(device: CheckInDevice, shop: PartnerShop, world: World) -> None:
    second = actions.add_device(by=world.account(CLERK), shop=shop, label="后厨")
    step = codes.step_of(timezone.now())
    assert codes.live_code(key_of(device), step) != codes.live_code(key_of(second), step)
    assert browser_of(second).get("/shop/").status_code == 403  # not paired yet


def test_a_clerk_who_is_signed_in_elsewhere_pairs_as_anybody(device: CheckInDevice, world: World) -> None:
    """The pages of phones ask nobody's account, and do not stumble over one of another county."""
    browser = Client()
    browser.force_login(world.account("632322.clerk"))
    assert browser.get("/shop/").status_code == 403
    assert browser.post(f"/shop/pair/{token_of(device, PAIRING)}/").status_code == 302
    page = browser.get("/shop/").content.decode()
    assert "一号店" in page and "尖扎" not in page
