"""The pages of figures: what they show, to whom, and at what price."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from core import scope
from core.actions import bootstrap
from core.models import Finding
from core.quarters import Quarter
from funding import actions as funding
from members.models import Person
from metrics import actions, engine
from metrics.indicators import REGISTRY
from metrics.models import ComputationRun, Figure, IndicatorTarget, PrintedFigure
from metrics.words import count
from tests.metrics.scene import fill
from tests.metrics.test_actions import QUARTER, figure, institutions
from tests.world import World

pytestmark = pytest.mark.django_db
BOARD = f"/dashboard/632322/?quarter={QUARTER}"


@pytest.fixture
def computed(world: World) -> World:
    """The world with 22 congresses of 21 institutions, computed for two quarters."""
    fill(world, 5)
    institutions(world, 22, 0)
    actions.compute_quarters(by=world.account("admin"), quarters=["2022Q4", QUARTER])
    return world


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.account(name))
    return client


def text_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return str(response.content.decode())


@pytest.mark.parametrize("code", ["630000", "632300", "632322"])
def test_dashboards_of_three_levels(computed: World, code: str) -> None:
    text = text_of(signed_in(computed, "630000.official"), f"/dashboard/{code}/?quarter={QUARTER}")
    assert "建会率" in text and "2023年第1季度" in text
    assert ('"kind": "map"' in text) == (code != "632322")


def test_home_leads_to_ones_own_place(computed: World) -> None:
    response = signed_in(computed, "632322.clerk").get("/dashboard/")
    assert response.headers["Location"] == "/dashboard/632322/"


def test_out_of_scope_is_not_found(computed: World) -> None:
    client = signed_in(computed, "632322.clerk")
    scope.apply_everywhere()
    other = Finding.objects.filter(county_id=632323).first()
    run = ComputationRun.objects.get()
    assert other is not None
    for url in (
        "/dashboard/632323/",
        "/dashboard/630000/",
        "/dashboard/632322-0001/",
        f"/figures/I01/632323/{QUARTER}/",
        f"/figures/I99/632322/{QUARTER}/",
        "/figures/I01/632322/2023Q9/",
        f"/figures/I01/632322/{QUARTER}/?group=office:x",
        f"/findings/{other.pk}/",
        f"/runs/{run.pk}/",
    ):
        text_of(client, url, 404)


def test_an_impossible_figure_is_shown_as_it_is(computed: World) -> None:
    one = figure("632322", "I16", "institution")
    text = text_of(
        signed_in(computed, "632322.head"), f"/figures/I16/632322/{QUARTER}/?group=ownership:institution"
    )
    assert f"{one.numerator:.0f}/{one.denominator:.0f}" in text
    assert "100.0%" not in text
    assert "在分子中而不在分母中的" in text and "待核" in text and "事业0" in text


def test_rows_are_masked_and_paged(computed: World) -> None:
    client = signed_in(computed, "632322.clerk")
    text = text_of(client, f"/figures/I03/632322/{QUARTER}/")
    assert "证件号后四位" in text and "630199" not in text
    text = text_of(client, f"/figures/I03/632322/{QUARTER}/?half=denominator")
    assert "单位名称" in text
    for code in ("I08", "I11", "I36", "I39", "I40"):
        for half in ("numerator", "denominator"):
            text_of(client, f"/figures/{code}/632322/{QUARTER}/?half={half}")
    text_of(client, f"/figures/I36/632322/{QUARTER}/?group=reach")
    behind = text_of(client, f"/figures/I36/632322/{QUARTER}/?half=numerator").split("就餐份数（份）</th>")[1]
    assert ".00<" not in behind  # meals are no money


def test_the_price_of_a_dashboard_does_not_grow(computed: World) -> None:
    client = signed_in(computed, "630000.official")
    client.get("/")  # the session notes its beginning
    prices = []
    for code in ("630000", "632300", "630000"):
        with CaptureQueriesContext(connection) as queries:
            text_of(client, f"/dashboard/{code}/?quarter={QUARTER}")
        prices.append(len(queries))
    assert prices[0] == prices[1] <= 20
    assert prices[2] <= 12  # its board is known by now


def test_an_unchanged_dashboard_is_not_sent_again(computed: World) -> None:
    client = signed_in(computed, "632322.head")
    etag = client.get(BOARD).headers["ETag"]
    assert client.get(BOARD, headers={"If-None-Match": etag}).status_code == 304
    actions.compute_quarters(by=computed.account("admin"), quarters=[QUARTER])
    assert client.get(BOARD, headers={"If-None-Match": etag}).status_code == 200


def test_a_kept_board_shows_what_changed_since(computed: World) -> None:
    client, by = signed_in(computed, "632322.head"), computed.account("630000.reviewer")
    assert "71.5" not in text_of(client, BOARD)
    target = {"union": by.union, "value": Decimal("71.5"), "from_quarter": QUARTER, "source": "通知"}
    actions.set_target(by=by, indicator="I01", **target)
    assert "71.5" in text_of(client, BOARD)
    halves = {"numerator": Decimal(4321), "denominator": Decimal(5432)}
    county = computed.unions["632322"]
    row = actions.declare_figure(
        by=computed.account("632322.clerk"), union=county, indicator="I01", quarter=QUARTER, **halves
    )
    assert "4,321" in text_of(client, BOARD)
    actions.withdraw_declared(by=computed.account("632322.clerk"), row=row)
    assert "4,321" not in text_of(client, BOARD)


def test_a_board_is_not_kept_for_another_scope(computed: World) -> None:
    address = f"/dashboard/632300/?quarter={QUARTER}"
    assert "<h1>" in text_of(signed_in(computed, "630000.official"), address)
    assert signed_in(computed, "632322.head").get(address).status_code == 404


def test_a_quarter_is_computed_again_on_demand(computed: World) -> None:
    client = signed_in(computed, "632300.reviewer")
    response = client.post("/runs/", {"quarter": "2022Q3"})
    assert response.status_code == 302
    assert "排队中" in text_of(client, response.headers["Location"])
    assert client.post("/runs/", {"quarter": "soon"}).status_code == 422
    assert client.post("/runs/", {"quarter": "2099Q1"}).status_code == 422
    fragment = client.get(response.headers["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "job-progress" in fragment
    clerk = signed_in(computed, "632322.clerk")
    assert "计算这个季度" not in text_of(clerk, "/runs/")
    assert clerk.post("/runs/", {"quarter": "2022Q3"}).status_code == 403


def test_a_finding_is_explained(computed: World) -> None:
    client = signed_in(computed, "632322.head")
    scope.apply_everywhere()
    finding = Finding.objects.get(check_key="parts_against_total", county_id=632322)
    assert "多" in text_of(client, "/findings/")
    url = f"/findings/{finding.pk}/"
    form = {"state": "kept", "explanation": "", "version": finding.version}
    assert client.post(url, form).status_code == 422
    assert (
        client.post(url, {**form, "explanation": "补文未到", "version": finding.version - 1}).status_code
        == 409
    )
    assert client.post(url, {**form, "explanation": "补文未到"}).status_code == 302
    scope.apply_everywhere()
    finding.refresh_from_db()
    assert (finding.state, finding.explanation) == ("kept", "补文未到")
    text_of(client, url)


def explained(world: World) -> Finding:
    scope.apply_everywhere()
    finding = Finding.objects.get(check_key="parts_against_total", county_id=632322)
    by = world.account("632322.head")
    actions.explain_finding(by=by, row=finding, state="kept", explanation="补文未到")
    scope.apply_everywhere()
    finding.refresh_from_db()
    return finding


def test_an_explanation_is_corrected_on_the_same_page(computed: World) -> None:
    finding = explained(computed)
    client, url = signed_in(computed, "632322.head"), f"/findings/{finding.pk}/"
    assert "改写处理结果" in text_of(client, url)
    form = {"state": "explained", "explanation": "补文已到", "version": finding.version}
    assert client.post(url, form).status_code == 302
    shown = text_of(client, url)
    assert "<del>补文未到</del>" in shown and "<ins>补文已到</ins>" in shown


def test_who_explains_second_sees_what_the_first_said(computed: World) -> None:
    finding = explained(computed)
    client, url = signed_in(computed, "632322.clerk"), f"/findings/{finding.pk}/"
    form = {"state": "explained", "explanation": "另有说明", "version": finding.version - 1}
    answer = client.post(url, form)
    body = str(answer.content.decode())
    assert answer.status_code == 409 and "补文未到" in body and "另有说明" in body
    assert f'name="version" value="{finding.version}"' in body


def test_an_official_reads_a_finding_and_explains_none(computed: World) -> None:
    finding = explained(computed)
    client, url = signed_in(computed, "630000.official"), f"/findings/{finding.pk}/"
    assert "处理结果</button>" not in text_of(client, url)
    assert client.post(url, {"state": "kept", "explanation": "x", "version": 1}).status_code == 403


def test_the_list_of_findings_begins_with_the_open_ones(computed: World) -> None:
    message = explained(computed).message
    client = signed_in(computed, "632322.head")
    assert message not in text_of(client, "/findings/")
    assert message in text_of(client, "/findings/?state=kept") and message in text_of(
        client, "/findings/?state=all&check_key=parts_against_total"
    )


def test_findings_leave_as_a_table_with_what_was_said(computed: World) -> None:
    finding = explained(computed)
    answer = signed_in(computed, "632322.head").get(
        "/findings/export/?state=kept&check_key=parts_against_total"
    )
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "筛选条件：状态为“维持”、核对规则为“资金明细之和与总投资”" in str(rows[1][0])
    assert len(rows) == 4 and (rows[3][0], rows[3][-1]) == (finding.message, "补文未到")


def test_a_target_is_set_and_shown(computed: World) -> None:
    client = signed_in(computed, "630000.reviewer")
    form = {
        "indicator": "I01",
        "union": "630000 青海省总工会",
        "direction": "at_least",
        "value": "90",
        "from_quarter": "2022q4",
        "until_quarter": "",
        "source": "年度工作要点",
    }
    assert client.post("/targets/new/", form).status_code == 302
    assert IndicatorTarget.objects.get().value == Decimal("90")
    assert "不低于 90%" in text_of(client, "/targets/")
    assert "不低于 90%" in text_of(signed_in(computed, "632322.clerk"), BOARD)
    text_of(signed_in(computed, "632322.clerk"), "/targets/new/", 403)


@pytest.mark.parametrize(
    ("qualifier", "value", "unit", "words"),
    [
        ("exact", "2000000", "人次", "2,000,000人次"),
        ("near_below", "1000", "家", "近1000家"),
        ("more_than", "3500", "场次", "3500余场次"),
        ("exact", "2022年第3季度", "", "2022年第3季度"),
    ],
)
def test_a_printed_figure_is_said_as_people_say_it(qualifier: str, value: str, unit: str, words: str) -> None:
    assert PrintedFigure(qualifier=qualifier, value_text=value, unit=unit).words == words


def test_a_companion_figure_shows_its_own_rule(computed: World) -> None:
    client, url = signed_in(computed, "632322.head"), f"/figures/I36/632322/{QUARTER}/"
    [reach] = REGISTRY["I36"].companions
    text = text_of(client, f"{url}?group={reach.key}")
    assert reach.rule in text and REGISTRY["I36"].rule not in text


LATER = "之后有补登、更正或归档"


def test_a_figure_says_that_its_rows_have_changed_since(computed: World) -> None:
    clerk, reviewer = computed.account("632322.clerk"), signed_in(computed, "630000.reviewer")
    money, units = f"/figures/I39/630000/{QUARTER}/?group=projects", f"/figures/I16/630000/{QUARTER}/"
    for url in (money, units, f"{units}?group=ownership:institution", f"{units}?half=denominator"):
        assert LATER not in text_of(reviewer, url), url
    scope.apply_everywhere()
    before = Figure.objects.get(union__code="630000", quarter=QUARTER, group_key="projects").numerator
    funding.record_line(
        by=clerk,
        project=computed.projects["632322"],
        source=computed.lines["632322-superior_union"].source,
        stage="received",
        amount=Decimal("150000.50"),
        recorded_on=date(2023, 3, 1),
    )
    text = text_of(reviewer, money)
    assert LATER in text and "请重新计算这个季度。" in text and 'href="/runs/"' in text
    assert before is not None
    assert f"合计为 {count(before + Decimal('150000.50'))} 元" in text
    assert LATER not in text_of(reviewer, f"{money}&half=denominator")
    told = text_of(signed_in(computed, "632322.clerk"), f"/figures/I39/632322/{QUARTER}/?group=projects")
    assert LATER in told and "请有“计算指标”权限的账号重新计算" in told
    actions.compute_quarters(by=computed.account("admin"), quarters=[QUARTER])
    assert LATER not in text_of(reviewer, money)


def test_a_figure_of_counts_says_so_too(computed: World) -> None:
    client, url = signed_in(computed, "632322.head"), f"/figures/I03/632322/{QUARTER}/"
    assert LATER not in text_of(client, url)
    before = figure("632322", "I03").numerator
    assert before is not None
    row = engine.rows(
        REGISTRY["I03"], engine.places([computed.unions["632322"]])[0], Quarter(2023, 1), "numerator"
    )
    with bootstrap("test.write", lambda: computed.accounts["admin"]):
        Person.objects.filter(pk=row.rows[0].row_id).update(archived_at=datetime(2023, 1, 2, tzinfo=UTC))
    assert f"合计为 {count(before - 1)} 人" in text_of(client, url)
