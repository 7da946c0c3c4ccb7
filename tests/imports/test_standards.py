"""Standards of the subsidy from a table: the province's alone, one of a tier at a time, its worth for good."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from core.imports.actions import continue_held, fix_rows, recheck_held, undo
from funding import actions
from funding.models import SubsidyStandard
from tests.imports.conftest import check, commit, counts, problems, rows, upload
from tests.world import PASSWORD, World

Write = Callable[..., Path]
KEY = "subsidy_standards"
HEAD = ["对口层级", "标准（元）", "起始日期", "终止日期", "使用期限（月）", "依据（文号）"]
SINCE = date(2023, 1, 1)
# The standard that the county fixture has registered, as a table shows it.
STANDS = ["全总对口联系", "300000", "2023-01-01", "", "18", "青工发1号"]
NEXT = ["全总对口联系", "35万", "2024-01-01", "", "", "青工发2号"]


def with_end(day: str) -> list[str]:
    return [*STANDS[:3], day, *STANDS[4:]]


@pytest.fixture
def province(county: World) -> Any:
    return county.account("630000.reviewer")


def spans() -> list[tuple[int, str, str]]:
    """Amount, start and end of the national standards."""
    held = SubsidyStandard.objects.filter(tier="national", archived_at__isnull=True).order_by("valid_from")
    return [(int(one.amount), str(one.valid_from), str(one.valid_to or "")) for one in held]


def test_one_standard_ends_and_the_next_begins_in_one_table(province: Any, table: Write) -> None:
    """In whatever order the lines stand; taken back, everything is as it was."""
    batch = commit(province, check(province, table(HEAD, NEXT, with_end("2024-01-01")), KEY))
    assert counts(batch) == (1, 1, 0, 0), problems(province, batch)
    assert spans() == [(300_000, "2023-01-01", "2024-01-01"), (350_000, "2024-01-01", "")]
    assert SubsidyStandard.objects.get(valid_from=date(2024, 1, 1)).spend_within == 12
    assert undo(by=province, row=batch).kept == []
    assert spans() == [(300_000, "2023-01-01", "")]


def test_below_the_province_nobody_imports_standards(county: World, table: Write, client: Client) -> None:
    account = county.account("632300.reviewer")
    with pytest.raises(PermissionDenied, match="补助标准由省级工会制定"):
        upload(account, table(HEAD, NEXT), KEY)
    assert client.login(username=account.username, password=PASSWORD)
    assert KEY not in str(client.get("/imports/new/").content.decode())
    assert f"?resource={KEY}" not in client.get("/subsidy_standards/").content.decode()
    assert client.get(f"/imports/new/?resource={KEY}").status_code == 404


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        (["全总对口联系", "40万", "2023-01-01", "", "", "青工发1号"], "标准（元）", "金额不能改"),
        (["省总对口联系", "0", "2023-01-01", "", "", "x"], "标准（元）", "必须大于 0"),
        (["省总对口联系", "1", "2023-01-01", "", "0", "x"], "使用期限（月）", "不在 1 到 60"),
        (["省总对口联系", "1", "2023-01-01", "", "61", "x"], "使用期限（月）", "不在 1 到 60"),
        (["省总对口联系", "1", "2023-01-01", "2023-01-01", "", "x"], "终止日期", "不晚于起始日期"),
        (["全总对口联系", "1", "2023-06-01", "", "", "x"], "起始日期", "与已登记的 2023-01-01 起的同一层级"),
        (["全总对口联系", "1", "2022-06-01", "", "", "x"], "起始日期", "与已登记的 2023-01-01 起的同一层级"),
        (["市级", "1", "2023-06-01", "", "", "x"], "对口层级", ""),
        (["省总对口联系", "1", "2023-01-01", "", "", ""], "依据（文号）", "没有填写"),
    ],
)
def test_what_the_page_refuses_the_table_refuses_at_its_cell(
    province: Any, table: Write, line: list[str], column: str, words: str
) -> None:
    batch = check(province, table(HEAD, line), KEY)
    assert counts(batch) == (0, 0, 0, 1)
    ((said_of, said),) = problems(province, batch)[2]
    assert said_of == column and words in said, said


def test_lines_that_overlap_are_told_by_their_number(province: Any, table: Write) -> None:
    path = table(
        HEAD,
        with_end("2024-01-01"),
        ["全总对口联系", "35万", "2024-01-01", "2025-01-01", "", "x"],
        ["全总对口联系", "36万", "2024-06-01", "", "", "x"],
        ["省总对口联系", "20万", "2024-06-01", "", "", "x"],
    )
    batch = check(province, path, KEY)
    assert counts(batch) == (2, 1, 0, 1)
    ((_, said),) = problems(province, batch)[4]
    assert said.startswith("与第 3 行（2024-01-01 起）同一层级的标准时间重叠。请先给那个标准填写终止日期")


def test_months_and_document_of_a_standard_may_change(province: Any, table: Write) -> None:
    batch = commit(province, check(province, table(HEAD, [*STANDS[:4], "24", "青工发9号"]), KEY))
    assert rows(province, batch)[2].changes == {
        "使用期限（月）": ["18", "24"],
        "依据（文号）": ["青工发1号", "青工发9号"],
    }
    stands = SubsidyStandard.objects.get(tier="national")
    assert (stands.spend_within, stands.basis, stands.version) == (24, "青工发9号", 2)


def test_what_was_set_since_the_check_holds_the_line_and_breaks_nothing(
    county: World, province: Any, table: Write
) -> None:
    """A later end that runs into a new standard, and a new standard in the place of a new one."""
    standard = SubsidyStandard.objects.get(tier="national")
    actions.change_standard(by=province, row=standard, valid_to=date(2024, 1, 1))
    later = check(province, table(HEAD, with_end("2025-01-01")), KEY)
    new = check(province, table(HEAD, ["全总对口联系", "35万", "2024-03-01", "", "", "x"], name="b.csv"), KEY)
    assert counts(later) == (0, 1, 0, 0) and counts(new) == (1, 0, 0, 0)
    given: dict[str, Any] = {"tier": "national", "amount": 320_000, "basis": "y"}
    actions.set_standard(by=province, valid_from=date(2024, 1, 1), **given)
    for batch, words in ((later, "已有人制定了这段时间的标准"), (new, "已有人登记了同一对象")):
        assert counts(commit(province, batch)) == (0, 0, 0, 1)
        assert words in problems(province, batch)[2][0][1]
    assert spans() == [(300_000, "2023-01-01", "2024-01-01"), (320_000, "2024-01-01", "")]


def test_a_corrected_line_is_held_against_the_lines_planned_before(province: Any, table: Write) -> None:
    lines = (
        ["省总对口联系", "20万", "2024-01-01", "", "", "x"],
        ["省总对口联系", "0", "2024-06-01", "", "", "x"],
    )
    batch = check(province, table(HEAD, *lines), KEY)
    assert counts(batch) == (1, 0, 0, 1)
    batch = fix_rows(by=province, row=batch, cells={3: {"amount": "21万"}})
    ((_, said),) = problems(province, batch)[3]
    assert said.startswith("与表中 2024-01-01 起的同一层级的标准时间重叠")
    batch = commit(province, batch)
    ended = [*lines[0][:3], "2024-06-01", *lines[0][4:]]
    commit(province, check(province, table(HEAD, ended, name="ended.csv"), KEY))
    again = recheck_held(by=province, row=continue_held(by=province, row=batch))
    assert counts(commit(province, again)) == (1, 0, 0, 0)


def test_a_standard_that_was_archived_may_be_set_anew(province: Any, table: Write) -> None:
    actions.archive_standard(by=province, row=SubsidyStandard.objects.get(tier="national"))
    batch = commit(province, check(province, table(HEAD, STANDS), KEY))
    assert counts(batch) == (1, 0, 0, 0) and spans() == [(300_000, "2023-01-01", "")]


def granted(county: World, province: Any) -> None:
    actions.grant_subsidies(by=province, year=2023, granted_on=date(2023, 3, 20), document_no="青工发7号")


def test_what_was_granted_keeps_its_months_and_its_days(county: World, province: Any, table: Write) -> None:
    granted(county, province)
    batch = check(province, table(HEAD, [*STANDS[:4], "60", STANDS[5]]), KEY)
    assert counts(batch) == (0, 0, 0, 1)
    assert "使用期限不能改" in problems(province, batch)[2][0][1]
    batch = check(province, table(HEAD, with_end("2023-03-20"), name="b.csv"), KEY)
    assert problems(province, batch)[2][0][0] == "终止日期"
    assert "最后一笔在 2023-03-20" in problems(province, batch)[2][0][1]
    assert counts(check(province, table(HEAD, with_end("2023-03-21"), name="c.csv"), KEY)) == (0, 1, 0, 0)


def test_a_grant_since_the_check_holds_the_line(county: World, province: Any, table: Write) -> None:
    batch = check(province, table(HEAD, [*STANDS[:4], "60", STANDS[5]]), KEY)
    assert counts(batch) == (0, 1, 0, 0)
    granted(county, province)
    batch = commit(province, batch)
    assert (
        counts(batch) == (0, 0, 0, 1) and "已有人按这个标准下达了补助" in problems(province, batch)[2][0][1]
    )
    assert SubsidyStandard.objects.get(tier="national").spend_within == 18
