"""A clerk brings a table of 20,000 rows: mapped, checked while away, mended, returned, committed, taken back."""

import os
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from core import scope
from members.models import Person
from tests.imports.test_grid import PASTE
from tests.world import World, id_number

ROWS = int(os.environ.get("LARGE_IMPORT", "20000"))
WRONG = 30
LONG = 300_000
HEADER = ("姓名", "身份证号", "所在工会", "何时入会")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "会员两万.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("会员")
    sheet.write_row(0, 0, HEADER)
    for n in range(ROWS):
        born = f"{1960 + n // 500 % 40}{1 + n // 20_000:02d}15"
        name = f"王{chr(0x4E00 + n % 500)}{chr(0x5000 + n // 500)}"
        day = "某日" if n < WRONG else "2023-01-05"
        sheet.write_row(n + 1, 0, (name, id_number(100 + n % 500, born), "632322-0001", day))
    book.close()
    return path


def photograph(page: Page, name: str) -> None:
    """Keeps a picture where `PORTAL_PICTURES` names a folder."""
    if folder := os.environ.get("PORTAL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def returned(page: Page, tmp_path: Path) -> Any:
    with page.expect_download(timeout=LONG) as download:
        page.get_by_role("link", name="下载整张表格").click()
    path = tmp_path / "returned.xlsx"
    download.value.save_as(path)
    return load_workbook(path).worksheets[0]


def persons(world: World) -> int:
    with scope.applied(world.account("632322.clerk")):
        return Person.objects.count()


def test_twenty_thousand_rows(
    page: Page, world: World, worker: None, sign_in: Any, table: Path, tmp_path: Path
) -> None:
    before = persons(world)
    sign_in(page, "632322.clerk")
    page.goto("/imports/new/?resource=members")
    page.set_input_files("input[name=file]", table)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.locator("#job-progress")).to_be_visible()
    url = page.url
    photograph(page, "large-progress")
    page.goto("/")
    page.goto(url)
    expect(page.get_by_text("缺少必填的列：入会日期")).to_be_visible(timeout=LONG)

    page.get_by_role("link", name="改列的对应或换工作表").click()
    page.locator("select[name=c3]").select_option("joined_on")
    photograph(page, "large-columns")
    page.get_by_role("button", name="保存并重新核对").click()
    good = ROWS - WRONG
    expect(page.get_by_text(f"确认导入 {good:,} 行")).to_be_visible(timeout=LONG)
    photograph(page, "large-checked")

    page.get_by_role("link", name="改正有问题的行").click()
    page.locator("input[name=r2-joined_on]").click()
    page.evaluate(PASTE, "2023-02-01\n" * (WRONG - 1))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("29 行已没有问题")).to_be_visible(timeout=LONG)
    page.goto(url)
    sheet = returned(page, tmp_path)
    assert sheet.max_row == ROWS + 1
    last_wrong = [cell.value for cell in sheet[WRONG + 1]]
    assert last_wrong[3:6] == ["某日", WRONG + 1, "有问题"] and "无法识别" in last_wrong[6]
    assert sheet.cell(WRONG + 1, 4).fill.start_color.rgb == "FFFFC7CE"

    page.get_by_role("button", name=f"确认导入 {ROWS - 1:,} 行").click()
    expect(page.get_by_role("link", name="撤销这一批")).to_be_visible(timeout=LONG)
    photograph(page, "large-committed")
    assert persons(world) == before + ROWS - 1
    page.get_by_role("link", name="撤销这一批").click()
    page.get_by_role("button", name="撤销这一批").click()
    expect(page.get_by_text("撤销时间")).to_be_visible(timeout=LONG)
    assert persons(world) == before
