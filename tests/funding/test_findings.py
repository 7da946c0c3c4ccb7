"""What a finding about money says: to the fen, and which line it means."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cases.actions import change_project
from core.models import Finding
from funding import actions
from funding.models import FundingLine
from metrics import actions as metrics
from tests.world import PASSWORD, World

CLERK = "632322.clerk"


@pytest.fixture
def clerk(client: Client, world: World) -> Client:
    assert client.login(username=CLERK, password=PASSWORD)
    return client


@pytest.fixture
def record(world: World) -> Callable[..., FundingLine]:
    def call(source: str, amount: int, **changed: Any) -> FundingLine:
        given = {
            "project": world.projects["632322"],
            "source": source,
            "source_kind": "treasury",
            "stage": "approved",
            "amount": Decimal(amount),
            "recorded_on": date(2023, 4, 1),
            **changed,
        }
        return actions.record_line(by=world.account(CLERK), **given)

    return call


def finding_of(world: World, stated: str) -> Finding:
    by, project = world.account(CLERK), world.projects["632322"]
    change_project(by=by, row=project, stated_total=Decimal(stated))
    metrics.run_checks(by=by)
    return Finding.objects.get(check_key="parts_against_total", county_id=632322)


def test_a_difference_of_fen_is_not_rounded_away(world: World) -> None:
    message = finding_of(world, "5999999.95").message
    assert "6,000,000元" in message or "600万元" in message
    assert "5,999,999.95元" in message and "多 0.05元" in message


def test_the_lines_of_one_source_are_told_apart_by_document_or_date(
    world: World, record: Callable[..., FundingLine]
) -> None:
    record("同源财政", 30_000, document_no="青财1号")
    record("同源财政", 30_000, recorded_on=date(2023, 5, 2))
    message = finding_of(world, "6030000").message
    assert "“同源财政”批复 3万元（青财1号）；或“同源财政”批复 3万元（2023-05-02）。" in message


def test_the_page_and_the_finding_name_the_same_lines_and_how_many_more(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    for number in range(7):
        record(f"己{number}", 10_000, document_no=f"财{number}号")
    message = finding_of(world, "6060000").message
    said = message[message.index("与差额相等的明细") :]
    assert said.count("己") == 5 and "另有 2 种也相等" in said
    assert said in str(clerk.get(f"/projects/{world.projects['632322'].pk}/").content.decode())


def test_the_page_of_a_finding_leads_to_its_lines_and_project(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    line = record("己", 30_000)
    finding = finding_of(world, "6000000")
    page = str(clerk.get(f"/findings/{finding.pk}/").content.decode())
    assert f"/funding_lines/{line.pk}/" in page and f"/projects/{world.projects['632322'].pk}/" in page
