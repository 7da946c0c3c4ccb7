"""The shop's phone reads a card with its camera: the real page, a real picture before Chromium's fake camera."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from cases.checkin import workers
from cases.checkin.shopfront import PAIRING, token_of
from cases.models import CheckInDevice, MealCard
from tests.browser.test_checkin import fits, meals
from tests.checkin.conftest import device, enrolled, shop, unhurried
from tests.conftest import opened
from tests.world import World

__all__ = ["device", "shop", "unhurried"]
WIDE, HIGH, DOT, TABLE, PAPER, INK = 640, 480, 5, 120, 235, 30


def film(path: Path, text: str) -> None:
    """What a camera sees over a counter: a white card with its code on a grey table, as a short film (y4m)."""
    rows = segno.make(text, error="m", micro=False).matrix
    side = (len(rows) + 8) * DOT
    left, top = (WIDE - side) // 2, (HIGH - side) // 2
    picture = [bytearray([TABLE]) * WIDE for _ in range(HIGH)]
    for y in range(side):
        line, row = picture[top + y], y // DOT - 4
        line[left : left + side] = bytes([PAPER]) * side
        for place, dark in enumerate(rows[row] if 0 <= row < len(rows) else ()):
            if dark:
                start = left + (place + 4) * DOT
                line[start : start + DOT] = bytes([INK]) * DOT
    frame = b"FRAME\n" + b"".join(picture) + bytes([128]) * (WIDE * HIGH // 2)
    path.write_bytes(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % (WIDE, HIGH) + frame * 5)


@pytest.fixture
def card(world: World) -> MealCard:
    return enrolled(world, 1)[0]


@pytest.fixture
def counter(
    launched: Callable[..., Browser],
    live_server: Any,
    problems: list[str],
    tmp_path: Path,
    card: MealCard,
    device: CheckInDevice,
) -> Iterator[Page]:
    """The paired phone, before whose camera the worker holds his printed card."""
    path = tmp_path / "card.y4m"
    film(path, f"{live_server.url}/w/{workers.token_of(card, workers.PRINTED)}/")
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    browser = launched(*camera, f"--use-file-for-fake-video-capture={path}")
    for page in opened(browser, live_server.url, 360, problems):
        page.goto(f"/shop/pair/{token_of(device, PAIRING)}/")
        page.get_by_role("button", name="配对这部手机").click()
        expect(page.locator("html")).to_have_attribute("data-offline", "ready", timeout=20_000)
        yield page
    browser.close()


@pytest.mark.parametrize("detector", ["the browser's own, if any", "none"])
def test_the_camera_reads_a_printed_card(counter: Page, card: MealCard, world: World, detector: str) -> None:
    """Browsers without BarcodeDetector (most) read it with the decoder that comes along."""
    if detector == "none":
        counter.evaluate("delete window.BarcodeDetector")
    counter.get_by_role("button", name="用相机扫").click()
    verdict = counter.locator("[data-verdict]")
    expect(verdict).to_contain_text("已扫到卡", timeout=30_000)
    expect(counter.locator("[data-video]")).to_be_hidden()
    fits(counter)
    counter.get_by_label("末四位").fill(card.person.id_last4)
    counter.get_by_role("button", name="登记", exact=True).click()
    expect(verdict).to_contain_text("已登记", timeout=15_000)
    assert meals(world) == 1


def test_the_camera_can_be_closed(counter: Page) -> None:
    counter.evaluate("window.jsQR = () => null; delete window.BarcodeDetector")
    counter.get_by_role("button", name="用相机扫").click()
    expect(counter.locator("[data-video]")).to_be_visible()
    fits(counter)
    counter.get_by_role("button", name="关掉相机").click()
    expect(counter.locator("[data-video]")).to_be_hidden()
    expect(counter.get_by_role("button", name="用相机扫")).to_be_visible()


def test_without_a_camera_the_page_says_what_to_do(phone_page: Page, device: CheckInDevice) -> None:
    phone_page.goto(f"/shop/pair/{token_of(device, PAIRING)}/")
    phone_page.get_by_role("button", name="配对这部手机").click()
    expect(phone_page.locator("html")).to_have_attribute("data-offline", "ready", timeout=20_000)
    phone_page.get_by_role("button", name="用相机扫").click()
    expect(phone_page.locator("[data-verdict]")).to_contain_text("输入卡号")
