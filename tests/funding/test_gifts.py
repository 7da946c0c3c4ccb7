"""Gifts in kind: each counts once, at the stage it has come to, on every page that shows it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from cases.actions import create_project
from funding import actions
from funding.models import FundingLine, FundingSource
from tests.world import PASSWORD, World

CLERK = "632322.clerk"


def sign_in(client: Client, name: str) -> Client:
    assert client.login(username=name, password=PASSWORD)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def record(world: World) -> Callable[..., FundingLine]:
    def call(code: str = "632322", **changed: Any) -> FundingLine:
        given = {
            "project": world.projects[code],
            "source": "援建企业",
            "stage": "received",
            "amount": Decimal("200000.00"),
            "recorded_on": date(2023, 4, 1),
            **changed,
        }
        return actions.record_line(by=world.account(f"{code}.clerk"), **given)

    return call


@pytest.fixture
def machines(world: World, record: Callable[..., FundingLine]) -> FundingSource:
    """Oxygen machines that were promised, approved and came; another project's treadmill, which only came."""
    for stage in ("letter", "approved", "received"):
        machine = record(
            source="某企业", source_kind="enterprise", goods="制氧机", amount=Decimal(120_000), stage=stage
        )
    record(project=second_project(world), source="某企业", goods="跑步机", amount=Decimal(70_000))
    return machine.source


def second_project(world: World) -> Any:
    return create_project(
        by=world.account(CLERK),
        union=world.unions["632322"],
        kind="oxygen_bar",
        name="尖扎第二氧吧",
        attributes={"area_m2": "1"},
    )


def test_goods_are_worth_their_sum_over_projects(
    client: Client, world: World, machines: FundingSource
) -> None:
    assert "19.00 万元" in text(sign_in(client, CLERK).get(f"/donors/{machines.pk}/"))


def test_a_gift_is_listed_once_at_the_stage_it_has_come_to(
    client: Client, world: World, machines: FundingSource
) -> None:
    page = text(sign_in(client, CLERK).get(f"/donors/{machines.pk}/"))
    assert page.count("制氧机") == 1 and "制氧机（到位，折价 12.00 万元）" in page


def test_the_report_lists_each_gift_once(client: Client, world: World, machines: FundingSource) -> None:
    clerk = sign_in(client, CLERK)
    book = load_workbook(BytesIO(clerk.get(f"/donors/{machines.pk}/report.xlsx").getvalue()))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell]
    assert [cell for cell in cells if "机" in cell] == [
        "制氧机（到位，折价 12.00 万元）",
        "跑步机（到位，折价 7.00 万元）",
    ]


def test_two_gifts_of_one_source_in_one_project_each_count_at_their_own_stage(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record(goods="制氧机", amount=Decimal(120_000), stage="approved")
    record(goods="跑步机", amount=Decimal(70_000))
    page = text(sign_in(client, CLERK).get(f"/projects/{world.projects['632322'].pk}/"))
    assert "19.00 万元" in page and "12.00 万元" not in page


def test_the_description_of_a_gift_may_be_written_differently(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record(goods="制氧机（3台）", amount=Decimal(120_000), stage="approved")
    line = record(goods="制氧机 (3台)", amount=Decimal(110_000))
    page = text(sign_in(client, CLERK).get(f"/donors/{line.source_id}/"))
    assert page.count("制氧机") == 1 and "制氧机 (3台)（到位，折价 11.00 万元）" in page


def test_a_gift_that_went_back_is_worth_nothing(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    for stage in ("received", "returned"):
        line = record(goods="制氧机", amount=Decimal(120_000), stage=stage)
    page = text(sign_in(client, CLERK).get(f"/donors/{line.source_id}/"))
    assert "制氧机（退回，折价 0.00 万元）" in page
