"""Pages of programmes, projects, lines and sources as a clerk, a stranger and an official see them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, Project
from core.actions import bootstrap
from core.models import AuditEvent, Finding
from funding.models import FundingLine
from metrics.actions import explain_finding, run_checks
from tests.world import PASSWORD, World, contracted_shop

LIST_QUERIES = 14
PAGE_QUERIES = 40


@pytest.fixture
def sign_in(client: Client, world: World) -> Callable[[str], Client]:
    def call(name: str) -> Client:
        assert client.login(username=name, password=PASSWORD)
        return client

    return call


@pytest.fixture
def clerk(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("632322.clerk")


def text(answer: Any) -> str:
    return str(answer.content.decode())


SLUGS = ("programmes", "projects", "funding_lines", "funding_sources")


@pytest.mark.parametrize("slug", SLUGS)
def test_lists_show_the_own_county_and_export_what_they_show(clerk: Client, slug: str) -> None:
    page = text(clerk.get(f"/{slug}/"))
    assert "导出所见" in page and "泽库" not in page and "城中" not in page
    sheet = load_workbook(BytesIO(clerk.get(f"/{slug}/export/").getvalue())).active
    assert sheet.max_row > 3
    assert AuditEvent.objects.filter(verb="exports.export").count() == 1


@pytest.mark.parametrize(
    ("address", "shown", "hidden"),
    [
        ("/programmes/?q=早餐", "尖扎爱心早餐", ""),
        ("/programmes/?state=ended", "没有符合条件", "尖扎爱心早餐"),
        ("/projects/?stage=construction&kind=oxygen_bar", "尖扎职工氧吧", ""),
        ("/projects/?kind=venue", "没有符合条件", "尖扎职工氧吧"),
        ("/funding_lines/?source=援建&stage=approved&year=2023", "1,300,000.00", "2,500,000.00"),
        ("/funding_lines/?subject=早餐", "没有符合条件", "1,300,000.00"),
        ("/funding_sources/?kind=counterpart", "对口援助工会", "县级配套</a>"),
        ("/funding_lines/?sort=-amount", "2,500,000.00", ""),
    ],
)
def test_filters_narrow_the_lists(clerk: Client, address: str, shown: str, hidden: str) -> None:
    page = text(clerk.get(address))
    assert shown in page and (not hidden or hidden not in page)


def test_another_countys_pages_are_not_found(clerk: Client, world: World) -> None:
    line = world.lines["632323-enterprise"]
    for address in (
        f"/projects/{world.projects['632323'].pk}/",
        f"/projects/{world.projects['632323'].pk}/record-line/",
        f"/programmes/{world.programmes['632323'].pk}/",
        f"/programmes/{world.programmes['632323'].pk}/meal/",
        f"/funding_lines/{line.pk}/edit/",
        f"/funding_sources/{line.source_id}/",
    ):
        assert clerk.get(address).status_code == 404, address


def test_an_official_reads_and_is_offered_nothing_to_change(
    sign_in: Callable[[str], Client], world: World
) -> None:
    official = sign_in("630000.official")
    page = text(official.get(f"/projects/{world.projects['632323'].pk}/"))
    assert "相差" in page and "记一笔资金" not in page and "推进阶段" not in page
    for address in (
        "/projects/new/?kind=oxygen_bar",
        "/projects/new/",
        f"/projects/{world.projects['632323'].pk}/record-line/",
    ):
        assert official.get(address).status_code == 403, address


# --- the oxygen bar


def test_the_oxygen_bars_page_names_the_line_that_makes_the_difference(clerk: Client, world: World) -> None:
    page = text(clerk.get(f"/projects/{world.projects['632322'].pk}/"))
    assert "总投资 580万元，明细合计 600万元，相差 20万元。" in page
    assert "与差额相等的明细：“对口援助工会”批复 20万元" in page
    for words in ("2,049.68 平方米", "3,200 米", "250.00", "130.00", "200.00", "money-by-source", "项目节点"):
        assert words in page, words
    assert "money-progress" not in page


def test_the_banner_carries_the_state_of_the_kept_finding(clerk: Client, world: World) -> None:
    project, union = world.projects["632322"], world.unions["632322"]
    run_checks(by=world.account("632322.clerk"))
    finding = Finding.objects.get(check_key="parts_against_total", subject_id=project.pk)
    explain_finding(
        by=world.account("632322.clerk"), row=finding, state="explained", explanation="天津援建另行立项"
    )
    with bootstrap("test.find", lambda: world.accounts["admin"]):
        Finding.objects.create(
            **union.stamp(),
            check_key="other",
            subject_type="cases.project",
            subject_id=project.pk,
            subject_label=project.name,
            message="另一件待核的事",
        )
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert page.count("相差 20万元。") == 1 and finding.message not in page
    assert "已有说明：天津援建另行立项" in page and "已说明" in page
    assert "另一件待核的事" in page and "核对时发现" in page


def test_separate_projects_are_never_added(clerk: Client, world: World) -> None:
    answer = clerk.post(
        "/projects/new/?kind=oxygen_chamber",
        {
            "kind": "oxygen_chamber",
            "name": "乡镇高压氧舱",
            "union": "632322",
            "stage": "funded",
            "places": "两个乡",
        },
    )
    chamber = Project.objects.get(name="乡镇高压氧舱")
    assert answer["Location"] == f"/projects/{chamber.pk}/"
    clerk.post(
        f"/projects/{chamber.pk}/record-line/",
        {"source": "县级配套", "stage": "approved", "amount": "40万", "recorded_on": "2023-03-01"},
    )
    assert FundingLine.objects.get(project=chamber).amount == Decimal(400_000)
    assert "明细合计 600.00 万元" in text(clerk.get(f"/projects/{world.projects['632322'].pk}/"))
    page = text(clerk.get(answer["Location"]))
    assert "40.00 万元" in page and "600.00" not in page
    source = FundingLine.objects.get(project=chamber).source
    given = text(clerk.get(f"/funding_sources/{source.pk}/"))
    assert "乡镇高压氧舱" in given and "尖扎职工氧吧" in given and "240.00" in given


def test_money_that_moves_on_is_a_second_line_and_not_a_second_sum(clerk: Client, world: World) -> None:
    project = world.projects["632322"]
    for stage, amount in (("received", "150万"), ("spent", "100万")):
        answer = clerk.post(
            f"/projects/{project.pk}/record-line/",
            {"source": "省州两级工会", "stage": stage, "amount": amount, "recorded_on": "2023-05-01"},
        )
        assert (answer.status_code, answer["Location"]) == (302, f"/projects/{project.pk}/")
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "明细合计 600.00 万元" in page and "money-progress" in page
    assert "450.00" in page and "50.00 万元" in page  # outstanding, left


def test_the_line_form_keeps_what_was_typed(clerk: Client, world: World) -> None:
    project = world.projects["632322"]
    form = text(clerk.get(f"/projects/{project.pk}/record-line/"))
    assert "对口援助工会" in form and 'enctype="multipart/form-data"' in form
    answer = clerk.post(
        f"/projects/{project.pk}/record-line/",
        {
            "source": "某基金会",
            "stage": "received",
            "amount": "二十万",
            "recorded_on": "2023-05-01",
            "document_no": "工发〔2023〕8号",
            "evidence": SimpleUploadedFile("批复.pdf", b"<html>"),
        },
    )
    page = text(answer)
    assert answer.status_code == 422 and "无法识别为金额" in page and "内容与扩展名不符" in page
    assert "某基金会" in page and "工发〔2023〕8号" in page and "二十万" in page
    assert not FundingLine.objects.filter(source__name="某基金会").exists()
    answer = clerk.post(
        f"/projects/{project.pk}/record-line/",
        {"source": "某基金会", "stage": "received", "amount": "20万", "recorded_on": "2023-05-01"},
    )
    assert answer.status_code == 422 and "第一次登记的来源" in text(answer)


def test_a_document_is_downloaded_by_those_in_scope_only(
    sign_in: Callable[[str], Client], world: World
) -> None:
    clerk = sign_in("632322.clerk")
    clerk.post(
        "/funding_lines/new/",
        {
            "project": "尖扎职工氧吧",
            "source": "县级配套",
            "stage": "received",
            "amount": "1,234.50",
            "recorded_on": "2023-05-01",
            "evidence": SimpleUploadedFile("批复.pdf", b"%PDF-1.7"),
        },
    )
    line = FundingLine.objects.get(amount=Decimal("1234.50"))
    assert line.evidence is not None
    address = f"/files/{line.evidence.uuid}/"
    assert address in text(clerk.get(f"/funding_lines/{line.pk}/"))
    answer = clerk.get(address)
    assert answer.getvalue() == b"%PDF-1.7"
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and answer["X-Content-Type-Options"] == "nosniff"
    )
    assert sign_in("632323.clerk").get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_line_is_corrected_and_archived_on_its_page(clerk: Client, world: World) -> None:
    line = world.lines["632322-counterpart"]
    form = text(clerk.get(f"/funding_lines/{line.pk}/edit/"))
    assert 'value="200000.00"' in form and "对口援助工会" in form
    answer = clerk.post(
        f"/funding_lines/{line.pk}/edit/",
        {
            "version": "1",
            "project": f"#{line.project_id}",
            "source": "对口援助工会",
            "stage": "approved",
            "amount": "18万",
            "recorded_on": "2023-03-01",
        },
    )
    assert answer.status_code == 302, text(answer)
    line.refresh_from_db()
    assert line.amount == Decimal(180_000)
    assert clerk.post(f"/funding_lines/{line.pk}/archive/", {"reason": "另行立项"}).status_code == 302
    page = text(clerk.get(f"/projects/{world.projects['632322'].pk}/"))
    assert "总投资与明细" in page and "一致" in page and "相差" not in page


def test_choosing_a_kind_comes_first(clerk: Client) -> None:
    assert "高压氧舱" in text(clerk.get("/projects/new/"))
    assert "爱心早餐" in text(clerk.get("/programmes/new/?kind=oxygen_bar"))
    form = text(clerk.get("/projects/new/?kind=oxygen_bar"))
    assert "建筑面积（平方米）" in form and "尖扎县总工会" in form
    answer = clerk.post(
        "/projects/new/?kind=oxygen_bar",
        {"kind": "oxygen_bar", "name": "新氧吧", "union": "632322", "stage": "proposed", "area_m2": "很大"},
    )
    page = text(answer)
    assert answer.status_code == 422 and "应为不小于 0 的数字" in page and 'value="很大"' in page


def test_a_kinds_fields_are_changed_with_the_row(clerk: Client, world: World) -> None:
    project = world.projects["632322"]
    assert 'value="2049.68"' in text(clerk.get(f"/projects/{project.pk}/edit/"))
    answer = clerk.post(
        f"/projects/{project.pk}/edit/",
        {
            "version": "1",
            "name": project.name,
            "stated_total": "600万元",
            "area_m2": "2050",
            "altitude_m": "3200",
        },
    )
    assert answer.status_code == 302, text(answer)
    project.refresh_from_db()
    assert project.stated_total == Decimal(6_000_000)
    assert project.attributes == {"area_m2": "2050", "altitude_m": 3200}


def test_milestones_and_visits_from_the_page(clerk: Client, world: World) -> None:
    project = world.projects["632322"]
    clerk.post(f"/projects/{project.pk}/milestone/", {"label": "开工", "planned_on": "2022-09-01"})
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "已逾期" in page and "计划 2022-09-01" in page
    clerk.post(f"/projects/{project.pk}/acceptance/", {"accepted_on": "2023-09-27", "verdict": "passed"})
    clerk.post(f"/projects/{project.pk}/stage/", {"stage": "in_use", "on": "2023-09-28"})
    clerk.post(f"/projects/{project.pk}/visits/", {"visited_on": "2023-10-01", "person_times": "42"})
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "42 人次" in page and "visits-by-day" in page
    assert "2023-10-01" in text(clerk.get(f"/visits/?project={project.pk}&first=2023-09-01"))
    assert "投入使用" in page and f"/projects/{project.pk}/stage/" not in page


# --- the breakfast


@pytest.fixture
def busy(world: World) -> Programme:
    """尖扎's breakfast with two shops, two workers and meals on 31 days of January 2023."""
    programme, union = world.programmes["632322"], world.unions["632322"]
    with bootstrap("test.meals", lambda: world.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=programme)
        second = contracted_shop(programme, "二号店", date(2022, 7, 1), office="马克唐镇")
        worker = Enrolment.objects.get(programme=programme)
        other = Enrolment.objects.create(
            **union.stamp(),
            programme=programme,
            person=world.persons["632322-2"],
            valid_from=date(2023, 1, 1),
        )
        MealCheckIn.objects.bulk_create(
            MealCheckIn(
                **union.stamp(),
                programme=programme,
                shop=second if number % 2 else shop,
                enrolment=eater,
                served_on=date(2023, 1, 1) + timedelta(days=number),
            )
            for number in range(31)
            for eater in (worker, other)
        )
    return programme


