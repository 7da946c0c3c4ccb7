"""A POST with an Idempotency-Key is done once, whatever the line does."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import scope
from core.api import once
from tests.world import World
from unions.models import Employer

BODY = {"name": "尖扎县新企业", "ownership": "public", "listed_on": "2023-01-01", "union": "632322"}


def create(client: APIClient, key: str = "", **body: str) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/employers/", {**BODY, **body}, headers=headers)


def employers(world: World) -> int:
    with scope.applied(world.account("632322.clerk")):
        return Employer.objects.filter(name__startswith="尖扎县新企业").count()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run inside a transaction that never commits."""
    monkeypatch.setattr("core.api.once.transaction.on_commit", lambda work: work())


def test_a_repetition_gets_the_same_answer_and_writes_nothing(clerk: APIClient, world: World) -> None:
    first, second = create(clerk, "abc-1"), create(clerk, "abc-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json() and second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first and employers(world) == 1


def test_without_the_header_nothing_changes(clerk: APIClient, world: World) -> None:
    create(clerk)
    create(clerk, name="尖扎县新企业二")
    assert employers(world) == 2


def test_a_key_belongs_to_one_request_and_one_account(
    clerk: APIClient, as_account: Any, world: World
) -> None:
    create(clerk, "abc-2")
    other = create(clerk, "abc-2", name="尖扎县新企业二")
    assert other.status_code == 400 and other.json()["detail"] == once.OTHER_BODY
    head = create(as_account("632322.head"), "abc-2", name="尖扎县新企业三")
    assert head.status_code == 201 and employers(world) == 2


def test_what_was_refused_may_be_sent_again(clerk: APIClient, world: World) -> None:
    assert create(clerk, "abc-3", ownership="").status_code == 400
    assert create(clerk, "abc-3", ownership="").status_code == 400
    assert create(clerk, "abc-3").status_code == 201


def test_while_the_first_is_under_way_the_second_waits(
    clerk: APIClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.api.once.transaction.on_commit", lambda work: None)
    assert create(clerk, "abc-4").status_code == 201
    again = create(clerk, "abc-4")
    assert again.status_code == 400 and again.json()["detail"] == once.STILL_RUNNING
    assert employers(world) == 1
