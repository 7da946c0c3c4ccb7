"""The statement of a month on the page, as Excel and as PDF: the same figures, the union's money apart."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from funding import actions
from funding.models import Settlement
from funding.settlement.by_day import shares_of
from funding.settlement.documents import by_rule
from funding.settlement.pages import month_page
from funding.settling.capitals import capitals
from tests.funding.months import CLERK, FEBRUARY, approved, draft, page_of, served, state
from tests.funding.test_by_day import changed
from tests.world import World

__all__ = ["changed", "served"]


def book_of(world: World, url: str) -> Any:
    return load_workbook(BytesIO(b"".join(page_of(world, CLERK, url).streaming_content)))


def table(book: Any, name: str, first: str) -> list[dict[str, Any]]:
    """A sheet's rows below its head, by column."""
    rows = [list(row) for row in book[name].iter_rows(values_only=True)]
    start = next(index for index, row in enumerate(rows) if row[0] == first)
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :]]


def money(cell: Any) -> Decimal:
    return Decimal(str(cell)).quantize(Decimal("0.01"))


@pytest.fixture
def corrected(changed: World) -> Settlement:
    """February, with a meal of January taken back."""
    january = approved(changed).lines.get(shop__name="一号店")
    actions.correct_settled(
        by=changed.account(CLERK), line=january, meals=-1, words="重复", day=date(2023, 1, 2)
    )
    return draft(changed, FEBRUARY)


def test_what_shops_stated_for_the_month_is_in_the_sheet_by_day(served: World) -> None:
    month = draft(served)
    state(served, 17)
    rows = table(book_of(served, f"/settlements/{month.pk}/sheet/"), "按日", "门店")
    told = [row for row in rows if row["日期"] == "全月报数，没有按日"]
    assert [(row["门店"], row["门店报数（份）"]) for row in told] == [("一号店", 17)]
    assert rows[-1]["门店报数（份）"] == 17


def test_nothing_stated_is_no_nought(served: World) -> None:
    month = draft(served)
    assert (
        table(book_of(served, f"/settlements/{month.pk}/sheet/"), "按日", "门店")[-1]["门店报数（份）"]
        is None
    )


def test_what_the_union_does_not_pay_stands_apart(changed: World) -> None:
    month = draft(changed)
    rows = table(book_of(changed, f"/settlements/{month.pk}/sheet/"), "各方承担", "承担方")
    apart = {row["承担方"] for row in rows if row["不经工会（元）"] is not None}
    assert apart == {"职工个人"}
    payable = sum((line.payable for line in month.lines.all()), Decimal(0))
    assert money(rows[-1]["由工会付给门店（元）"]) == payable
    assert sum(money(row["由工会付给门店（元）"] or 0) for row in rows[:-1]) == payable
    written = {row["承担方"]: row["大写"] for row in rows if row["大写"]}
    assert "职工个人" not in written and written["应付门店合计"] == capitals(payable)


def test_page_and_excel_show_the_face_value_without_the_correction(
    corrected: Settlement, changed: World
) -> None:
    line = corrected.lines.get(shop__name="一号店")
    assert line.correction_amount < 0
    book = book_of(changed, f"/settlements/{corrected.pk}/sheet/")
    row = next(row for row in table(book, "月结算单", "门店") if row["门店"] == "一号店")
    assert (money(row["面值（元）"]), money(row["更正面值（元）"])) == (line.amount, line.correction_amount)
    cells = {
        cell["label"]: cell["text"]
        for cell in month_page(corrected, changed.account(CLERK))["shops"]["rows"][0]["cells"]
    }
    assert (cells["面值（元）"], cells["更正面值（元）"]) == (
        f"{line.amount:,}",
        f"{line.correction_amount:,}",
    )


def test_the_shops_statement_names_each_rule_with_its_days_and_meals(changed: World) -> None:
    line = draft(changed).lines.get(shop__name="一号店")
    shares = shares_of(changed.account(CLERK), line=line)
    headings = [words for words, _ in by_rule(line.settlement, shares)]
    assert headings == [
        "2023-01-01 至 2023-01-10：10 份，每份 11.00 元，面值 110.00 元",
        "2023-01-11 至 2023-01-31：10 份，每份 12.01 元，面值 120.10 元",
    ]
