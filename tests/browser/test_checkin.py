"""Check-in on phones 360 pixels wide, with the network cut in the middle."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases import actions
from cases.checkin import codes, workers
from cases.checkin.shopfront import COOKIE, DEVICE, PAIRING, key_of, token_of
from cases.models import CheckInDevice, MealCard, MealCheckIn
from core import scope
from tests.checkin.conftest import CLERK, device, enrolled, shop, unhurried
from tests.world import World

__all__ = ["device", "shop", "unhurried"]
CUT_OFF = ("ERR_INTERNET_DISCONNECTED", "Failed to fetch", "ERR_FAILED")


def meals(world: World) -> int:
    with scope.applied(world.account(CLERK)):
        return MealCheckIn.objects.filter(device__isnull=False).count()


def fits(page: Page) -> None:
    """Nothing stands beside the phone's width."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def only_cut_off(problems: list[str]) -> None:
    """The browser tells every request that the cut ate; anything else is a problem."""
    problems[:] = [problem for problem in problems if not any(word in problem for word in CUT_OFF)]


@pytest.fixture
def counter(phone_page: Page, device: CheckInDevice) -> Page:
    """The shop's phone, paired in the browser and ready for the time without a network."""
    phone_page.goto(f"/shop/pair/{token_of(device, PAIRING)}/")
    fits(phone_page)
    phone_page.get_by_role("button", name="配对这部手机").click()
    expect(phone_page.locator("html")).to_have_attribute("data-offline", "ready", timeout=20_000)
    return phone_page


def type_card(page: Page, card: MealCard, last4: str = "") -> None:
    page.get_by_label("卡号").fill(card.card_no)
    page.get_by_label("末四位").fill(last4 or card.person.id_last4)
    page.get_by_role("button", name="登记", exact=True).click()


def test_the_shop_works_on_while_the_network_is_cut(counter: Page, world: World, problems: list[str]) -> None:
    cards = enrolled(world, 3)
    fits(counter)
    type_card(counter, cards[0])
    expect(counter.locator("[data-verdict]")).to_contain_text("已登记", timeout=15_000)
    expect(counter.locator("[data-count]")).to_have_text("1")

    counter.context.set_offline(True)
    type_card(counter, cards[1])
    type_card(counter, cards[2], "0000")
    type_card(counter, cards[0])
    expect(counter.locator("[data-queue]")).to_contain_text("待上传 3 条")
    shown = counter.locator("[data-digits]").inner_text()
    counter.reload()
    expect(counter.locator("[data-queue]")).to_contain_text("待上传 3 条", timeout=15_000)
    expect(counter.locator("[data-digits]")).not_to_have_text(shown, timeout=40_000)  # the code still changes
    assert meals(world) == 1

    counter.context.set_offline(False)
    expect(counter.locator("[data-queue]")).to_contain_text("都已上传", timeout=40_000)
    expect(counter.locator("[data-count]")).to_have_text("2")
    assert meals(world) == 2
    with scope.applied(world.account(CLERK)):
        from cases.models import RejectedScan

        assert sorted(RejectedScan.objects.values_list("reason", flat=True)) == ["duplicate", "wrong_digits"]
    fits(counter)
    only_cut_off(problems)


def test_a_wrong_last_four_is_typed_again_without_the_card(counter: Page, world: World) -> None:
    card = enrolled(world, 1)[0]
    type_card(counter, card, "0000")
    expect(counter.locator("[data-verdict]")).to_contain_text("末四位与持卡人不符", timeout=15_000)
    expect(counter.get_by_label("卡号")).to_have_value(card.card_no)
    counter.get_by_label("末四位").fill(card.person.id_last4)
    counter.get_by_role("button", name="登记", exact=True).click()
    expect(counter.locator("[data-verdict]")).to_contain_text("已登记", timeout=15_000)
    expect(counter.get_by_label("卡号")).to_have_value("")


