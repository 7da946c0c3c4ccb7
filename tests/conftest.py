"""What all tests share: a browser that tolerates no error, no violation and no foreign address."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.world import World, build

# Machines that run tests are busy.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=zh-CN"]
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event =>
  console.error("CSP", event.violatedDirective, event.blockedURI));
"""


@pytest.fixture(scope="session")
def launched() -> Iterator[Callable[..., Browser]]:
    """Starts the system's Chromium with more flags; without one the test is skipped."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("没有 Chromium：请以 root 执行 apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        yield lambda *flags: chromium.launch(executable_path=executable, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def browser(launched: Callable[..., Browser]) -> Iterator[Browser]:
    """A browser that the tests share."""
    chromium = launched()
    yield chromium
    chromium.close()


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What went wrong in the browser; a test that provokes an error on purpose clears the list."""
    found: list[str] = []
    yield found
    assert not found, "\n".join(found)


def opened(browser: Browser, origin: str, width: int, problems: list[str]) -> Iterator[Page]:
    context = browser.new_context(
        base_url=origin,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": 800},
    )
    context.add_init_script(REPORT_VIOLATIONS)
    page = context.new_page()

    def hear(message: ConsoleMessage) -> None:
        # Beside a page that is not HTML the browser asks for an icon of its own accord.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            problems.append(f"console: {message.text}")

    def see(request: Request) -> None:
        if not request.url.startswith((origin, "data:", "blob:")):
            problems.append(f"foreign address: {request.url}")

    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", lambda error: problems.append(f"exception: {error}"))
    yield page
    context.close()


@pytest.fixture
def page(browser: Browser, live_server: Any, problems: list[str]) -> Iterator[Page]:
    """A page 1280 pixels wide on the running portal."""
    yield from opened(browser, live_server.url, 1280, problems)


@pytest.fixture
def phone_page(browser: Browser, live_server: Any, problems: list[str]) -> Iterator[Page]:
    """A page 360 pixels wide on the running portal."""
    yield from opened(browser, live_server.url, 360, problems)


@pytest.fixture
def world(db: None) -> World:
    """The standard world of tests/world.py."""
    return build()
