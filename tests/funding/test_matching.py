"""What grants ask of projects as a list: the sums of the database, the pages, tables in and out, archived projects."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cases import actions as cases
from cases.models import Project
from core import scope
from core.actions import Refused, bootstrap
from core.imports.actions import undo
from core.models import AuditEvent
from funding import actions
from funding.models import FundingLine, FundingSource, FundStage, MatchRequirement
from funding.money import Money
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import PASSWORD, World

__all__ = ["table"]
CLERK = "632322.clerk"
HEAD = ["建设项目", "要求配套的来源", "配套比例（%）", "依据（文号）"]
BAR = "尖扎职工氧吧"
Write = Callable[..., Path]


@pytest.fixture
def by(world: World) -> Any:
    return world.account(CLERK)


@pytest.fixture
def clerk(client: Client, world: World) -> Client:
    assert client.login(username=CLERK, password=PASSWORD)
    return client


def ask(world: World, **changed: Any) -> MatchRequirement:
    given = {"project": world.projects["632322"], "percent": Decimal(50), "basis": "青工发1号", **changed}
    return actions.require_match(by=world.account(CLERK), **given)


def page(client: Client, address: str) -> str:
    return str(client.get(address).content.decode())


def bare(world: World) -> Project:
    """A project without money."""
    given: dict[str, Any] = {"kind": "oxygen_chamber", "name": "尖扎高压氧舱", "attributes": {"places": "镇"}}
    return cases.create_project(by=world.account(CLERK), union=world.unions["632322"], **given)


def _scatter(world: World, chance: random.Random) -> None:
    """Lines at any stage, matching or not, in kind, archived, of two projects."""
    sources = list(FundingSource.objects.filter(union=world.unions["632322"]))
    projects = [world.projects["632322"], bare(world)]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        FundingLine.objects.filter(project=projects[0]).delete()
        for _ in range(25):
            FundingLine.objects.create(
                **world.unions["632322"].stamp(),
                project=chance.choice(projects),
                source=chance.choice(sources),
                stage=chance.choice(FundStage.values),
                amount=Decimal(chance.randint(1, 10**9)) / 100,
                recorded_on=date(2023, 3, 1),
                is_match=chance.random() < 0.4,
                goods="制氧机" if chance.random() < 0.15 else "",
                archived_at="2023-04-01T00:00:00Z" if chance.random() < 0.15 else None,
            )
        for project in projects:
            for source in (None, *sources):
                MatchRequirement.objects.create(
                    **world.unions["632322"].stamp(),
                    project=project,
                    source=source,
                    percent=Decimal(chance.randint(1, 100_000)) / 100,
                    basis="文件",
                )


@pytest.mark.parametrize("seed", range(12))
def test_the_list_counts_to_the_fen_as_the_page_of_the_project(world: World, by: Any, seed: int) -> None:
    _scatter(world, random.Random(seed))
    with scope.applied(by):
        counted: Any = MatchRequirement.objects.visible_to(by).with_money()
        sums = counted.values_list("pk", "base", F("due"), "matched", F("lacking"))
        listed = {number: amounts for number, *amounts in sums}
        projects: Any = Project.objects.visible_to(by)
        on_pages = {
            one.pk: [state.base, state.required, state.matched, state.shortfall]
            for project in projects
            for one, state in Money(project, by).matches
        }
        by_row = {one.pk: [one.base, one.required, one.matched, one.shortfall] for one in counted}
    assert listed == by_row == on_pages and len(listed) == 10


def test_the_list_takes_no_statement_more_for_more_rows(world: World, clerk: Client) -> None:
    ask(world)
    clerk.get("/match_requirements/")
    with CaptureQueriesContext(connection) as few:
        clerk.get("/match_requirements/")
    for line in FundingLine.objects.filter(project=world.projects["632322"]):
        ask(world, source=line.source)
    with CaptureQueriesContext(connection) as many:
        assert "援建企业" in page(clerk, "/match_requirements/")
    assert len(many) == len(few)


def test_a_requirement_is_registered_from_the_list_with_the_project_filled_in(
    world: World, clerk: Client
) -> None:
    project = world.projects["632322"]
    form = page(clerk, f"/match_requirements/new/?project={project.pk}")
    assert f'value="{BAR} #{project.pk}"' in form and "省州两级工会" in form
    given = {"project": BAR, "source": "省州两级工会", "percent": "60", "basis": "青工发1号"}
    answer = clerk.post("/match_requirements/new/", given)
    assert answer.status_code == 302
    shown = page(clerk, answer["Location"])
    for words in (
        "2,500,000.00",
        "1,500,000.00",
        "60.00",
        "青工发1号",
        f"/projects/{project.pk}/",
        "登记配套要求",
    ):
        assert words in shown, words
    listed = page(clerk, "/match_requirements/?state=short")
    assert "省州两级工会" in listed and "省州两级工会" not in page(clerk, "/match_requirements/?state=met")
    own = page(clerk, f"/projects/{project.pk}/")
    assert f"/match_requirements/?project={project.pk}" in own and answer["Location"] in own


def test_the_lists_of_money_and_projects_lead_to_it(world: World, clerk: Client) -> None:
    for address in ("/funding_lines/", "/projects/"):
        assert 'href="/match_requirements/"' in page(clerk, address)


def test_share_and_document_are_corrected_and_it_is_cancelled_with_a_reason(
    world: World, clerk: Client, by: Any
) -> None:
    row = ask(world)
    address = f"/match_requirements/{row.pk}/"
    assert 'name="source"' not in page(clerk, f"{address}edit/")
    given = {"percent": "33.33", "basis": "青工发2号", "version": row.version}
    assert clerk.post(f"{address}edit/", given).status_code == 302
    assert clerk.post(f"{address}cancel/", {}).status_code == 422
    assert clerk.post(f"{address}cancel/", {"reason": "文件作废"}).status_code == 302
    row.refresh_from_db()
    assert (row.percent, row.basis, row.is_archived) == (Decimal("33.33"), "青工发2号", True)
    with scope.applied(by):
        assert AuditEvent.objects.get(verb="funding.drop_match").reason == "文件作废"
    assert "文件作废" in page(clerk, address)
    for refused in (actions.drop_match, actions.change_match):
        with pytest.raises(Refused, match="已取消"):
            refused(by=by, row=row)
    assert "青工发2号" not in page(clerk, "/match_requirements/")
    assert ask(world).pk != row.pk


@pytest.mark.parametrize("percent", ["0", "1000.01"])
def test_a_share_beyond_its_bounds_is_refused_at_the_form(world: World, clerk: Client, percent: str) -> None:
    given = {"project": BAR, "source": "", "percent": percent, "basis": "x"}
    answer = clerk.post("/match_requirements/new/", given)
    assert answer.status_code == 422 and "配套比例要大于0，不超过1000。" in answer.content.decode()


def test_the_source_is_one_that_the_county_has_registered(world: World, by: Any) -> None:
    abroad = world.lines["632323-enterprise"].source
    with pytest.raises(Refused, match="没有登记资金来源“某厂”"):
        ask(world, source="某厂")
    with pytest.raises(Refused, match="没有登记资金来源"):
        actions.require_match(
            by=world.account("admin"),
            project=world.projects["632322"],
            source=abroad,
            percent=Decimal(5),
            basis="x",
        )
    gone = actions.create_source(by=by, union=world.unions["632322"], name="某会", kind="donation")
    row = ask(world, source=gone)
    with pytest.raises(Refused, match="还有配套要求"):
        actions.archive_source(by=by, row=gone)
    actions.drop_match(by=by, row=row, reason="x")
    actions.archive_source(by=by, row=gone)
    with pytest.raises(Refused, match="没有登记资金来源“某会”"):
        ask(world, source=gone)


def test_no_share_is_asked_of_an_archived_project_and_none_stands_when_it_is_archived(
    world: World, by: Any
) -> None:
    project = bare(world)
    row = ask(world, project=project)
    with pytest.raises(Refused, match="“尖扎高压氧舱”还有 1 条配套要求，不能归档"):
        cases.archive_project(by=by, row=project, reason="停建")
    actions.drop_match(by=by, row=row, reason="x")
    cases.archive_project(by=by, row=project, reason="停建")
    with pytest.raises(Refused, match="已归档，不能再登记配套要求"):
        ask(world, project=project)
    with (
        pytest.raises(IntegrityError, match="project archived"),
        bootstrap("demo.load", lambda: world.accounts["admin"]),
    ):
        MatchRequirement.objects.filter(pk=row.pk).update(archived_at=None)


def test_a_table_registers_and_corrects_requirements_and_is_taken_back(
    world: World, by: Any, table: Write
) -> None:
    ask(world)
    path = table(
        HEAD,
        [BAR, "", "60%", "青工发2号"],
        [BAR, "援建企业", "12.5", "青工发1号"],
        [BAR, "援建企业", "13", "青工发1号"],
        [BAR, "某厂", "50", "x"],
        [BAR, "县级配套", "0", "x"],
        [BAR, "对口援助工会", "1000.01", "x"],
        [BAR, "省州两级工会", "一半", "x"],
        ["泽库职工氧吧", "", "5", "x"],
    )
    batch = check(by, path, "match_requirements")
    assert counts(batch) == (0, 1, 0, 7), problems(by, batch)
    said = {number: found[0][1] for number, found in problems(by, batch).items()}
    assert "内容不同" in said[3] and "内容不同" in said[4]
    assert "本县没有唯一的资金来源“某厂”" in said[5] and "不在 0 到 1000 之间" in said[6]
    assert "不在 0 到 1000 之间" in said[7] and "无法识别为百分数" in said[8]
    assert "没有建设项目“泽库职工氧吧”" in said[9]
    path = table(HEAD, [BAR, "", "60%", "青工发2号"], [BAR, "援建企业", "12.5", "青工发1号"], name="b.csv")
    batch = commit(by, check(by, path, "match_requirements"))
    assert counts(batch) == (1, 1, 0, 0)
    assert _percents() == {"": Decimal("60.00"), "援建企业": Decimal("12.50")}
    assert undo(by=by, row=batch).kept == []
    assert _percents() == {"": Decimal("50.00")}


def _percents() -> dict[str, Decimal]:
    rows = MatchRequirement.objects.active().select_related("source")
    return {row.source.name if row.source else "": row.percent for row in rows}


def test_two_tables_ask_the_same_only_once(world: World, by: Any, table: Write) -> None:
    """Also where no source is named."""
    path = table(HEAD, [BAR, "", "60", "x"], [BAR, "援建企业", "12.5", "x"])
    one, other = (check(by, path, "match_requirements") for _ in range(2))
    assert counts(commit(by, one)) == (2, 0, 0, 0)
    assert counts(commit(by, other)) == (0, 0, 0, 2)
    assert counts(check(by, path, "match_requirements")) == (0, 0, 2, 0)


def test_a_table_means_nothing_that_was_cancelled(world: World, by: Any, table: Write) -> None:
    actions.drop_match(by=by, row=ask(world), reason="x")
    batch = commit(by, check(by, table(HEAD, [BAR, "", "50", "青工发1号"]), "match_requirements"))
    assert counts(batch) == (1, 0, 0, 0)


def test_programs_register_correct_and_cancel(world: World) -> None:
    api = APIClient()
    assert api.login(username=CLERK, password=PASSWORD)
    body = {"project": world.projects["632322"].pk, "source": "援建企业", "percent": "50", "basis": "文"}
    answer = api.post("/api/v1/match_requirements/", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["required"], made["shortfall"], made["source"]) == ("650000.00", "650000.00", "援建企业")
    address = f"/api/v1/match_requirements/{made['id']}/"
    changed = api.patch(address, {"percent": "40"})
    assert changed.status_code == 200 and changed.json()["required"] == "520000.00"
    assert changed.json()["basis"] == "文"
    assert api.post(f"{address}cancel/", {"reason": "作废"}).status_code == 200
    assert api.get(address).json()["archived_at"]
