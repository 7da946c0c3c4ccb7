"""The clerk's path in a real browser: upload, look at the problems, confirm, undo."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.imports.conftest import DATA, work
from tests.world import PASSWORD, World


def photograph(page: Page, name: str) -> None:
    """Keeps a picture where `PORTAL_PICTURES` names a folder."""
    if folder := os.environ.get("PORTAL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=username]", "632322.clerk")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")


def walk(page: Page, label: str) -> None:
    sign_in(page)
    page.goto("/imports/new/")
    photograph(page, f"{label}-choose")
    page.locator(".worklist").get_by_role("link", name="会员").first.click()
    photograph(page, f"{label}-upload")
    page.set_input_files("input[type=file]", DATA / "members_broken_ids.xlsx")
    page.click("text=上传并核对")
    expect(page.locator("#job-progress")).to_be_visible()
    photograph(page, f"{label}-progress")
    work()
    expect(page.get_by_text("确认导入 6 行")).to_be_visible()
    photograph(page, f"{label}-plan")
    page.click("text=有问题 6 行")
    expect(page.get_by_text("后三位已经丢失").first).to_be_visible()
    photograph(page, f"{label}-held")
    page.click("text=确认导入 6 行")
    expect(page.locator("#job-progress")).to_be_visible()
    work()
    expect(page.get_by_role("link", name="撤销这一批")).to_be_visible()
    photograph(page, f"{label}-done")
    page.click("text=撤销这一批")
    photograph(page, f"{label}-undo")
    page.get_by_role("button", name="撤销这一批").click()
    work()
    expect(page.get_by_text("撤销时间")).to_be_visible()
    page.goto("/imports/")
    photograph(page, f"{label}-list")


def test_import_and_undo_in_the_browser(page: Page, county: World) -> None:
    walk(page, "wide")


def test_import_and_undo_on_a_phone(phone_page: Page, county: World) -> None:
    walk(phone_page, "phone")