def test_a_wrong_last_four_is_put_right_while_the_network_is_cut(
    counter: Page, world: World, problems: list[str]
) -> None:
    card = enrolled(world, 1)[0]
    counter.context.set_offline(True)
    for last4, waiting in (("0000", 1), (card.person.id_last4, 2), (card.person.id_last4, 2)):
        type_card(counter, card, last4)
        expect(counter.locator("[data-queue]")).to_contain_text(f"待上传 {waiting} 条")
        expect(counter.locator("[data-verdict]")).to_contain_text("已记下")
    expect(counter.locator("[data-verdict]")).to_contain_text("不用再记")
    counter.context.set_offline(False)
    expect(counter.locator("[data-queue]")).to_contain_text("都已上传", timeout=40_000)
    expect(counter.locator("[data-count]")).to_have_text("1")
    assert meals(world) == 1
    only_cut_off(problems)


def test_what_the_phone_shows_opens_the_door(counter: Page, device: CheckInDevice) -> None:
    """The code drawn on the phone is the portal's own."""
    key, now = key_of(device), timezone.now()
    steps = [codes.digits(key, codes.step_of(now) + shift) for shift in (-1, 0, 1)]
    assert counter.locator("[data-digits]").inner_text() in steps
    text = "sm3.base32(sm3.hmac(Uint8Array.from({length: 32}, (x, i) => i), 'entry|1|2|卡|X'), 26)"
    assert counter.evaluate(text) == codes.base32(codes.mac(bytes(range(32)), "entry|1|2|卡|X"), 26)


def test_the_worker_taps_while_the_network_is_cut(
    phone_page: Page, device: CheckInDevice, world: World, problems: list[str]
) -> None:
    actions.pair_device(by=device.account, row=device, epoch=1)
    card, page = enrolled(world, 1)[0], phone_page
    code = codes.live_code(key_of(device), codes.step_of(timezone.now()))
    page.goto(f"/d/{device.shop.door_code}/?c={device.pk}.{code}")
    page.get_by_label("手机号或卡号").fill(card.card_no)
    page.get_by_label("身份证号末四位").fill(card.person.id_last4)
    fits(page)

    page.context.set_offline(True)
    page.get_by_role("button", name="确认就餐").click()
    expect(page.locator("[data-state]")).to_contain_text("自动重试")
    assert meals(world) == 0

    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="已登记")).to_be_visible(timeout=30_000)
    assert meals(world) == 1
    fits(page)
    page.get_by_role("link", name="我的就餐码和记录").click()
    expect(page.locator("[data-code] svg")).to_be_visible()
    fits(page)
    only_cut_off(problems)


def test_the_shop_scans_the_workers_phone(counter: Page, world: World) -> None:
    """What the camera reads is handed on; here it is handed on directly."""
    card: Any = enrolled(world, 1)[0]
    shown = workers.shown_code(card, codes.step_of(timezone.now()))
    counter.evaluate("text => document.dispatchEvent(new CustomEvent('scanned', {detail: text}))", shown)
    expect(counter.locator("[data-verdict]")).to_contain_text("已登记", timeout=15_000)
    token = workers.token_of(card, workers.PRINTED)
    address = f"https://portal.example/w/{token}/"
    counter.evaluate("text => document.dispatchEvent(new CustomEvent('scanned', {detail: text}))", address)
    expect(counter.locator("[data-verdict]")).to_contain_text("末四位")
    counter.get_by_label("末四位").fill(card.person.id_last4)
    counter.get_by_role("button", name="登记", exact=True).click()
    expect(counter.locator("[data-verdict]")).to_contain_text("一天只能一份", timeout=15_000)
    assert meals(world) == 1


def test_the_worker_taps_twice_and_rates_the_meal(
    phone_page: Page, device: CheckInDevice, world: World
) -> None:
    """The second tap says why not; the stars are as large as a finger, beside their words."""
    actions.pair_device(by=device.account, row=device, epoch=1)
    card, page = enrolled(world, 1)[0], phone_page

    def scan() -> None:
        code = codes.live_code(key_of(device), codes.step_of(timezone.now()))
        page.goto(f"/d/{device.shop.door_code}/?c={device.pk}.{code}")

    scan()
    page.get_by_label("手机号或卡号").fill(card.card_no)
    page.get_by_label("身份证号末四位").fill(card.person.id_last4)
    page.get_by_role("button", name="确认就餐").click()
    expect(page.get_by_role("heading", name="已登记")).to_be_visible(timeout=30_000)
    page.wait_for_timeout(1500)  # a ticket knows its second
    scan()
    page.get_by_role("button", name="确认就餐").click()
    expect(page.get_by_role("heading", name="没有登记")).to_be_visible(timeout=30_000)
    expect(page.locator("#content")).to_contain_text("一天只能一份")
    fits(page)

    page.goto("/w/")
    page.get_by_role("link", name="评价").click()
    star = page.get_by_label("4分 满意")
    word = page.locator("label", has=star)
    circle, line = star.bounding_box(), word.bounding_box()
    assert circle and line and circle["width"] >= 20 and line["height"] >= 44
    assert abs(circle["y"] + circle["height"] / 2 - line["y"] - line["height"] / 2) < 4
    fits(page)
    star.check()
    page.get_by_label("想说的话").fill("热乎")
    page.get_by_role("button", name="提交评价").click()
    page.wait_for_url("**/w/")
    expect(page.get_by_role("link", name="评价")).to_have_count(0)


