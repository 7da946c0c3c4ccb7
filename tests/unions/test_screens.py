"""The generic screens, shown by unions and employers: list, detail, create, change, archive, export."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from core.models import AuditEvent
from tests.world import PASSWORD, World
from unions.models import Employer, Union


@pytest.fixture
def clerk(client: Client, world: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


def test_a_list_shows_only_the_own_county(clerk: Client) -> None:
    page = clerk.get("/unions/").content.decode()
    assert "尖扎示范企业01工会" in page and "泽库" not in page and "城中" not in page


def test_another_countys_page_is_not_found(clerk: Client, world: World) -> None:
    assert clerk.get(f"/unions/{world.unions['632323'].pk}/").status_code == 404
    assert clerk.get(f"/employers/{world.employers['632323'].pk}/edit/").status_code == 404


def test_a_union_is_created_with_the_next_code(clerk: Client, world: World) -> None:
    answer = clerk.post(
        "/unions/new/",
        {"name": "尖扎县示范学校工会", "parent": "632322", "level": "grassroots", "kind": "independent"},
    )
    union = Union.objects.get(code="632322-0002")
    assert (answer.status_code, answer["Location"]) == (302, f"/unions/{union.pk}/")
    assert union.path == f"{world.unions['632322'].path}632322-0002/"


def test_wrong_input_says_where_and_keeps_what_was_typed(clerk: Client) -> None:
    answer = clerk.post(
        "/unions/new/",
        {"name": "新工会", "parent": "632323", "kind": "independent", "credit_code": "91632322MC01234507"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "您的管辖范围内没有“632323”这个工会" in page and "新工会" in page


def test_a_wrong_credit_code_is_refused_with_the_remedy(clerk: Client) -> None:
    answer = clerk.post(
        "/unions/new/",
        {"name": "新工会", "parent": "632322", "kind": "independent", "credit_code": "81632322MC01234507"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "校验码" in page, page[page.find("error-summary") :][:900]


def test_a_change_made_meanwhile_is_shown_not_overwritten(clerk: Client, world: World) -> None:
    employer = world.employers["632322"]
    form = {
        "name": "改后的名称",
        "union": "632322",
        "ownership": "public",
        "listed_on": "2015-01-01",
        "is_legal_entity": "on",
        "version": "1",
    }
    assert clerk.post(f"/employers/{employer.pk}/edit/", form).status_code == 302
    second = clerk.post(f"/employers/{employer.pk}/edit/", {**form, "name": "另一个名称"})
    assert second.status_code == 409 and "刚被别人修改过" in second.content.decode()
    employer.refresh_from_db()
    assert employer.name == "改后的名称"


def test_an_archived_employer_leaves_the_list_and_stays_readable(clerk: Client, world: World) -> None:
    employer = world.employers["632322"]
    assert clerk.post(f"/employers/{employer.pk}/archive/", {"reason": "已注销"}).status_code == 302
    clerk.get("/unions/")  # shows the message that names it
    assert employer.name not in clerk.get("/employers/").content.decode()
    assert employer.name in clerk.get("/employers/?scope=archived").content.decode()
    page = clerk.get(f"/employers/{employer.pk}/").content.decode()
    assert "已归档" in page and "已注销" in page


def test_the_export_holds_what_the_list_shows(clerk: Client) -> None:
    answer = clerk.get("/employers/export/?q=示范")
    sheet = load_workbook(BytesIO(answer.getvalue())).active
    names = [row[0] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert names == ["尖扎示范企业01"]
    assert str(sheet["A2"].value).endswith("筛选条件：名称含“示范”、范围“现用”")
    assert AuditEvent.objects.filter(verb="exports.export").count() == 1


def test_an_official_reads_but_does_not_write(client: Client, world: World) -> None:
    client.login(username="630000.official", password=PASSWORD)
    page = client.get("/employers/").content.decode()
    assert "尖扎示范企业01" in page and "泽库示范企业01" in page and "新建用人单位" not in page
    assert client.get("/employers/new/").status_code == 403


def test_the_number_of_queries_does_not_grow_with_rows(
    clerk: Client, world: World, django_assert_max_num_queries: object
) -> None:
    from unions import actions

    for number in range(12):
        actions.create_employer(
            by=world.account("632322.clerk"),
            union=world.unions["632322"],
            name=f"单位{number}",
            ownership="public",
            listed_on="2020-01-01",
        )
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        clerk.get("/employers/")
    assert Employer.objects.count() == 13


def test_a_double_click_saves_once_and_leads_to_the_same_page(clerk: Client, world: World) -> None:
    form = {
        "name": "双击单位",
        "union": "632322",
        "ownership": "public",
        "listed_on": "2020.1.1",
        "once": "7",
    }
    first, second = clerk.post("/employers/new/", form), clerk.post("/employers/new/", form)
    assert Employer.objects.filter(name="双击单位").count() == 1
    assert first.status_code == second.status_code == 302


def test_a_refused_form_may_be_sent_again(clerk: Client, world: World) -> None:
    form = {
        "name": "重交单位",
        "union": "632322",
        "ownership": "public",
        "listed_on": "2020-01-01",
        "once": "8",
    }
    wrong = clerk.post("/employers/new/", {**form, "credit_code": "91632322MC01234508"})
    right = clerk.post("/employers/new/", form)
    assert (wrong.status_code, right.status_code) == (422, 302)


def test_unions_without_a_certificate_are_listed(clerk: Client) -> None:
    without = str(clerk.get("/unions/?level=grassroots&certificate=no").content.decode())
    having = str(clerk.get("/unions/?level=grassroots&certificate=yes").content.decode())
    assert ("尖扎示范企业01工会" in without) != ("尖扎示范企业01工会" in having)
