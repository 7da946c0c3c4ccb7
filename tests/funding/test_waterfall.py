"""Letters, joint sources, gifts in kind, waiting promises and matching money, on the pages and in the checks."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.actions import Refused, bootstrap
from core.models import Finding
from funding import actions
from funding.models import FundingLine, FundingSource, SourceMember
from metrics import actions as metrics
from tests.world import PASSWORD, World

CLERK = "632322.clerk"


@pytest.fixture
def clerk(client: Client, world: World) -> Client:
    assert client.login(username=CLERK, password=PASSWORD)
    return client


@pytest.fixture
def record(world: World) -> Callable[..., FundingLine]:
    def call(**changed: Any) -> FundingLine:
        given = {
            "project": world.projects["632322"],
            "source": "援建企业",
            "stage": "received",
            "amount": Decimal("200000.00"),
            "recorded_on": date(2023, 4, 1),
            **changed,
        }
        return actions.record_line(by=world.account(CLERK), **given)

    return call


def page_of(client: Client, row: Any, slug: str = "projects") -> str:
    return str(client.get(f"/{slug}/{row.pk}/").content.decode())


def test_a_letter_is_a_stage_of_its_own_and_waits(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    long_ago = timezone.localdate() - timedelta(days=200)
    line = record(
        source="某集团",
        source_kind="enterprise",
        stage="letter",
        amount=Decimal(90_000),
        recorded_on=long_ago,
    )
    record(source="某集团", amount=Decimal(15_000))
    page = page_of(clerk, world.projects["632322"])
    assert "承诺函" in page and "明细合计 609.00 万元" in page
    assert "181—365天" in page and "7.50" in page and f"/funding_lines/{line.pk}/" in page
    assert "money-ageing" in page and "money-by-stage" in page


def test_stage_amounts_open_their_lines(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    project, source = world.projects["632322"], world.lines["632322-enterprise"].source
    record()
    address = f"/funding_lines/?project={project.pk}&source_id={source.pk}&stage=received&form=cash"
    assert address.replace("&", "&amp;") in page_of(clerk, project)
    assert address.replace("&", "&amp;") in page_of(clerk, source, "funding_sources")
    of_all = f"/funding_lines/?project={project.pk}&stage=received&form=cash"
    assert of_all.replace("&", "&amp;") in page_of(clerk, project)
    listed = str(clerk.get(address).content.decode())
    assert '<b class="num">1</b>' in listed and "200,000.00" in listed and "1,300,000.00" not in listed


def test_goods_stand_beside_the_money(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record(goods="制氧机2台", amount=Decimal("86000.50"))
    page = page_of(clerk, world.projects["632322"])
    assert "制氧机2台" in page and "86,000.50" in page and "另列，不计入资金合计" in page
    assert "明细合计 600.00 万元" in page and "已到位</dt>" in page and "8.60005" in page
    source = world.lines["632322-enterprise"].source
    assert "制氧机2台" in page_of(clerk, source, "funding_sources")
    goods = str(clerk.get("/funding_lines/?form=kind").content.decode())
    assert '<b class="num">1</b>' in goods


def test_a_joint_source_is_counted_once_and_shown_with_each_payer(clerk: Client, world: World) -> None:
    by, joint = world.account(CLERK), world.lines["632322-superior_union"].source
    for name in ("青海省总工会", "黄南州总工会"):
        actions.add_member(by=by, row=joint, source=name, source_kind="superior_union")
    page = page_of(clerk, world.projects["632322"])
    assert "共同：青海省总工会、黄南州总工会" in page and "明细合计 600.00 万元" in page
    province = FundingSource.objects.get(name="青海省总工会")
    own = page_of(clerk, province, "funding_sources")
    assert "共同出资，未分列" in own and "250.00" in own and ">合计<" not in own
    with pytest.raises(Refused, match="已登记为共同出资方"):
        actions.add_member(by=by, row=joint, source=province)
    with pytest.raises(Refused, match="不能是这个来源自己"):
        actions.add_member(by=by, row=joint, source=joint)
    with pytest.raises(Refused, match="本身是共同来源"):
        actions.add_member(by=by, row=world.lines["632322-enterprise"].source, source=joint)
    with pytest.raises(Refused, match="已是别的共同来源中的一方"):
        actions.add_member(by=by, row=province, source="别的", source_kind="donation")
    with pytest.raises(Refused, match="先移除共同出资方"):
        actions.archive_source(by=by, row=province)
    answer = clerk.post(
        f"/funding_sources/{joint.pk}/remove-member/",
        {"member": SourceMember.objects.get(member=province).pk},
    )
    assert answer.status_code == 302
    assert "共同出资，未分列" not in page_of(clerk, province, "funding_sources")


def test_missing_matching_money_is_found_and_goes_when_it_comes(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    project, by = world.projects["632322"], world.account(CLERK)
    source = world.lines["632322-superior_union"].source
    answer = clerk.post(
        f"/projects/{project.pk}/require-match/", {"source": source.pk, "percent": "60", "basis": "青工发1号"}
    )
    assert answer.status_code == 302
    metrics.run_checks(by=by)
    finding = Finding.objects.get(check_key="match_share")
    assert "应配套 150万元" in finding.message and "还差 150万元" in finding.message
    page = page_of(clerk, project)
    assert finding.message in page and "青工发1号" in page
    line = FundingLine.objects.get(project=project, source__name="县级配套")
    actions.correct_line(by=by, row=line, is_match=True)
    metrics.run_checks(by=by)
    finding.refresh_from_db()
    assert finding.state == Finding.State.CORRECTED
    requirement = project.match_requirements.get()
    actions.drop_match(by=by, row=requirement, reason="文件作废")
    assert "青工发1号" not in page_of(clerk, project)


@pytest.mark.parametrize("name", ["中国石化（援建）单位", "中国石化 援建 单位", "中国石化(援建)单位"])
def test_the_same_donor_has_the_same_key(world: World, name: str) -> None:
    with bootstrap("test.write", lambda: world.accounts["admin"]):
        one = FundingSource.objects.create(**world.unions["632323"].stamp(), name=name, kind="enterprise")
    one.refresh_from_db()
    assert one.name_key == "中国石化援建单位"


def test_more_received_than_counted_on_is_told_with_its_lines(
    clerk: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    project = world.projects["632322"]
    line = record(source="某集团", source_kind="enterprise", stage="applied", amount=Decimal(10_000))
    assert "请核对是否漏记或重复" not in page_of(clerk, project)
    record(source="某集团", amount=Decimal(15_000))
    page = page_of(clerk, project)
    assert "某集团：到位多于批复、承诺或申报的金额" in page
    assert f"?project={project.pk}&amp;source_id={line.source_id}" in page.split("某集团：到位多于")[1][:600]
