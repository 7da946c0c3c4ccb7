"""The grid of held rows by keyboard, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.imports.conftest import work
from tests.imports.test_browser import photograph, sign_in
from tests.world import World, id_number

Write = Callable[..., Path]
HEADER = ["姓名", "身份证号", "所在工会", "入会日期", "民族"]
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def open_grid(page: Page, table: Write, rows: int) -> None:
    lines = [[f"王兰{n}", id_number(901 + n), "某工会", "某日", ""] for n in range(rows)]
    sign_in(page)
    page.goto("/imports/new/?resource=members")
    page.set_input_files("input[name=file]", table(HEADER, *lines))
    page.click("text=上传并核对")
    expect(page.locator("#job-progress")).to_be_visible()
    work()
    page.get_by_role("link", name="改正有问题的行").click()
    page.wait_for_url("**/fix/")  # until it has loaded: keys that come before its script are nobody's


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def cell(page: Page, name: str) -> Any:
    return page.locator(f"input[name={name}]")


def test_arrows_enter_paste_fill_and_taking_back(page: Page, county: World, table: Write) -> None:
    open_grid(page, table, 4)
    cell(page, "r2-joined_on").click()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "r3-joined_on"
    page.keyboard.press("Enter")
    assert focused(page) == "r4-joined_on" and page.url.endswith("/fix/")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    columns = page.locator("thead th").all_inner_texts()
    assert columns[2:5] == ["姓名", "所在工会", "入会日期"], "columns with problems stand beside the name"
    cell(page, "r2-name").click()
    union = "632322-0001"
    block = f"王甲\t{union}\t2023-01-05\r\n王乙\t{union}\t2023-01-06\r\n王丙\t{union}\t又错\r\n"
    page.evaluate(PASTE, block)
    assert cell(page, "r3-joined_on").input_value() == "2023-01-06"
    expect(page.locator("[data-grid-state]")).to_contain_text("粘贴了 9 格")
    page.keyboard.press("Control+z")
    assert cell(page, "r3-joined_on").input_value() == "某日"
    page.evaluate(PASTE, block)
    cell(page, "r2-union").fill("632322-0001")
    page.keyboard.press("Control+d")
    assert cell(page, "r5-union").input_value() == "632322-0001"
    cell(page, "r4-joined_on").click()
    page.keyboard.press("Escape")
    assert cell(page, "r4-joined_on").input_value() == "某日"
    photograph(page, "grid-pasted")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("核对了改动的 4 行，2 行已没有问题，2 行还有问题。")).to_be_visible()
    assert cell(page, "r5-union").input_value() == "632322-0001"


def test_what_does_not_fit_is_said(page: Page, county: World, table: Write) -> None:
    open_grid(page, table, 1)
    cell(page, "r2-joined_on").click()
    page.evaluate(PASTE, "2023-01-05\n2023-01-06\n")
    expect(page.locator("[data-grid-state]")).to_contain_text("有 1 格超出这一页，没有填入")


def test_the_grid_on_a_phone(phone_page: Page, county: World, table: Write) -> None:
    open_grid(phone_page, table, 2)
    photograph(phone_page, "grid-phone")
    assert phone_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_long_content_widens_its_field_except_on_a_phone(
    page: Page, phone_page: Page, county: World, table: Write
) -> None:
    for browser_page in (page, phone_page):
        open_grid(browser_page, table, 1)
        cell(browser_page, "r2-union").fill("尖扎县国有物业有限责任公司工会")
        cell(browser_page, "r2-joined_on").fill("")
        browser_page.keyboard.press("Control+Enter")
        expect(browser_page.get_by_text("核对了改动的 1 行")).to_be_visible()
        box = cell(browser_page, "r2-union").bounding_box()
        date = cell(browser_page, "r2-joined_on").bounding_box()
        assert box is not None and date is not None
        if browser_page is page:
            assert box["width"] > 1.5 * date["width"]
        else:
            assert box["width"] == date["width"] and box["x"] + box["width"] <= 360
