"""Supplements of contracts from a table: more or less money, never less than was paid."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import scope
from core.imports import actions
from funding.models import ProjectContract
from tests.imports.conftest import check, commit, counts, problems, rows
from tests.world import World

Write = Callable[..., Path]
KEY = "contract_supplements"
HEAD = ["协议编号", "合同编号", "协议内容", "增减金额（元）", "签订日期"]
ROW = ["补-2", "合-632322-1", "减少外墙", "-499.50", "2023-05-01"]


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def agreed(account: Any) -> str:
    with scope.applied(account):
        return str(ProjectContract.objects.get(number="合-632322-1").agreed)


def test_supplements_change_what_was_agreed_and_are_taken_back(clerk: Any, table: Write) -> None:
    """The contract is of 1,000 with 100 more; 600.50 are paid."""
    batch = check(clerk, table(HEAD, ROW), KEY)
    assert counts(batch) == (1, 0, 0, 0), problems(clerk, batch)
    batch = commit(clerk, batch)
    assert agreed(clerk) == "600.50"
    assert counts(check(clerk, table(HEAD, ROW), KEY)) == (0, 0, 1, 0)
    corrected = check(clerk, table(HEAD, [*ROW[:3], "-400", ROW[4]]), KEY)
    assert rows(clerk, corrected)[2].changes == {"增减金额（元）": ["-499.50", "-400.00"]}
    corrected = commit(clerk, corrected)
    assert agreed(clerk) == "700.00"
    actions.undo(by=clerk, row=corrected)
    actions.undo(by=clerk, row=batch)
    assert agreed(clerk) == "1100.00"


@pytest.mark.parametrize(
    ("place", "cell", "says"),
    [
        (3, "-499.51", "合同和补充协议合计会少于已付的，差 0.01 元"),
        (4, "2023-03-04", "早于合同签订日期 2023-03-05"),
        (4, "2099-01-01", "晚于今天"),
        (1, "合-632323-1", "您管辖范围内没有合同“合-632323-1”"),
    ],
)
def test_a_row_against_the_rules_says_in_one_sentence_what_is_wrong(
    clerk: Any, table: Write, place: int, cell: str, says: str
) -> None:
    batch = check(clerk, table(HEAD, [*ROW[:place], cell, *ROW[place + 1 :]]), KEY)
    ((_, said),) = problems(clerk, batch)[2]
    assert says in said


def test_rows_of_one_table_count_together_in_any_order(clerk: Any, table: Write) -> None:
    more = ["补-3", ROW[1], "增加道路", "100", "2023-05-01"]
    less = ["补-4", ROW[1], "减少围墙", "-100.01", "2023-05-01"]
    batch = check(clerk, table(HEAD, ROW, less, more), KEY)
    assert counts(batch) == (2, 0, 0, 1)
    assert "差 0.01 元" in str(problems(clerk, batch))
