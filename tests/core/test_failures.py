"""What the portal says when the database takes too long or is away, and what history must not keep."""

import json
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from core import jobs, scope
from core.actions import bootstrap
from core.models import History, Job
from core.resource import registry
from metrics import actions as metrics
from metrics.models import ComputationRun
from tests.world import World
from unions import actions as unions


@pytest.fixture
def client(world: World) -> Client:
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(world.account("632322.clerk"))
    return signed_in


def sleep(*arguments: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(20)")


@pytest.mark.parametrize(("address", "is_json"), [("/members/", False), ("/api/v1/members/", True)])
def test_a_page_that_takes_too_long_is_given_up(
    client: Client, settings: Any, address: str, is_json: bool
) -> None:
    settings.WEB_STATEMENT_SECONDS = 1
    members = registry()["members"]
    rows = members.rows
    object.__setattr__(members, "rows", sleep)
    try:
        response = client.get(address)
    finally:
        object.__setattr__(members, "rows", rows)
    assert response.status_code == 503
    text = response.json()["detail"] if is_json else response.content.decode()
    assert "这次查询用时太长，已停止" in text


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")])
def test_without_the_database_programs_get_json_and_people_a_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def gone(*arguments: Any) -> Any:
        raise error

    monkeypatch.setattr(scope, "counties_of", gone)
    answer = client.get("/api/v1/members/")
    assert answer.status_code == 503 and answer.json()["detail"].startswith("数据库暂时连不上")
    page = client.get("/members/")
    assert page.status_code == 503 and "数据库暂时连不上" in page.content.decode()


def test_a_fault_of_our_own_is_json_for_programs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(scope, "counties_of", broken)
    answer = client.get("/api/v1/members/")
    assert answer.status_code == 500 and set(answer.json()) == {"detail", "field", "errors"}


def test_jobs_take_their_time(world: World) -> None:
    with scope.applied(world.account("632322.clerk")), connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_the_history_of_accounts_keeps_no_password(world: World) -> None:
    account = world.account("632322.clerk")
    before = account.password
    unions.set_password(by=world.account("admin"), row=account, password="Xin-mima-2023-cd")
    scope.apply_everywhere()
    images = [row.before for row in History.objects.filter(table_name="unions_account", op="U")]
    assert images and not any("password" in image for image in images)
    assert before not in json.dumps(images)
    assert all("username" in image for image in images)


def test_a_computation_that_was_given_up_is_under_way_no_more(world: World) -> None:
    by = world.account("admin")
    run = metrics.request_computation(by=by, quarters=["2023Q1"])
    scope.apply_everywhere()
    job = Job.objects.get(kind="metrics.compute")
    Job.objects.filter(pk=job.pk).update(attempt=jobs.MAX_ATTEMPTS)
    with bootstrap("demo.load", lambda: by):
        ComputationRun.objects.filter(pk=run.pk).update(state="running")
    jobs.run(job.pk)
    scope.apply_everywhere()
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", jobs.GIVEN_UP % job.pk)
    assert run.finished_at is not None
