"""Shops' own numbers from tables: the third leg of the match, taken into months that are being worked on."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import scope
from core.actions import bootstrap
from core.imports import actions as imports
from funding import actions
from funding.models import Settlement, ShopStatement
from funding.settling.calendar import read_month
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World, contracted_shop

Write = Callable[..., Path]
HEADER = ["门店", "月份", "报数（份）", "报账金额（元）", "报数日期", "服务项目"]
JULY = date(2022, 7, 1)


@pytest.fixture
def clerk(county: World) -> Any:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        contracted_shop(county.programmes["632322"], "二号店", date(2022, 7, 1))
    return county.account("632322.clerk")


def _month(world: World, clerk: Any) -> Settlement:
    """July, worked out: the meals of the world itself."""
    return actions.draft_month(by=clerk, programme=world.programmes["632322"], month=JULY)


def _line(clerk: Any, settlement: Settlement, name: str = "一号店") -> Any:
    with scope.applied(clerk):
        return settlement.lines.select_related("shop").get(shop__name=name)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2022-07", JULY),
        ("2022年7月", JULY),
        ("2022.7", JULY),
        ("202207", JULY),
        ("2022-07-15", JULY),
        ("2022年07月份", JULY),
        ("2022-07-01 00:00:00", JULY),
        ("7月", None),
        ("2022-13", None),
        ("", None),
    ],
)
def test_months_are_read_as_people_write_them(text: str, month: date | None) -> None:
    assert read_month(text) == month


def test_a_table_is_matched_with_the_check_ins_and_taken_back(
    county: World, clerk: Any, table: Write
) -> None:
    settlement = _month(county, clerk)
    served = _line(clerk, settlement).meals_recorded
    rows = (
        ["一号店", "2022年7月", str(served + 3), "200", "2022-08-01", ""],
        ["二号店", "2022-07", "4", "", "", ""],
    )
    path = table(HEADER, *rows)
    batch = commit(clerk, check(clerk, path, "shop_statements"))
    assert counts(batch) == (2, 0, 0, 0), problems(clerk, batch)
    assert _line(clerk, settlement).meals_stated == served + 3
    assert _line(clerk, settlement, "二号店").meals_stated == 4
    with scope.applied(clerk):
        assert settlement.exceptions.filter(reason="statement").count() == 2
        assert set(ShopStatement.objects.values_list("channel", flat=True)) == {"imported"}
    assert counts(check(clerk, path, "shop_statements")) == (0, 0, 2, 0)
    assert imports.undo(by=clerk, row=batch).kept == []
    assert _line(clerk, settlement).meals_stated is None
    with scope.applied(clerk):
        assert settlement.exceptions.filter(reason="statement").count() == 0


def test_another_number_changes_the_statement(county: World, clerk: Any, table: Write) -> None:
    shop = _line(clerk, _month(county, clerk)).shop
    actions.state_meals(by=clerk, shop=shop, month=JULY, meals=9)
    batch = commit(
        clerk, check(clerk, table(HEADER, ["一号店", "2022-07", "7", "", "", ""]), "shop_statements")
    )
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)
    with scope.applied(clerk):
        statement = ShopStatement.objects.get(shop=shop)
    assert (statement.meals, statement.channel) == (7, "clerk")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["三号店", "2022-07", "1", "", "", ""], "没有门店“三号店”"),
        (["一号店", "七月", "1", "", "", ""], "看不出是哪个月"),
        (["一号店", "2099-01", "1", "", "", ""], "晚于今天"),
        (["一号店", "2022-07", "1", "-5", "", ""], "是负数"),
        (["一号店", "2022-07", "1", "", "2099-01-01", ""], "晚于今天"),
        (["一号店", "2022-07", "1", "", "", "别的项目"], "“别的项目”里没有门店“一号店”"),
        (["一号店", "2022-07", "", "", "", ""], "没有填写"),
    ],
)
def test_a_row_that_says_no_statement_is_held(
    clerk: Any, table: Write, row: list[str], sentence: str
) -> None:
    batch = check(clerk, table(HEADER, row, ["二号店", "2022-07", "4", "", "", ""]), "shop_statements")
    assert counts(batch) == (1, 0, 0, 1)
    [[(_, message, *_)]] = problems(clerk, batch).values()
    assert sentence in message


def _approve(world: World, clerk: Any, settlement: Settlement) -> None:
    with scope.applied(clerk):
        lines = list(settlement.lines.all())
    for line in lines:
        actions.confirm_line(by=clerk, row=line, how="盖章对账单")
    actions.check_month(by=clerk, row=settlement, without_statements=True)
    actions.approve_month(by=world.account("632322.head"), row=settlement)


def test_what_an_approved_month_was_told_comes_back_unchanged(
    county: World, clerk: Any, table: Write
) -> None:
    settlement = _month(county, clerk)
    served = _line(clerk, settlement).meals_recorded
    row = ["一号店", "2022-07", str(served), "", "2022-08-01", ""]
    commit(clerk, check(clerk, table(HEADER, row), "shop_statements"))
    _approve(county, clerk, settlement)
    assert counts(check(clerk, table(HEADER, row), "shop_statements")) == (0, 0, 1, 0)
    row[2] = str(served + 1)
    batch = check(clerk, table(HEADER, row), "shop_statements")
    assert counts(batch) == (0, 0, 0, 1)
    [[(_, message, *_)]] = problems(clerk, batch).values()
    assert "这个月的结算已批准" in message


def test_an_approved_month_takes_no_statement(county: World, clerk: Any, table: Write) -> None:
    settlement = _month(county, clerk)
    shop = _line(clerk, settlement).shop
    _approve(county, clerk, settlement)
    path = table(HEADER, ["一号店", "2022-07", "1", "", "", ""], ["二号店", "2022-08", "4", "", "", ""])
    batch = commit(clerk, check(clerk, path, "shop_statements"))
    assert counts(batch) == (1, 0, 0, 1)
    [[(_, message, *_)]] = problems(clerk, batch).values()
    assert "这个月的结算已批准" in message
    place = {"union_id": shop.union_id, "county_id": shop.county_id}
    with (
        pytest.raises(IntegrityError, match="an approved month"),
        transaction.atomic(),
        bootstrap("demo.load", lambda: county.accounts["admin"]),
    ):
        ShopStatement.objects.create(**place, shop=shop, month=JULY, meals=1, stated_on=JULY)


def test_counts_by_day_come_in_with_the_table(county: World, clerk: Any, table: Write) -> None:
    settlement = _month(county, clerk)
    path = table(
        ["门店", "月份", "报数", "逐日份数"],
        ["一号店", "2022-07", "5", "2日2份、3日3份"],
        ["二号店", "2022-07", "5", "2日2份"],
    )
    batch = commit(clerk, check(clerk, path, "shop_statements"))
    assert counts(batch) == (1, 0, 0, 1), problems(clerk, batch)
    assert "逐日合计 2 份，与报数 5 份不同" in str(problems(clerk, batch))
    with scope.applied(clerk):
        assert ShopStatement.objects.get().days == ",".join(["0", "2", "3", *["0"] * 28])
        assert "2日打卡" in settlement.exceptions.get(reason="statement").detail
    assert counts(check(clerk, path, "shop_statements")) == (0, 0, 1, 1)


def test_two_shops_of_one_name_are_told_apart_by_their_programme(
    county: World, clerk: Any, table: Write
) -> None:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        programme = county.programmes["632322"]
        programme.pk, programme.name, programme._state.adding = None, "尖扎早餐二期", True
        programme.save(force_insert=True)
        contracted_shop(programme, "二号店", date(2022, 7, 1))
    row = ["二号店", "2022-07", "4", "", ""]
    batch = check(clerk, table(HEADER, [*row, ""], [*row, "尖扎早餐二期"]), "shop_statements")
    assert counts(batch) == (1, 0, 0, 1)


def test_undo_leaves_what_an_approved_month_was_told(county: World, clerk: Any, table: Write) -> None:
    settlement = _month(county, clerk)
    served = str(_line(clerk, settlement).meals_recorded)
    rows = (["一号店", "2022-07", served, "", "", ""], ["一号店", "2022-09", "0", "", "", ""])
    batch = commit(clerk, check(clerk, table(HEADER, *rows), "shop_statements"))
    assert counts(batch) == (2, 0, 0, 0), problems(clerk, batch)
    _approve(county, clerk, settlement)
    undone = imports.undo(by=clerk, row=batch)
    assert [(kept["row"], kept["reason"]) for kept in undone.kept] == [(2, "2022年7月的结算已批准")]
    with scope.applied(clerk):
        assert list(ShopStatement.objects.values_list("month", flat=True)) == [JULY]
