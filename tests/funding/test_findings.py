"""What a finding about money says: to the fen, and which line it means."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cases.actions import change_project, create_project
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


def _page(clerk: Client, world: World) -> str:
    return str(clerk.get(f"/projects/{world.projects['632322'].pk}/").content.decode())


def _explained(world: World, check_key: str, words: str) -> Finding:
    finding = Finding.objects.get(check_key=check_key, county_id=632322)
    return metrics.explain_finding(by=world.account(CLERK), row=finding, state="explained", explanation=words)


def test_an_explanation_stands_only_beside_the_difference_it_was_given_for(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    by, project = world.account(CLERK), world.projects["632322"]
    finding_of(world, "5900000")
    _explained(world, "parts_against_total", "十万是另一个文件的。")
    assert "已有说明：十万是另一个文件的。" in _page(clerk, world)
    line = record("己", 30_000)
    page = _page(clerk, world)
    assert "相差 13万元。" in page and "已有说明" not in page and ">已说明<" not in page
    assert "上次说明时相差 10万元：十万是另一个文件的。" in page
    metrics.run_checks(by=by)
    page = _page(clerk, world)
    assert "相差 13万元。" in page and "以前的说明：十万是另一个文件的。" in page and ">已说明<" not in page
    actions.archive_line(by=by, row=line, reason="登记错")
    change_project(by=by, row=project, stated_total=Decimal("6000000"))
    page = _page(clerk, world)
    assert "相差" not in page and "十万是另一个文件的" not in page


def test_missing_matching_money_is_told_as_it_stands_now(clerk: Client, world: World) -> None:
    by, project = world.account(CLERK), world.projects["632322"]
    source = world.lines["632322-superior_union"].source
    actions.require_match(by=by, project=project, source=source, percent=Decimal(60), basis="青工发1号")
    assert "还差 150万元。" in _page(clerk, world)  # before any check
    metrics.run_checks(by=by)
    _explained(world, "match_share", "明年再配套。")
    line = world.lines["632322-superior_union"]
    line.refresh_from_db()
    actions.correct_line(by=by, row=line, amount=Decimal(2_000_000))
    page = _page(clerk, world)
    assert "还差 120万元。" in page and "还差 150万元。" not in page
    assert "上次说明时还差 150万元：明年再配套。" in page


def test_payments_are_compared_as_they_stand_now(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    by, project = world.account(CLERK), world.projects["632322"]
    contract = actions.create_contract(
        by=by,
        project=project,
        number="合-1",
        other_party="青海某建设公司",
        subject="主体施工",
        amount=Decimal(900_000),
        signed_on=date(2023, 3, 5),
    )
    actions.record_payment(by=by, contract=contract, amount=Decimal(300_000), paid_on=date(2023, 4, 1))
    metrics.run_checks(by=by)
    assert "合同付款 30万元，资金明细支出 0元，相差 30万元" in _page(clerk, world)
    record("己", 200_000, stage="spent")
    page = _page(clerk, world)
    assert "资金明细支出 20万元，相差 10万元" in page and "资金明细支出 0元" not in page


def test_a_grant_that_is_no_longer_reported_twice_is_not_told(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    by = world.account(CLERK)
    other = create_project(
        by=by,
        union=world.unions["632322"],
        kind="oxygen_bar",
        name="尖扎第二氧吧",
        attributes={"area_m2": "1"},
    )
    line = record("对口援助工会", 200_000, project=other, source_kind="counterpart", document_no="简报43期")
    metrics.run_checks(by=by)
    _explained(world, "same_grant", "是两笔。")
    page = _page(clerk, world)
    assert page.count("可能是同一笔报了两次") == 1 and "已有说明：是两笔。" in page
    actions.correct_line(by=by, row=line, amount=Decimal(190_000))
    assert "可能是同一笔报了两次" not in _page(clerk, world)


def test_the_life_of_a_finding_is_told_in_words_with_the_checks_own_time(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    by, admin = world.account(CLERK), world.account("admin")
    change_project(by=by, row=world.projects["632322"], stated_total=Decimal(5_900_000))
    metrics.run_checks(by=admin)
    finding = _explained(world, "parts_against_total", "另一个文件的。")
    record("己", 30_000)
    metrics.run_checks(by=admin)
    assert client.login(username=CLERK, password=PASSWORD)
    page = str(client.get(f"/findings/{finding.pk}/").content.decode())
    life = page[page.index('class="timeline"') :]
    assert "系统核对</b> 提出或更新" in life and "上级工会" not in life and "处理待核事项" in life
    assert '<span class="num"></span>' not in life and "{" not in life and "difference" not in life
