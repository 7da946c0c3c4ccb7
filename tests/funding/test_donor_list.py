"""The list of donors: who gave money, goods or a part of joint money; what came of everything together."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from cases.actions import create_project, record_visits
from cases.models import Project
from core.actions import bootstrap
from core.models import AuditEvent
from funding import actions
from funding.models import FundingLine
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


def row_of(page: str, name: str) -> list[str]:
    """The cells of the table row that begins with a name."""
    rows = re.findall(r"<tr.*?</tr>", page, re.S)
    found = next(row for row in rows if re.search(rf">\s*{name}\s*<", row))
    return [re.sub(r"<.*?>|\s", "", cell) for cell in re.findall(r"<td.*?</td>|<th.*?</th>", found, re.S)]


def test_a_donor_of_goods_only_is_listed_with_their_value(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    line = record(source="某企业", source_kind="enterprise", goods="制氧机", amount=Decimal(120_000))
    page = text(sign_in(client, CLERK).get("/donors/?q=某企业"))
    assert row_of(page, "某企业")[-1] == "12.00" and row_of(page, "某企业")[-5:-1] == ["—"] * 4
    assert f"/donors/{line.source_id}/" in page


def test_a_member_of_a_joint_source_is_listed_with_the_joint_money_beside(
    client: Client, world: World
) -> None:
    member = join(world)
    page = text(sign_in(client, CLERK).get("/donors/?q=青海省总"))
    assert row_of(page, "青海省总工会")[-5:] == ["—", "—", "—", "250.00", "—"]
    assert f"/donors/{member.member_id}/" in page


def join(world: World) -> Any:
    joint = world.lines["632322-superior_union"].source
    return actions.add_member(
        by=world.account(CLERK), row=joint, source="青海省总工会", source_kind="superior_union"
    )


def test_joint_money_stays_the_joint_sources_own(client: Client, world: World) -> None:
    join(world)
    page = text(sign_in(client, CLERK).get("/donors/"))
    own = row_of(page, world.lines["632322-superior_union"].source.name)
    assert own[-5] == "250.00" and own[-2] == "—"


def test_the_kind_asked_for_is_the_members(client: Client, world: World) -> None:
    join(world)
    assert "青海省总工会" not in text(sign_in(client, CLERK).get("/donors/?kind=donation&q=青海省总"))


def test_the_total_sums_what_was_opened_and_used(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    clerk, first = world.account(CLERK), world.projects["632322"]
    second = create_project(
        by=clerk,
        union=world.unions["632322"],
        kind="oxygen_bar",
        name="尖扎第二氧吧",
        attributes={"area_m2": "1"},
    )
    line = record()
    record(project=second)
    for project, times in ((first, 1200), (second, 34)):
        with bootstrap("test.write", lambda: world.accounts["admin"]):
            Project.objects.filter(pk=project.pk).update(stage="in_use", opened_on=date(2023, 5, 1))
        record_visits(by=clerk, project=project, visited_on=date(2023, 5, 2), person_times=times)
    page = text(sign_in(client, CLERK).get(f"/donors/{line.source_id}/"))
    assert row_of(page.split("捐助用在哪里")[-1], "合计")[-1] == "投用2个，使用1,234人次"


def test_the_list_is_exported_in_yuan_and_leaves_a_record(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record(source="某企业", source_kind="enterprise", goods="制氧机", amount=Decimal("120000.05"))
    answer: Any = sign_in(client, CLERK).get("/donors/export/?q=某企业")
    rows = list(load_workbook(BytesIO(answer.getvalue())).active.iter_rows(values_only=True))
    assert rows[-1][:2] == ("某企业", "援建企业") and Decimal(str(rows[-1][-1])) == Decimal("120000.05")
    assert AuditEvent.objects.filter(verb="funding.export_donors").count() == 1