def test_every_scan_of_a_queue_that_was_not_recorded_stays_listed(
    counter: Page, world: World, problems: list[str]
) -> None:
    """The last one is recorded; the refused ones before it are read, over a reload, until they are tapped away."""
    cards = enrolled(world, 3)
    counter.context.set_offline(True)
    for waiting, (card, last4) in enumerate(
        [(cards[0], ""), (cards[1], "0000"), (cards[0], "1x1X"), (cards[2], "")]
    ):
        type_card(counter, card, last4)
        expect(counter.locator("[data-queue]")).to_contain_text(f"待上传 {waiting + 1} 条")
    counter.context.set_offline(False)
    expect(counter.locator("[data-verdict]")).to_contain_text("登记 2 份，没有登记 2 条", timeout=40_000)
    listed = counter.locator("[data-refused] li")
    expect(listed).to_have_count(2)
    expect(counter.locator("[data-queue]")).to_contain_text("都已上传。2 条没有登记")
    assert meals(world) == 2
    fits(counter)

    counter.reload()
    expect(listed).to_have_count(2, timeout=15_000)
    expect(listed.first).to_contain_text("末四位与持卡人不符")
    expect(listed.first).to_contain_text(f"{timezone.localtime():%H:}")
    listed.first.get_by_role("button", name="知道了").click()
    expect(listed).to_have_count(1)
    counter.reload()
    expect(listed).to_have_count(1, timeout=15_000)
    only_cut_off(problems)


def test_a_scan_that_is_refused_at_the_counter_is_told_at_once_and_not_listed(
    counter: Page, world: World
) -> None:
    type_card(counter, enrolled(world, 1)[0], "0000")
    expect(counter.locator("[data-verdict]")).to_contain_text("末四位与持卡人不符", timeout=15_000)
    expect(counter.locator("[data-refused]")).to_be_hidden()


def test_what_waits_is_not_lost_when_the_phone_is_paired_anew(
    counter: Page, device: CheckInDevice, world: World, problems: list[str]
) -> None:
    """The scan from before is told as such and stays listed; the next one, still without a network, is a meal."""
    before, after = enrolled(world, 2)
    counter.context.set_offline(True)
    type_card(counter, before)
    expect(counter.locator("[data-queue]")).to_contain_text("待上传 1 条")
    renewed = actions.renew_pairing(by=world.account(CLERK), row=device)
    actions.pair_device(by=device.account, row=renewed, epoch=2)
    root = counter.url.split("shop/")[0]
    counter.context.add_cookies([{"name": COOKIE, "value": token_of(renewed, DEVICE), "url": root}])
    # The key arrives before what waits is sent: here the sending fails once.
    counter.route("**/shop/scans/", lambda route: route.abort())
    counter.context.set_offline(False)
    expect(counter.locator("[data-queue]")).to_contain_text("自动重试", timeout=40_000)
    type_card(counter, after)
    expect(counter.locator("[data-queue]")).to_contain_text("待上传 2 条")
    counter.unroute("**/shop/scans/")
    expect(counter.locator("[data-queue]")).to_contain_text("都已上传", timeout=40_000)
    expect(counter.locator("[data-refused] li")).to_have_count(1)
    expect(counter.locator("[data-refused] li")).to_contain_text("重新配对以前扫的")
    assert meals(world) == 1
    only_cut_off(problems)
