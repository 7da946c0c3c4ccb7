"""A shop's month by day: every day for every payer, together the line."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from cases.models import PartnerShop
from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import CostShareRule, SettlementLine, ShopStatement
from funding.settlement.by_day import CUT, MOVED, by_day, shares_of
from funding.settling.days import keep_days, read_days
from funding.settling.wording import NotUnderstood
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    JANUARY,
    approved,
    assert_days_make_up,
    draft,
    page_of,
    serve,
    served,
    state,
)
from tests.world import World

__all__ = ["served"]


@pytest.fixture
def changed(served: World) -> World:
    """A rule that shares in thirds until the 11th, another one after it."""
    by = served.account(CLERK)
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    payers = "职工个人 1元；县级配套 比例1；援建企业 比例2"
    actions.change_rule(by=by, row=rule, payers=payers)
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 11))
    actions.create_rule(
        by=by,
        programme=served.programmes["632322"],
        face_value=Decimal("12.01"),
        valid_from=date(2023, 1, 11),
        payers="县级配套 比例1；援建企业 比例1",
    )
    return served


def _words(line: SettlementLine, world: World) -> list[str]:
    [found] = by_day(line.settlement, [line], shares_of(world.account(CLERK), line=line))
    return [entry.words for entry in found.entries if entry.day is None]


def test_days_of_two_rules_a_lower_statement_and_a_correction_come_to_the_line(changed: World) -> None:
    by, month = changed.account(CLERK), draft(changed)
    for line in month.lines.all():
        assert_days_make_up(line, by)
    state(changed, 17)
    line = month.lines.get(shop__name="一号店")
    assert_days_make_up(line, by)
    assert _words(line, changed) == [CUT]
    actions.decide_exceptions(by=by, row=month, decision="accepted", words="门店漏记")
    january = approved(changed).lines.get(shop__name="一号店")
    actions.correct_settled(by=by, line=january, meals=-1, words="重复", day=date(2023, 1, 2))
    after = draft(changed, FEBRUARY).lines.get(shop__name="一号店")
    assert_days_make_up(after, by)
    assert _words(after, changed) == ["更正2023年1月2日-1份"]


def test_check_ins_after_the_month_was_worked_out_are_named(served: World) -> None:
    month = draft(served)
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="一号店")
        serve(served, shop, 1, date(2023, 1, 25))
    scope.apply_everywhere()
    assert _words(month.lines.get(shop__name="一号店"), served) == [MOVED]


def _sheet(world: World, url: str, name: str) -> tuple[list[Any], list[list[Any]]]:
    book = load_workbook(BytesIO(b"".join(page_of(world, CLERK, url).streaming_content)))
    rows = [list(row) for row in book[name].iter_rows(values_only=True)]
    start = next(index for index, row in enumerate(rows) if row[0] == "门店")
    return rows[start], rows[start + 1 :]


def test_the_sheet_by_day_adds_up_to_the_statement(changed: World) -> None:
    month = draft(changed)
    line = month.lines.get(shop__name="一号店")
    head, rows = _sheet(changed, f"/settlement_lines/{line.pk}/sheet/", "按日")
    assert head[:4] == ["门店", "日期", "打卡（份）", "门店报数（份）"] and head[6] == "面值合计（元）"
    *days, total = rows
    assert len(days) == 20 and days[0][1].date() == date(2023, 1, 1)
    assert Decimal(str(total[6])) == line.amount and Decimal(str(total[-1])) == line.payable
    _, rows = _sheet(changed, f"/settlements/{month.pk}/sheet/", "按日")
    assert Decimal(str(rows[-1][-1])) == sum(month.lines.values_list("payable", flat=True))


def test_the_page_of_a_line_opens_each_day(served: World) -> None:
    line = draft(served).lines.get(shop__name="一号店")
    page = page_of(served, CLERK, f"/settlement_lines/{line.pk}/").content.decode()
    assert "first=2023-01-03&amp;until=2023-01-03" in page


# --- what shops say by day

ONE_A_DAY = [1] * 20 + [0] * 11


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (",".join(map(str, ONE_A_DAY)), ONE_A_DAY),
        ("\t".join(map(str, ONE_A_DAY)), ONE_A_DAY),
        ("2日3份、5号：4", [0, 3, 0, 0, 4, *[0] * 26]),
        ("1日2份，1日3份", "同一天写了两次"),
        ("32日2份", "没有 32 日"),
        ("1,2,3", "1月有 31 天，这里写了 3 个数"),
        ("很多", "“很多”不是份数"),
    ],
)
def test_counts_by_day_are_read_as_people_write_them(text: str, days: list[int] | str) -> None:
    if isinstance(days, str):
        with pytest.raises(NotUnderstood, match=days):
            read_days(text, JANUARY)
    else:
        assert read_days(text, JANUARY) == days


def _stated(world: World, days: list[int]) -> SettlementLine:
    shop = PartnerShop.objects.get(programme=world.programmes["632322"], name="一号店")
    given = {"shop": shop, "month": JANUARY, "meals": sum(days), "days": ",".join(map(str, days))}
    actions.state_meals(by=world.account(CLERK), **given)
    return SettlementLine.objects.get(shop=shop, settlement__month=JANUARY)


def test_the_match_names_the_days_that_differ(served: World) -> None:
    month = draft(served)
    line = _stated(served, [2, 0, *ONE_A_DAY[2:]])
    assert month.exceptions.get().detail == "合计相同，逐日不同：1日打卡1报2、2日打卡1报0"
    assert line.meals_withheld == 0
    actions.change_statement(
        by=served.account(CLERK),
        row=ShopStatement.objects.get(),
        meals=13,
        days=keep_days([1] * 13 + [0] * 18),
    )
    assert month.exceptions.get().detail == (
        "打卡 20 份，门店报 13 份，相差 7 份：14日打卡1报0、15日打卡1报0、16日打卡1报0、17日打卡1报0、18日打卡1报0等 7 天"
    )
    assert_days_make_up(SettlementLine.objects.get(pk=line.pk), served.account(CLERK))


def test_counts_by_day_come_to_the_months(served: World) -> None:
    draft(served)
    with pytest.raises(Refused, match="逐日合计 20 份，报数 21 份"):
        actions.state_meals(
            by=served.account(CLERK),
            shop=PartnerShop.objects.get(programme=served.programmes["632322"], name="一号店"),
            month=JANUARY,
            meals=21,
            days=keep_days(ONE_A_DAY),
        )
    _stated(served, ONE_A_DAY)
    with pytest.raises(Refused, match="合计等于报数"):
        actions.change_statement(by=served.account(CLERK), row=ShopStatement.objects.get(), meals=3)
