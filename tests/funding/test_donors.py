"""Donors over all counties, their report, grants reported twice, and the overview of a place."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cases.models import Project
from core import scope
from core.actions import bootstrap
from core.models import AuditEvent, Finding
from funding import actions
from funding.donor_report import reached_by
from funding.donors import Donor
from funding.duplicates import Reported, counts_in, pairs, places_in
from funding.models import FundingLine
from funding.money import as_lines
from funding.reconciliation import STAGES, aged, owed, together, waterfalls
from funding.standing import grouped, lines_of, waiting, whole
from metrics import actions as metrics
from metrics.models import Figure
from tests.world import PASSWORD, World

TODAY = timezone.localdate()
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


def test_a_donor_is_one_over_all_counties_that_the_account_sees(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record()
    other = world.lines["632323-enterprise"].source
    actions.change_source(by=world.account("632323.clerk"), row=other, name="援 建企业")
    record("632323", source="援 建企业", amount=Decimal("100000.01"))
    source = world.lines["632322-enterprise"].source
    page = text(sign_in(client, "632300.reviewer").get(f"/donors/{source.pk}/"))
    assert "2 个县 2 个项目" in page and "尖扎职工氧吧" in page and "泽库职工氧吧" in page
    # 130 万 approved in each county, however each writes the name.
    assert "260.00 万元" in page and "30.000001 万元" in page and "城中" not in page
    heads = page.split("已承诺未到位（万元）</h2>")[-1].split("</thead>")[0]
    assert "用于" in heads and "来源" not in heads  # its rows are projects
    listed = text(client.get("/donors/"))
    assert "260.00" in listed and "城中" not in listed
    client.logout()
    own = text(sign_in(client, CLERK).get(f"/donors/{source.pk}/"))
    assert "1 个县 1 个项目" in own and "泽库" not in own and "130.00 万元" in own
    assert client.get(f"/donors/{world.lines['632323-enterprise'].source_id}/").status_code == 404
    assert client.get(f"/donors/{world.lines['632323-enterprise'].source_id}/report.pdf").status_code == 404


def test_donors_are_searched_and_paged(client: Client, world: World) -> None:
    clerk = sign_in(client, CLERK)
    assert "援建企业" in text(clerk.get("/donors/?q=援建")) and "省州两级工会" not in text(
        clerk.get("/donors/?q=援建")
    )
    assert "没有符合条件的捐助方" in text(clerk.get("/donors/?kind=donation"))
    first, second = text(clerk.get("/donors/?size=3")), text(clerk.get("/donors/?size=3&page=2"))
    assert "省州两级工会" in first and "对口援助工会" not in first and "下一页" in first
    assert "对口援助工会" in second and "省州两级工会" not in second
    assert (
        clerk.get("/donors/?page=x").status_code == 200 and clerk.get("/donors/?page=99").status_code == 200
    )


def test_a_donors_amounts_open_their_lines(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    """Its own lines in cash over all counties, under every spelling of its name; the list says whose they are."""
    line = record(source="某基金会", source_kind="donation", amount=Decimal(70_000))
    record(source="某基金会", source_kind="donation", amount=Decimal(90_000), goods="制氧机")
    record("632323", source="某 基金会", source_kind="donation", amount=Decimal(30_000))
    reviewer, opened = sign_in(client, "632300.reviewer"), f"donor={line.source_id}&amp;stage=received"
    for page in ("/donors/", f"/donors/{line.source_id}/", "/money/632300/"):
        assert (opened if "donors" in page else "below=632322&amp;stage=received") in text(reviewer.get(page))
    answer = text(reviewer.get(f"/funding_lines/?donor={line.source_id}&stage=received&form=cash"))
    assert "70,000.00" in answer and "30,000.00" in answer and "90,000.00" not in answer
    assert "捐助方“某基金会”" in answer
    other = sign_in(client, "632323.clerk")
    assert other.get(f"/api/v1/funding_lines/?donor={line.source_id}").json()["count"] == 0


def test_joint_money_and_goods_stand_outside_the_sum(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    joint = world.lines["632322-superior_union"].source
    member = actions.add_member(
        by=world.account(CLERK), row=joint, source="青海省总工会", source_kind="superior_union"
    ).member
    record(source=member, stage="approved", amount=Decimal(70_000))
    record(source=member, goods="制氧机3台", amount=Decimal(90_000))
    page = text(sign_in(client, CLERK).get(f"/donors/{member.pk}/"))
    assert "共同出资，未分列" in page and "250.00" in page
    assert "7.00 万元" in page and "9.00 万元" in page and "制氧机3台" in page


def test_the_report_is_a_pdf_and_a_table_and_leaves_a_record(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record(amount=Decimal("123456.78"))
    pk = world.lines["632322-enterprise"].source_id
    clerk = sign_in(client, CLERK)
    answer: Any = clerk.get(f"/donors/{pk}/report.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.getvalue().startswith(b"%PDF-")
    book = load_workbook(BytesIO(clerk.get(f"/donors/{pk}/report.xlsx").getvalue()))
    cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
    assert "尖扎职工氧吧" in cells and 123456.78 in [
        float(c) for c in cells if isinstance(c, (int, float, Decimal))
    ]
    assert AuditEvent.objects.filter(verb="funding.report_donor").count() == 2
    assert clerk.get(f"/donors/{pk}/report.docx").status_code == 404


def test_the_report_has_the_stages_that_the_money_has_come_to(
    world: World, record: Callable[..., FundingLine]
) -> None:
    line = record(source="某基金会", source_kind="donation", stage="applied")
    record(source="某基金会", stage="spent")
    found = Donor(line.source, world.account(CLERK))
    assert list(reached_by(found.shares)) == ["applied", "spent"]
    assert found.whole.promised is None and reached_by([]) == {}


# --- the same grant twice


def reported(number: int, name: str, **changed: Any) -> Reported:
    given: dict[str, Any] = {
        "id": number,
        "county": 632322,
        "subject": f"project:{number}",
        "subject_kind": "venue",
        "count": counts_in(name),
        "source": "上级工会",
        "source_kind": "superior_union",
        "stage": "approved",
        "amount": Decimal(200_000),
        "document": "",
        "places": places_in(name),
    }
    return Reported(**{**given, **changed})


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        # Mentioned twice in one report: 4 demonstration townships, 20万元.
        ({"name": "尖扎县示范乡镇工会建设（4个）"}, {"name": "示范乡镇工会4个", "source": "省总"}, "数量"),
        ({"name": "示范工会4个"}, {"name": "示范工会5个"}, ""),
        ({"name": "示范工会4个"}, {"name": "示范工会4个", "county": 632323}, ""),
        ({"name": "示范工会4个"}, {"name": "示范工会4个", "stage": "received"}, ""),
        ({"name": "示范工会4个"}, {"name": "示范工会4个", "source_kind": "treasury"}, ""),
        ({"name": "示范工会", "document": "1号"}, {"name": "别的", "document": "2号"}, ""),
        (
            {"name": "示范工会", "document": "青工〔2023〕1号"},
            {"name": "别的", "document": "青工〔2023〕1号"},
            "文号",
        ),
        ({"name": "麦秀镇职工之家", "document": "1号"}, {"name": "宁秀镇职工之家", "document": "1号"}, ""),
        ({"name": "泽库县麦秀镇职工之家"}, {"name": "麦秀镇职工之家"}, "种类"),
        ({"name": "甲"}, {"name": "乙", "is_in_kind": True}, ""),
        # Of names without a place or number nothing is known, so they do not agree.
        ({"name": "职工之家", "source": "甲"}, {"name": "职工书屋", "source": "乙"}, ""),
        ({"name": "职工之家"}, {"name": "职工书屋"}, "来源"),
    ],
)
def test_what_is_the_same_grant(first: dict[str, Any], second: dict[str, Any], agree: str) -> None:
    found = list(pairs([reported(1, **first), reported(2, **second)]))
    assert bool(found) is bool(agree)
    assert not agree or agree in found[0].agree


def test_the_agreement_names_only_what_is_known() -> None:
    (found,) = pairs([reported(1, "职工之家"), reported(2, "职工书屋")])
    assert found.agree == ("种类", "来源", "金额")


def test_a_page_shows_few_cards_of_grants_reported_twice_and_says_how_many_more(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    from cases.actions import create_project

    other = create_project(
        by=world.account(CLERK),
        union=world.unions["632322"],
        kind="oxygen_bar",
        name="尖扎第二氧吧",
        attributes={"area_m2": "1"},
    )
    for _ in range(5):
        record(amount=Decimal(30_000))
    record(project=other, amount=Decimal(30_000))
    page = text(sign_in(client, CLERK).get(f"/projects/{world.projects['632322'].pk}/"))
    assert page.count("可能是同一笔报了两次") == 3 and "还有 2 笔可能报了两次" in page
    own = text(client.get(f"/projects/{other.pk}/"))
    assert own.count("可能是同一笔报了两次") == 1 and "另有 2 笔也这样" in own


def test_a_grant_reported_twice_is_found_on_both_projects(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    from cases.actions import create_project

    clerk = world.account(CLERK)
    other = create_project(
        by=clerk,
        union=world.unions["632322"],
        kind="oxygen_bar",
        name="尖扎第二氧吧",
        attributes={"area_m2": "1"},
    )
    line = record(project=other, source="对口援助工会", stage="approved", document_no="简报43期")
    browser, both = sign_in(client, CLERK), (other, world.projects["632322"])
    for project in both:  # at once, before the nightly check
        assert text(browser.get(f"/projects/{project.pk}/")).count("可能是同一笔报了两次") == 1
    metrics.run_checks(by=clerk)
    finding = Finding.objects.get(check_key="same_grant")
    assert finding.subject_id == line.pk and "可能是同一笔报了两次" in finding.message
    for project in both:
        assert text(browser.get(f"/projects/{project.pk}/")).count("可能是同一笔报了两次") == 1
    assert f"/funding_lines/{line.pk}/" in text(browser.get(f"/findings/{finding.pk}/"))
    actions.archive_line(by=clerk, row=line, reason="重复")
    metrics.run_checks(by=clerk)
    finding.refresh_from_db()
    assert finding.state == Finding.State.CORRECTED


def test_a_grant_reported_twice_holds_up_the_figure_computed_at_once(
    world: World, record: Callable[..., FundingLine]
) -> None:
    from cases.actions import create_project

    def agreeing() -> Decimal:
        metrics.compute_quarters(by=world.account("admin"), quarters=["2023Q2"])
        figures = Figure.objects.filter(indicator="I40", union=world.unions["632322"], group_key="")
        return figures.get(quarter="2023Q2").numerator or Decimal(0)

    with bootstrap("test.write", lambda: world.accounts["admin"]):
        Project.objects.filter(pk=world.projects["632322"].pk).update(stated_total=Decimal(6_000_000))
    assert agreeing() == 1
    other = create_project(
        by=world.account(CLERK),
        union=world.unions["632322"],
        kind="oxygen_bar",
        name="尖扎第二氧吧",
        attributes={"area_m2": "1"},
    )
    line = record(project=other, source="对口援助工会", stage="approved", document_no="简报43期")
    assert agreeing() == 0
    actions.archive_line(by=world.account(CLERK), row=line, reason="重复")
    assert agreeing() == 1


def test_all_lines_of_a_project_are_listed_without_those_of_a_namesake(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    from cases.actions import create_project

    first = world.projects["632322"]
    namesake = create_project(
        by=world.account(CLERK),
        union=world.unions["632322"],
        kind="oxygen_bar",
        name=f"{first.name}二期",
        attributes={"area_m2": "1"},
    )
    record(project=namesake, source="二期捐助方", source_kind="enterprise")
    browser = sign_in(client, CLERK)
    listed = f"/funding_lines/?project={first.pk}"
    assert f'href="{listed}"' in text(browser.get(f"/projects/{first.pk}/"))
    assert "援建企业" in text(browser.get(listed)) and "二期捐助方" not in text(browser.get(listed))


# --- sums by SQL against the rules


entries = st.lists(
    st.tuples(
        st.sampled_from(["632322", "632323"]),
        st.sampled_from(["superior_union", "enterprise", "counterpart", "county_match"]),
        st.sampled_from(STAGES),
        st.decimals("0.01", "9999999.99", places=2),
        st.integers(0, 700),
        st.booleans(),
    ),
    max_size=14,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries)
def test_the_database_counts_what_the_rules_count_to_the_fen(world: World, given: Any) -> None:
    reviewer = world.account("632300.reviewer")
    with bootstrap("test.write", lambda: world.accounts["admin"]):
        FundingLine.objects.all().delete()
        for code, kind, stage, amount, days, is_goods in given:
            line = world.lines[f"{code}-{kind}"]
            FundingLine.objects.create(
                **world.unions[code].stamp(),
                project=world.projects[code],
                source_id=line.source_id,
                stage=stage,
                amount=amount,
                recorded_on=TODAY - timedelta(days=days),
                goods="设备" if is_goods else "",
            )
    scope.apply(reviewer)
    lines = lines_of(reviewer)
    own = [as_lines(lines.filter(county_id=code).order_by("pk")) for code in (632322, 632323)]
    parts = [part for each in own for part in waterfalls(each)]
    expected, found = together(parts), whole(lines)
    assert dict(found.money.by_stage) == dict(expected.by_stage)
    assert found.money.promised == expected.promised
    assert (found.money.outstanding or 0) == (expected.outstanding or 0)
    by_county = grouped(lines, "county")
    assert sum(one.money.promised or 0 for one in by_county) == (expected.promised or 0)
    by_donor = grouped(lines, "donor")
    assert sum(one.money.promised or 0 for one in by_donor) == (expected.promised or 0)
    late = sorted((one.line.id, one.amount, one.days) for each in own for one in owed(each, TODAY))
    counted = waiting(lines, TODAY)
    assert sorted((one.line_id, one.amount, one.days) for one in counted) == late
    assert sum(amount for _, amount in aged(counted)) == sum(amount for _, amount, _ in late)


def test_the_overview_shows_a_place_and_opens_its_rows(
    client: Client, world: World, record: Callable[..., FundingLine]
) -> None:
    record(source="某集团", source_kind="enterprise", stage="letter", amount=Decimal(50_000))
    record(goods="制氧机", amount=Decimal(999_999))
    record()
    reviewer = sign_in(client, "632300.reviewer")
    assert reviewer.get("/money/")["Location"] == "/money/632300/"
    page = text(reviewer.get("/money/632300/"))
    # Two counties with 600 万 each and the letter's 5 万; goods are not added.
    assert "1,205.00" in page and "99.9999" not in page and "20.00 万元" in page
    assert "/money/632322/" in page and "/money/632323/" in page and "城中" not in page
    assert "某集团" in page and "money-ageing" in page and "补助资金到位率" in page
    county = text(reviewer.get("/money/632322/"))
    assert "605.00" in county and "泽库" not in county
    assert reviewer.get("/money/630103/").status_code == 404
    listed = text(client.get("/funding_lines/?below=632300&stage=received"))
    assert '<b class="num">2</b>' in listed
    client.logout()
    empty = sign_in(client, "630103.clerk")
    with bootstrap("test.write", lambda: world.accounts["admin"]):
        FundingLine.objects.filter(county_id=630103).delete()
    assert "还没有资金明细" in text(empty.get("/money/630103/"))
