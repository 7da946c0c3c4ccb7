"""Money of the subsidy from a table: the rules of the page, in one sentence a row, corrected and undone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.returning import update_table
from core.resource import registry
from funding import actions as money
from funding.models import SubsidyEntry, SubsidyGrant
from tests.imports.conftest import check, commit, counts, problems, rows
from tests.world import World

Write = Callable[..., Path]
KEY = "subsidy_entries"
HEAD = ["补助年度", "收支", "金额（元）", "日期", "用途", "凭证号"]
RECEIVED = ["2022", "到账", "100000", "2022-05-01", "", "凭-1"]


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def sums(account: Any) -> tuple[int, int]:
    from django.utils import timezone

    with scope.applied(account):
        grant = SubsidyGrant.objects.with_money(timezone.localdate()).get(county=632322)
        return int(grant.received), int(grant.spent)


def test_entries_come_in_by_county_and_year_and_are_taken_back(clerk: Any, table: Write) -> None:
    spent = ["2022", "支出", "21万", "2022-05-02", "培训", ""]
    batch = check(clerk, table(HEAD, spent, RECEIVED), KEY)
    assert counts(batch) == (2, 0, 0, 0), problems(clerk, batch)
    batch = commit(clerk, batch)
    assert sums(clerk) == (300_000, 290_000)
    assert counts(check(clerk, table(HEAD, spent, RECEIVED), KEY)) == (0, 0, 2, 0)
    assert actions.undo(by=clerk, row=batch).kept == []
    assert sums(clerk) == (200_000, 80_000)


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (["2023", *RECEIVED[1:]], "补助年度", "没有登记 2023年的补助"),
        (["2022", "到账", "1", "2021-12-31", "", ""], "日期", "这是 2022年的补助，日期早于 2022-01-01"),
        (["2022", "到账", "1", "2099-01-01", "", ""], "日期", "晚于今天"),
        (["2022", "到账", "0", "2022-05-01", "", ""], "金额（元）", "必须大于 0"),
        (["2022", "到账", "100000.01", "2022-05-01", "", ""], "金额（元）", "会超过补助金额 0.01 元"),
        (["2022", "支出", "120000.01", "2022-05-01", "培训", ""], "金额（元）", "差 0.01 元"),
        (["2022", "支出", "1", "2022-04-04", "培训", ""], "金额（元）", "支出会多于当时的到账，差 1.00 元"),
        (["2022", "支出", "1", "2022-05-01", "", ""], "用途", "支出要写明用途"),
    ],
)
def test_a_row_against_the_rules_says_in_one_sentence_what_is_wrong(
    clerk: Any, table: Write, row: list[str], column: str, says: str
) -> None:
    batch = check(clerk, table(HEAD, row), KEY)
    ((where, said),) = problems(clerk, batch)[2]
    assert where == column and says in said


def test_rows_of_one_table_count_together_and_a_voucher_counts_once(clerk: Any, table: Write) -> None:
    again, more = [*RECEIVED], ["2022", "到账", "1", "2022-05-02", "", ""]
    batch = check(clerk, table(HEAD, RECEIVED, again, more), KEY)
    assert counts(batch) == (1, 0, 0, 2)
    found = problems(clerk, batch)
    assert "与第 2 行重复" in found[3][0][1] and "会超过补助金额 1.00 元" in found[4][0][1]


def _update(clerk: Any, path: Path, change: dict[tuple[str, str], Any]) -> Path:
    """The update table with cells changed, by kind of entry and column."""
    with scope.applied(clerk), path.open("wb") as stream:
        update_table(by=clerk, resource=registry()[KEY], rows=registry()[KEY].rows(clerk), stream=stream)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        for (stage, label), value in change.items():
            if row[heads.index("收支")].value == stage:
                row[heads.index(label)].value = value
    book.save(path)
    return path


def test_an_update_table_corrects_what_came_and_what_was_spent_together(clerk: Any, tmp_path: Path) -> None:
    path = _update(
        clerk,
        tmp_path / "update.xlsx",
        {("到账", "金额（元）"): "50000", ("支出", "金额（元）"): "50000", ("支出", "凭证号"): "凭-9"},
    )
    batch = check(clerk, path, KEY)
    assert counts(batch) == (0, 2, 0, 0), problems(clerk, batch)
    changes = [row.changes for row in rows(clerk, batch).values()]
    assert {"金额（元）": ["200000.00", "50000.00"]} in changes
    batch = commit(clerk, batch)
    assert sums(clerk) == (50_000, 50_000)
    actions.undo(by=clerk, row=batch)
    assert sums(clerk) == (200_000, 80_000)


@pytest.mark.parametrize(
    ("cell", "value", "says"),
    [
        (("到账", "金额（元）"), "79999", "支出会多于当时的到账，差 1.00 元"),
        (("支出", "日期"), "2022-04-01", "支出会多于当时的到账，差 80,000.00 元"),
        (("到账", "补助年度"), "2021", "没有登记 2021年的补助"),
    ],
)
def test_a_correction_is_held_to_the_same_rules(
    clerk: Any, tmp_path: Path, cell: tuple[str, str], value: str, says: str
) -> None:
    batch = check(clerk, _update(clerk, tmp_path / "update.xlsx", {cell: value}), KEY)
    ((_, said),) = next(iter(problems(clerk, batch).values()))
    assert says in said and counts(batch) == (0, 0, 1, 1)


def test_another_countys_subsidy_is_out_of_reach(clerk: Any, county: World, table: Write) -> None:
    batch = check(clerk, table(["县级工会", *HEAD], ["632323", *RECEIVED]), KEY)
    assert "您管辖范围内没有工会" in problems(clerk, batch)[2][0][1]
    province = county.account("admin")
    batch = check(province, table(["县级工会", *HEAD], ["632322", *RECEIVED]), KEY)
    assert counts(batch) == (1, 0, 0, 0), problems(province, batch)


def test_what_was_entered_since_the_check_is_never_overdrawn(clerk: Any, table: Write) -> None:
    """Two tables that are each right; and one that is taken back after its money was spent."""
    one = check(clerk, table(HEAD, RECEIVED), KEY)
    other = check(clerk, table(HEAD, [*RECEIVED[:4], "", "凭-2"]), KEY)
    one = commit(clerk, one)
    with pytest.raises(Refused, match="2022年补助的到账合计会超过补助金额"):
        commit(clerk, other)
    with scope.applied(clerk):
        grant = SubsidyGrant.objects.get(county=632322)
    spent = {"stage": "spent", "amount": 220_000, "purpose": "培训"}
    money.record_entry(
        by=clerk, row=grant, occurred_on=SubsidyEntry.objects.latest("pk").occurred_on, **spent
    )
    with pytest.raises(Refused, match="2022年补助的支出会多于到账"):
        actions.undo(by=clerk, row=one)
    assert sums(clerk) == (300_000, 300_000)
