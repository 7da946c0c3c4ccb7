"""Sums of money for programs: by source, by donor, by place; they are those of the pages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import scope
from funding.money import Money
from tests.api.conftest import SignIn
from tests.world import World

Record = Callable[..., Any]


@pytest.fixture
def record(clerk: APIClient, world: World) -> Record:
    """Records a line of a project's money by program."""

    def call(source: str, stage: str, amount: str, **more: Any) -> Any:
        body = {
            "project": world.projects["632322"].pk,
            "source": source,
            "source_kind": "donation",
            "stage": stage,
            "amount": amount,
            "recorded_on": "2023-04-01",
            **more,
        }
        answer = clerk.post("/api/v1/funding_lines/", body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    return call


def test_a_projects_money_is_read_source_by_source(clerk: APIClient, world: World, record: Record) -> None:
    line = record("某基金会", "letter", "200000.05")
    project = world.projects["632322"]
    found = clerk.get(f"/api/v1/projects/{project.pk}/money/").json()
    own = next(one for one in found["sources"] if one["source_name"] == "某基金会")
    assert own["basis"] == "letter" and own["members"] == []
    assert own["money"]["letter"] == own["money"]["promised"] == own["money"]["outstanding"] == "200000.05"
    assert own["money"]["received"] is None and own["money"]["left"] is None
    assert [one["line"] for one in found["waiting"] if one["source"] == own["source"]] == [line["id"]]
    summed = sum(Decimal(one["money"]["counted"]) for one in found["sources"])
    assert Decimal(found["whole"]["counted"]) == summed


def test_a_difference_names_the_lines_that_explain_it(clerk: APIClient, world: World, record: Record) -> None:
    project = world.projects["632322"]
    before = clerk.get(f"/api/v1/projects/{project.pk}/money/").json()["whole"]["counted"]
    assert clerk.patch(f"/api/v1/projects/{project.pk}/", {"stated_total": before}).status_code == 200
    line = record("某基金会", "approved", "123456.78")
    found = clerk.get(f"/api/v1/projects/{project.pk}/money/").json()
    assert (
        found["difference"]["amount"] == "123456.78" and [line["id"]] in found["difference"]["explanations"]
    )


def test_goods_stand_beside_the_money(clerk: APIClient, world: World, record: Record) -> None:
    record("某企业", "received", "120000.00", goods="制氧机")
    found = clerk.get(f"/api/v1/projects/{world.projects['632322'].pk}/money/").json()
    assert found["goods_value"] == "120000.00"
    assert "某企业" not in [one["source_name"] for one in found["sources"]]
    row = clerk.get("/api/v1/donors/?q=某企业").json()["results"][0]
    assert row["goods_value"] == "120000.00" and row["money"]["promised"] is None


def test_donors_are_listed_narrowed_and_opened(
    as_account: SignIn, clerk: APIClient, world: World, record: Record
) -> None:
    record("某基金会", "applied", "50000.00")
    record("某基金会", "received", "20000.00")
    rows = clerk.get("/api/v1/donors/?q=基金&kind=donation").json()
    assert rows["count"] == 1 and rows["results"][0]["counties"] == 1
    row = rows["results"][0]
    assert (row["money"]["applied"], row["money"]["promised"]) == ("50000.00", "20000.00")
    one = clerk.get(f"/api/v1/donors/{row['id']}/").json()
    assert [share["project"] for share in one["shares"]] == [world.projects["632322"].pk]
    assert one["money"] == row["money"] == one["shares"][0]["money"]
    assert clerk.get("/api/v1/donors/?kind=nobody").status_code == 400
    assert as_account("632323.clerk").get(f"/api/v1/donors/{row['id']}/").status_code == 404


def test_donors_are_paged(clerk: APIClient, record: Record) -> None:
    for number in range(3):
        record(f"第{number}基金会", "received", f"{number + 1}.00")
    first = clerk.get("/api/v1/donors/?q=基金会&size=2").json()
    assert first["count"] == 3 and len(first["results"]) == 2 and first["previous"] is None
    second = clerk.get(first["next"]).json()
    names = [row["name"] for row in (*first["results"], *second["results"])]
    assert names == ["第2基金会", "第1基金会", "第0基金会"] and second["next"] is None
    assert clerk.get("/api/v1/donors/?q=基金会&size=2&page=9").json()["page"] == 1


def test_the_money_of_a_place_is_that_of_its_projects(as_account: SignIn, world: World) -> None:
    reviewer = as_account("632300.reviewer")
    place = reviewer.get("/api/v1/money/632300/").json()
    assert {one["union"] for one in place["by_county"]} == {"632322", "632323"} and place["counties"] == 2
    account = world.account("632300.reviewer")
    scope.apply(account)
    parts = [Money(world.projects[code], account).whole for code in ("632322", "632323")]
    for name in ("promised", "outstanding"):
        expected = sum(getattr(part, name) or 0 for part in parts)
        assert Decimal(place["money"][name] or 0) == expected
        assert sum(Decimal(one["money"][name] or 0) for one in place["by_county"]) == expected
    assert sum(Decimal(one["amount"]) for one in place["ageing"]) == Decimal(place["money"]["outstanding"])
    assert reviewer.get("/api/v1/money/").json() == place["by_county"]


def test_the_money_of_another_place_does_not_exist(clerk: APIClient) -> None:
    assert [one["union"] for one in clerk.get("/api/v1/money/").json()] == ["632322"]
    assert clerk.get("/api/v1/money/632323/").status_code == 404