def test_the_breakfasts_page_counts_to_a_day(clerk: Client, busy: Programme) -> None:
    page = text(clerk.get(f"/programmes/{busy.pk}/?until=2023-01-31"))
    # 63 meals of 215 + 31 worker days, one worker of two by 2022-12-31
    assert "63 份" in page and "25.6%" in page and ">246<" in page and "2 家" in page and "100.0%" in page
    page = text(clerk.get(f"/programmes/{busy.pk}/?until=2022-12-31"))
    assert "1 份" in page and "1 人" in page and ">184<" in page


def test_single_days_are_those_of_the_month_or_the_last_sixty(clerk: Client, busy: Programme) -> None:
    page = text(clerk.get(f"/programmes/{busy.pk}/"))
    assert "2022-12-03 至 2023-01-31" in page and "meals-by-shop" in page and "二号店" in page
    page = text(clerk.get(f"/programmes/{busy.pk}/?month=2022-07"))
    assert "2022-07-01 至 2022-07-31" in page and "共 1 份" in page
    assert clerk.get(f"/programmes/{busy.pk}/?month=soon&until=x").status_code == 200


def test_a_meal_is_booked_from_the_page(clerk: Client, world: World) -> None:
    programme, person = world.programmes["632322"], world.persons["632322-1"]
    shop = PartnerShop.objects.get(programme=programme)
    form = {"served_on": "2023-02-01", "shop": shop.pk, "person": person.id_last4}
    answer = clerk.post(f"/programmes/{programme.pk}/meal/", form)
    assert answer.status_code == 302, text(answer)
    answer = clerk.post(
        f"/programmes/{programme.pk}/meal/", {**form, "person": f"{person.name} #{person.pk}"}
    )
    assert answer.status_code == 422 and "一天只能一份" in text(answer)
    answer = clerk.post(f"/programmes/{programme.pk}/enrol/", {"person": "城中", "valid_from": "2023-01-01"})
    assert answer.status_code == 422 and "没有“城中”这个职工" in text(answer)


