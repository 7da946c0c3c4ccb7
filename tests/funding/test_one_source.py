"""Names that differ in brackets and spaces are one source of a union; old pairs keep their own lines."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from core import scope
from core.actions import Refused, bootstrap
from core.imports.returning import update_table
from core.resource import registry
from funding import actions
from funding.models import FundingLine, FundingSource
from tests.funding.months import CLERK, at_once
from tests.funding.test_paid_once import DAY
from tests.imports.conftest import check, commit, counts, problems, rows, table
from tests.world import PASSWORD, World, build

__all__ = ["table"]
Write = Callable[..., Path]
WIDE, NARROW, SPACED = "北辰区总工会（天津）", "北辰区总工会(天津)", "北辰区 总工会(天津)"
LINE: dict[str, Any] = {"stage": "letter", "amount": Decimal(50_000), "recorded_on": DAY}
HEAD = ["建设项目", "资金来源", "来源类别", "阶段", "金额（元）", "日期"]
KNOWN = f"本工会已登记过资金来源“{WIDE}”，请直接使用它"


@pytest.fixture
def clerk(world: World) -> Any:
    return world.account(CLERK)


def record(world: World, source: str, **values: Any) -> FundingLine:
    line: FundingLine = actions.record_line(
        by=world.account(CLERK), project=world.projects["632322"], source=source, **{**LINE, **values}
    )
    return line


def register(world: World, name: str) -> FundingSource:
    source: FundingSource = actions.create_source(
        by=world.account(CLERK), union=world.unions["632322"], name=name, kind="counterpart"
    )
    return source


@pytest.fixture
def pair(world: World) -> tuple[FundingLine, FundingLine]:
    """Two sources of one name from before, each with a line."""
    first = record(world, WIDE, source_kind="counterpart")
    with transaction.atomic(), bootstrap("demo.load", lambda: world.accounts["admin"]):
        _trigger("disable")
        place = world.unions["632322"].stamp()
        FundingSource.objects.create(**place, name=NARROW, kind="counterpart")
        _trigger("enable")
    scope.apply_everywhere()
    return first, record(world, NARROW, stage="received")


def _trigger(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"alter table funding_fundingsource {word} trigger keep_key_insert")


@pytest.mark.parametrize("spelled", [NARROW, SPACED, WIDE])
def test_another_spelling_is_the_registered_source(world: World, spelled: str) -> None:
    first = record(world, WIDE, source_kind="counterpart")
    assert record(world, spelled, stage="received").source == first.source


def test_a_known_source_keeps_its_kind(world: World, clerk: Any, client: Client) -> None:
    said = "“援建企业”登记的类别是“援建企业”，请改为登记的类别，或先在资金来源页面更正。"
    with pytest.raises(Refused) as told:
        record(world, "援建企业", source_kind="donation")
    assert (told.value.message, told.value.field) == (said, "source_kind")
    line = record(world, "援建企业", source_kind="enterprise")
    with pytest.raises(Refused, match="登记的类别是“县级配套”"):
        actions.correct_line(by=clerk, row=line, source="县级配套", source_kind="treasury")
    client.login(username=CLERK, password=PASSWORD)
    given = {"source": "援建企业", "source_kind": "donation", "stage": "letter", "amount": "5"}
    url = f"/projects/{world.projects['632322'].pk}/record-line/"
    answer = client.post(url, {**given, "recorded_on": "2023-04-01"})
    assert answer.status_code == 422 and said in str(answer.context["form"].errors["source_kind"])


def test_no_second_source_of_the_name_is_registered_or_renamed_so(world: World, clerk: Any) -> None:
    own = register(world, WIDE)
    with pytest.raises(Refused, match=KNOWN) as told:
        register(world, SPACED)
    assert told.value.field == "name"
    other = register(world, "别家")
    with pytest.raises(Refused, match=KNOWN):
        actions.change_source(by=clerk, row=other, name=NARROW)
    actions.change_source(by=clerk, row=own, name=NARROW)
    actions.archive_source(by=clerk, row=own, reason="停用")
    with pytest.raises(Refused, match="已归档，请先恢复它"):
        register(world, WIDE)


def test_the_page_says_it_at_the_name(world: World, client: Client) -> None:
    register(world, WIDE)
    client.login(username=CLERK, password=PASSWORD)
    given = {"union": "632322", "name": NARROW, "kind": "counterpart"}
    answer = client.post("/funding_sources/new/", given)
    assert answer.status_code == 422 and KNOWN in str(answer.context["form"].errors["name"])


def test_the_database_takes_no_second_one_and_leaves_old_pairs(
    world: World, clerk: Any, pair: tuple[FundingLine, FundingLine]
) -> None:
    place = world.unions["632322"].stamp()
    with (
        pytest.raises(IntegrityError, match="source named"),
        transaction.atomic(),
        bootstrap("demo.load", lambda: world.accounts["admin"]),
    ):
        FundingSource.objects.create(**place, name=SPACED, kind="counterpart")
    source = pair[1].source
    actions.change_source(by=clerk, row=source, kind="donation")
    actions.change_source(by=clerk, row=source, name="北辰区总工会 (天津)")
    actions.change_source(by=clerk, row=source, name="别家")


def test_of_two_spellings_at_once_one_source_is_made(transactional_db: None) -> None:
    world = build()
    names = [WIDE, NARROW]
    said = at_once(2, lambda: register(world, names.pop()))
    assert said.count("done") == 1 and "本工会已登记过资金来源" in str(said)


# --- spreadsheets


def test_an_update_table_left_as_it_is_moves_no_line(
    world: World, clerk: Any, pair: tuple[FundingLine, FundingLine], tmp_path: Path
) -> None:
    lines, path = registry()["funding_lines"], tmp_path / "update.xlsx"
    with scope.applied(clerk), path.open("wb") as stream:
        update_table(by=clerk, resource=lines, rows=lines.rows(clerk), stream=stream)
    batch = check(clerk, path, "funding_lines")
    assert counts(batch)[:2] == (0, 0) and not problems(clerk, batch)


def test_the_spelled_name_wins_among_old_pairs(
    world: World, clerk: Any, pair: tuple[FundingLine, FundingLine], table: Write
) -> None:
    first, second = pair
    assert record(world, WIDE, stage="applied").source == first.source
    assert record(world, NARROW, stage="applied").source == second.source
    path = table(
        HEAD,
        ["尖扎职工氧吧", WIDE, "", "批复", "1", "2023-04-01"],
        ["尖扎职工氧吧", NARROW, "", "批复", "1", "2023-04-01"],
    )
    batch = commit(clerk, check(clerk, path, "funding_lines"))
    assert counts(batch) == (2, 0, 0, 0), problems(clerk, batch)
    with scope.applied(clerk):
        found = FundingLine.objects.filter(stage="approved", amount=1).order_by("pk")
        assert [line.source_id for line in found] == [first.source_id, second.source_id]


def test_of_an_old_pair_the_one_that_stands_is_meant(
    world: World, clerk: Any, pair: tuple[FundingLine, FundingLine]
) -> None:
    first, second = pair
    actions.archive_line(by=clerk, row=second, reason="重复")
    actions.archive_source(by=clerk, row=second.source, reason="重复")
    assert record(world, NARROW, stage="received").source == first.source


def test_spellings_within_one_sheet_are_one_new_source(world: World, clerk: Any, table: Write) -> None:
    given = [
        ["尖扎职工氧吧", "来源壬（甲）", "社会捐赠", "承诺函", "5", "2023-04-01"],
        ["尖扎职工氧吧", "来源壬(甲)", "", "到位", "5", "2023-04-01"],
        ["尖扎职工氧吧", "来源 壬（甲）", "社会捐赠", "支出", "5", "2023-04-01"],
    ]
    path = table(HEAD, *given)
    batch = commit(clerk, check(clerk, path, "funding_lines"))
    assert counts(batch) == (3, 0, 0, 0), problems(clerk, batch)
    with scope.applied(clerk):
        source = FundingSource.objects.get(name__contains="壬")
        assert source.name == "来源壬（甲）" and source.lines.count() == 3
    assert counts(check(clerk, path, "funding_lines")) == (0, 0, 3, 0)


def test_a_source_registered_otherwise_since_the_check_holds_its_rows(
    world: World, clerk: Any, table: Write
) -> None:
    line = ["尖扎职工氧吧", NARROW, "对口援助", "批复", "1", "2023-04-01"]
    other = ["尖扎职工氧吧", "援建企业", "", "批复", "1", "2023-04-01"]
    lines = check(clerk, table(HEAD, line, other), "funding_lines")
    path = table(["资金来源", "类别"], [SPACED, "对口援助"], ["另一家", "财政"], name="b.csv")
    sources = check(clerk, path, "funding_sources")
    register(world, WIDE)
    for batch, key in ((lines, 2), (sources, 2)):
        done = commit(clerk, batch)
        assert counts(done) == (1, 0, 0, 1)
        assert "核对之后已有人登记了同一对象" in str(problems(clerk, done)[key])


def test_a_sheet_of_sources_knows_other_spellings(world: World, clerk: Any, table: Write) -> None:
    register(world, WIDE)
    path = table(
        ["资金来源", "类别"],
        [NARROW, "对口援助"],
        ["来源壬（甲）", "财政"],
        ["来源壬(甲)", "财政"],
    )
    batch = check(clerk, path, "funding_sources")
    assert rows(clerk, batch)[2].plan == "unchanged"
    assert counts(batch) == (0, 0, 1, 2) and problems(clerk, batch).keys() == {3, 4}


def test_a_requirement_finds_another_spelling(world: World, clerk: Any) -> None:
    source = register(world, WIDE)
    given = {"project": world.projects["632322"], "percent": Decimal(50), "basis": "青工发1号"}
    assert actions.require_match(by=clerk, source=NARROW, **given).source == source
