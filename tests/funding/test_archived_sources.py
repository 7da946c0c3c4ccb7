"""Money from a sheet does not lie on a source that was archived: the row waits until the source is back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import scope
from core.imports import actions as imports
from funding import actions
from funding.models import FundingLine, FundingSource
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import World

__all__ = ["table"]
Write = Callable[..., Path]
HEAD = ["建设项目", "资金来源", "阶段", "金额（元）", "日期"]
LINE = ["尖扎职工氧吧", "某援建公司", "批复", "400000", "2023-04-01"]
OTHER = ["尖扎职工氧吧", "援建企业", "批复", "5", "2023-04-01"]
WAY_BACK = "资金来源“某援建公司”已归档。请先在它的页面“恢复”，再导入。"


@pytest.fixture
def clerk(world: World) -> Any:
    return world.account("632322.clerk")


@pytest.fixture
def source(world: World, clerk: Any) -> FundingSource:
    union = world.unions["632322"]
    return actions.create_source(by=clerk, union=union, name="某援建公司", kind="enterprise")


def test_a_line_of_an_archived_source_waits_until_it_is_restored(
    clerk: Any, source: FundingSource, table: Write
) -> None:
    actions.archive_source(by=clerk, row=source, reason="重复")
    batch = commit(clerk, check(clerk, table(HEAD, LINE, OTHER), "funding_lines"))
    assert counts(batch) == (1, 0, 0, 1)
    assert problems(clerk, batch) == {2: [("资金来源", WAY_BACK)]}
    actions.restore_source(by=clerk, row=source, reason="归档错")
    left = imports.recheck_held(by=clerk, row=imports.continue_held(by=clerk, row=batch))
    assert counts(left) == (1, 0, 0, 0), problems(clerk, left)


def test_a_line_whose_source_was_archived_since_the_check_is_held(
    clerk: Any, source: FundingSource, table: Write
) -> None:
    batch = check(clerk, table(HEAD, LINE, OTHER), "funding_lines")
    assert counts(batch) == (2, 0, 0, 0), problems(clerk, batch)
    actions.archive_source(by=clerk, row=source, reason="重复")
    batch = commit(clerk, batch)
    assert counts(batch) == (1, 0, 0, 1)
    assert problems(clerk, batch) == {2: [("资金来源", f"核对之后{WAY_BACK}")]}
    with scope.applied(clerk):
        assert not FundingLine.objects.filter(source=source).exists()
