"""A figure's page on a phone: its rows' heads and tabs stand within the width."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from metrics import actions
from tests.world import World


@pytest.mark.parametrize("indicator", ["I36", "I39", "I40"])
def test_a_figures_page_is_no_wider_than_the_phone(
    phone_page: Page, world: World, sign_in: Callable[[Any, str], None], indicator: str
) -> None:
    actions.compute_quarters(by=world.account("admin"), quarters=["2023Q1"])
    sign_in(phone_page, "632322.clerk")
    phone_page.goto(f"/figures/{indicator}/632322/2023Q1/")
    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 360
