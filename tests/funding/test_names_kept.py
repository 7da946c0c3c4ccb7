"""An approved month keeps the names it was approved under; what is called otherwise since is so elsewhere."""

from typing import Any

import pytest

from cases import actions as cases
from cases.models import PartnerShop
from funding import actions
from funding.models import CostShare, Settlement, SettlementLine
from funding.settlement.pages import month_page
from funding.settlement.resources import SETTLEMENT_LINES, SETTLEMENT_PAYMENTS
from tests.funding.months import CLERK, FEBRUARY, approved, draft, pay, served
from tests.funding.test_documents import book_of, table
from tests.world import World

__all__ = ["served"]
NEW_SHOP, NEW_SOURCE, NEW_PROGRAMME = "一号店（昆仑路）", "县总工会专项", "环卫职工早餐"


def _rename(world: World) -> tuple[str, str]:
    """Shop, source and programme get new names; the old ones of source and programme."""
    by = world.account(CLERK)
    share = CostShare.objects.filter(rule__programme=world.programmes["632322"], source__isnull=False)
    source = share.get().source
    assert source is not None
    programme = world.programmes["632322"]
    old = source.name, programme.name
    shop = PartnerShop.objects.get(name="一号店")
    cases.change_shop(by=by, row=shop, version=shop.version, name=NEW_SHOP)
    actions.change_source(by=by, row=source, version=source.version, name=NEW_SOURCE)
    cases.change_programme(by=by, row=programme, version=programme.version, name=NEW_PROGRAMME)
    return old


def _shops(settlement: Settlement, world: World) -> list[Any]:
    rows = month_page(settlement, world.account(CLERK))["shops"]["rows"]
    return [row["cells"][0]["text"] for row in rows]


@pytest.fixture
def january(served: World) -> Settlement:
    month = approved(served)
    pay(served, month)
    return month


def test_its_page_and_its_sheet_say_what_they_said(january: Settlement, served: World) -> None:
    url = f"/settlements/{january.pk}/sheet/"
    before = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book_of(served, url)]
    _rename(served)
    after = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book_of(served, url)]
    taken = 2  # the line of who took it and when
    before[0].pop(taken)
    after[0].pop(taken)
    assert after == before
    assert _shops(january, served) == ["一号店", "二号店"]


def test_a_shops_sheet_names_it_as_it_was_called(january: Settlement, served: World) -> None:
    source, _ = _rename(served)
    line = january.lines.get(shop__name=NEW_SHOP)
    book = book_of(served, f"/settlement_lines/{line.pk}/sheet/")
    said = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "一号店" in said and NEW_SHOP not in said
    assert any(source in str(cell) for cell in said) and not any(NEW_SOURCE in str(cell) for cell in said)


def test_lists_of_lines_and_payments_name_it_so(january: Settlement, served: World) -> None:
    _rename(served)
    for resource in (SETTLEMENT_LINES, SETTLEMENT_PAYMENTS):
        rows = resource.rows(served.account(CLERK))
        assert {resource.column("shop").value(row) for row in rows} == {"一号店", "二号店"}


def test_a_month_that_is_not_approved_calls_them_as_they_are_called(served: World) -> None:
    month = draft(served)
    source, _ = _rename(served)
    assert _shops(month, served) == [NEW_SHOP, "二号店"]
    rows = table(book_of(served, f"/settlements/{month.pk}/sheet/"), "各方承担", "承担方")
    assert NEW_SOURCE in {row["承担方"] for row in rows} and source not in {row["承担方"] for row in rows}


def test_the_next_month_calls_them_as_they_are_called(january: Settlement, served: World) -> None:
    _rename(served)
    assert _shops(draft(served, FEBRUARY), served) == [NEW_SHOP]


def test_named_twice_since_it_keeps_the_first(january: Settlement, served: World) -> None:
    _rename(served)
    shop = PartnerShop.objects.get(name=NEW_SHOP)
    cases.change_shop(by=served.account(CLERK), row=shop, version=shop.version, name="老店")
    named = SettlementLine.objects.named().filter(settlement=january)
    assert [line.shop_name for line in named.order_by("shop__name")] == ["二号店", "一号店"]