def test_a_programme_without_meals_has_no_shops(clerk: Client) -> None:
    answer = clerk.post(
        "/programmes/new/?kind=relief",
        {"kind": "relief", "name": "困难帮扶", "union": "632322", "started_on": "2022-01-01"},
    )
    page = text(clerk.get(answer["Location"]))
    assert "登记职工" in page and "爱心门店" not in page and "登记就餐" not in page


def test_figures_open_their_rows(clerk: Client, busy: Programme) -> None:
    page = text(clerk.get(f"/programmes/{busy.pk}/?until=2023-01-31"))
    assert f"/meals/?programme={busy.pk}&amp;until=2023-01-31" in page
    assert f"/enrolments/?programme={busy.pk}" in page
    meals = text(clerk.get(f"/meals/?programme={busy.pk}&first=2023-01-01&until=2023.1.10&shop=二号"))
    assert '<b class="num">10</b>' in meals and "一号店" not in meals and "城中" not in meals
    enrolled = text(clerk.get(f"/enrolments/?programme={busy.pk}&sort=-meals_total&state=open"))
    counts = re.findall(r'data-label="累计就餐（份）" class="num">\s*(\d+)', enrolled)
    assert counts == ["32", "31"] and "泽库" not in enrolled
    assert clerk.get("/enrolments/?q=示范&office=x").status_code == 200


