"""The whole path in a real browser: a spreadsheet becomes members, money and a figure that opens its rows."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.world import World, id_number

SignIn = Callable[[Page, str], None]
pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Members as a county keeps them: a title above, spaces in numbers, full-width digits, one wrong row."""
    good = id_number(501)
    rows = [
        ("才让 卓玛", f"{good[:6]} {good[6:14]} {good[14:]}", "632322-0001", "2023.2.1"),
        (
            "多杰",
            id_number(503).translate(str.maketrans("0123456789", "0123456789")),
            "632322-0001",
            "2023年2月3日",
        ),
        ("李错号", "630199199001010011", "632322-0001", "2023-02-05"),
    ]
    path = tmp_path / "会员花名册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("花名册")
        page.merge_range("A1:D1", "尖扎县示范企业工会会员花名册")
        for column, word in enumerate(("姓 名", "身份证号码", "工会名称", "入会时间")):
            page.write_string(1, column, word)
        for number, row in enumerate(rows, 2):
            for column, cell in enumerate(row):
                page.write_string(number, column, cell)
    return path


def compute(page: Page, sign_in: SignIn) -> None:
    """The reviewer computes the closed quarter once more."""
    sign_in(page, "630000.reviewer")
    page.goto("/runs/")
    page.get_by_label("季度").select_option("2023Q1")
    page.get_by_role("button", name="计算这个季度").click()
    for _ in range(60):
        page.goto("/runs/")
        if page.locator("tbody tr").first.get_by_text("已完成").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the computation did not finish")


def test_from_spreadsheet_to_figure(page: Page, world: World, sign_in: SignIn, sheet: Path) -> None:
    compute(page, sign_in)
    sign_in(page, "630000.official")
    page.goto("/figures/I03/630000/2023Q1/")
    expect(page.locator("main")).to_contain_text("6")

    sign_in(page, "632322.clerk")
    page.goto("/imports/new/?resource=members")
    page.set_input_files("input[type=file]", sheet)
    page.get_by_role("button", name="上传并核对").click()
    confirm = page.get_by_role("button", name="确认导入 2 行").or_(
        page.get_by_role("link", name="确认导入 2 行")
    )
    expect(confirm).to_be_visible(timeout=30_000)
    expect(page.locator("main")).to_contain_text("校验码不对")
    confirm.click()
    expect(page.locator("main")).to_contain_text("已导入", timeout=30_000)

    page.goto("/members/?q=才让")
    page.get_by_role("link", name="才让卓玛").click()
    expect(page.locator("main")).to_contain_text("*" * 14 + id_number(501)[-4:])
    assert id_number(501) not in page.content()

    page.goto(f"/projects/{world.projects['632322'].pk}/")
    page.get_by_role("link", name="记一笔资金").first.click()
    page.get_by_label("资金来源").fill("援建企业")
    page.get_by_label("阶段").select_option(label="到位")
    page.get_by_label("金额（元）").fill("50万")
    page.get_by_label("文号或凭证号").fill("银行回单001")
    page.get_by_role("button", name="记一笔资金").click()
    expect(page.locator("main")).to_contain_text("500,000.00")

    compute(page, sign_in)
    sign_in(page, "630000.official")
    page.goto("/dashboard/632322/?quarter=2023Q1")
    page.get_by_role("link", name="职工入会率").first.click()
    expect(page.locator("main")).to_contain_text("才让卓玛")
    page.get_by_role("link", name="才让卓玛").click()
    expect(page.get_by_role("heading", name="才让卓玛")).to_be_visible()
