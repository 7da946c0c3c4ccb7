"""New unions from a table: their codes, their places in the tree, and what becomes of those when others are quicker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import scope
from core.imports import actions
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World
from unions.actions import archive_union, change_union
from unions.models import Union

Write = Callable[..., Path]


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def test_unions_are_coded_and_hung_in_the_tree(clerk: Any, county: World, table: Write) -> None:
    header = ["工会名称", "上级工会", "工会类型", "层级", "建会时间"]
    path = table(
        header,
        ["尖扎县康杨镇总工会", "尖扎县总工会", "总工会", "乡镇（街道）", "2019.3.1"],
        ["康杨镇卫生院工会", "尖扎县康杨镇总工会", "联合基层工会", "", "2021年3月1日"],
        ["别县的工会", "泽库县总工会", "", "", ""],
        ["又一个县总工会", "", "", "县级", ""],
    )
    batch = commit(clerk, check(clerk, path, "unions"))
    assert counts(batch) == (2, 0, 0, 2), problems(clerk, batch)
    with scope.applied(clerk):
        town, clinic = Union.objects.get(code="632322-0006"), Union.objects.get(code="632322-0007")
        assert town.level == "township" and clinic.path == f"{town.path}632322-0007/"
    assert counts(check(clerk, path, "unions"))[2] == 2
    assert actions.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert not Union.objects.filter(code="632322-0006").exists()


def test_two_files_of_new_unions_checked_together_get_codes_of_their_own(
    clerk: Any, county: World, table: Write
) -> None:
    """Codes are given at commit; one that was typed is never changed, and nobody else gets it."""
    header = ["工会编码", "工会名称", "上级工会", "层级"]
    first = table(
        header, ["", "康杨镇总工会", "", "乡镇（街道）"], ["", "康杨镇卫生院工会", "康杨镇总工会", ""]
    )
    one = check(clerk, first, "unions")
    second = table(
        header,
        ["", "坎布拉镇总工会", "", "乡镇（街道）"],
        ["632322-0009", "坎布拉镇学校工会", "坎布拉镇总工会", ""],
        ["", "坎布拉镇卫生院工会", "坎布拉镇总工会", ""],
        name="second.csv",
    )
    other = check(clerk, second, "unions")
    one, other = commit(clerk, one), commit(clerk, other)
    assert (counts(one), counts(other)) == ((2, 0, 0, 0), (3, 0, 0, 0)), problems(clerk, other)
    with scope.applied(clerk):
        codes = dict(Union.objects.filter(code__gt="632322-0005").values_list("code", "name"))
        assert codes == {
            "632322-0006": "康杨镇总工会",
            "632322-0007": "康杨镇卫生院工会",
            "632322-0009": "坎布拉镇学校工会",
            "632322-0010": "坎布拉镇总工会",
            "632322-0011": "坎布拉镇卫生院工会",
        }
        school = Union.objects.get(code="632322-0009")
        assert str(school.path).endswith("/632322-0010/632322-0009/")
        planned = other.rows.values_list("values__row__code", flat=True)
        assert set(planned) == {"632322-0009", "632322-0010", "632322-0011"}, "the plan is what was written"


def test_new_unions_follow_a_union_above_that_was_moved_since_the_check(
    clerk: Any, county: World, table: Write
) -> None:
    with scope.applied(clerk):
        above, place = (Union.objects.get(code=f"632322-{n}") for n in ("0002", "0003"))
    path = table(["工会名称", "上级工会"], ["二车间工会", above.name], ["甲班工会小组", "二车间工会"])
    batch = check(clerk, path, "unions")
    change_union(by=clerk, row=above, parent=place)
    assert counts(commit(clerk, batch)) == (2, 0, 0, 0), problems(clerk, batch)
    with scope.applied(clerk):
        group = Union.objects.get(name="甲班工会小组")
        assert str(group.path).endswith("/632322-0003/632322-0002/632322-0006/632322-0007/")


def test_new_unions_below_one_that_was_archived_since_the_check_are_held(
    clerk: Any, county: World, table: Write
) -> None:
    with scope.applied(clerk):
        above = Union.objects.get(code="632322-0002")
    path = table(["工会名称", "上级工会"], ["二车间工会", above.name], ["学校工会", ""])
    batch = check(clerk, path, "unions")
    archive_union(by=clerk, row=above)
    assert counts(commit(clerk, batch)) == (1, 0, 0, 1)
    assert problems(clerk, batch)[2] == [
        ("上级工会", "核对之后这个工会已归档。请改正所在的工会，把这一行再核对一次。")
    ]


def test_unions_corrected_know_the_unions_of_the_same_file(clerk: Any, table: Write) -> None:
    header = ["工会名称", "上级工会", "层级", "建会时间"]
    town = ["尖扎县康杨镇总工会", "", "乡镇（街道）", "2019.3.1"]
    batch = check(clerk, table(header, town, ["康杨镇卫生院工会", "不存在的工会", "", "2021-3-1"]), "unions")
    batch = actions.fix_rows(by=clerk, row=batch, cells={3: {"parent": "尖扎县康杨镇总工会"}})
    assert counts(batch) == (2, 0, 0, 0), problems(clerk, batch)
    assert commit(clerk, batch).rows_new == 2