# --- query budgets


@pytest.mark.parametrize("slug", SLUGS)
def test_lists_have_a_query_budget(
    clerk: Client, slug: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(LIST_QUERIES):
        clerk.get(f"/{slug}/")


def test_pages_have_a_query_budget_that_does_not_grow(
    clerk: Client, world: World, busy: Programme, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    line = world.lines["632322-enterprise"]
    for address in (
        f"/programmes/{busy.pk}/",
        f"/projects/{world.projects['632322'].pk}/",
        f"/funding_lines/{line.pk}/",
        f"/funding_sources/{line.source_id}/",
    ):
        with django_assert_max_num_queries(PAGE_QUERIES):
            assert clerk.get(address).status_code == 200


def test_an_export_says_which_project_and_year_it_was_narrowed_to(clerk: Client, world: World) -> None:
    project = world.projects["632322"]
    url = f"/funding_lines/export/?project={project.pk}&year=2023"
    sheet = load_workbook(BytesIO(clerk.get(url).getvalue())).active
    assert str(sheet["A2"].value).endswith(f"筛选条件：年份“2023”、范围“现用”、建设项目“{project}”")


def test_an_export_of_wrong_conditions_says_so(clerk: Client) -> None:
    sheet = load_workbook(BytesIO(clerk.get("/funding_lines/export/?year=abc").getvalue())).active
    assert str(sheet["A2"].value).endswith("筛选条件：条件写错了，没有列出内容") and sheet.max_row == 3
