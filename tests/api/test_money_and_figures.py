"""Programmes, projects, money, figures, findings, batches and jobs for programs."""

from datetime import date
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from core import scope
from core.models import Finding
from funding.models import FundingLine
from metrics.actions import compute_quarters
from tests.api.conftest import SignIn
from tests.world import World


def test_a_programme_is_created_with_its_kinds_own_fields(clerk: APIClient, world: World) -> None:
    old = clerk.get(f"/api/v1/programmes/{world.programmes['632322'].pk}/").json()
    assert old["face_value"] == "11.00" and old["kind"] == "breakfast" and isinstance(old["attributes"], dict)
    body = {"kind": "breakfast", "name": "第二早餐", "started_on": "2023-01-01", "face_value": "12.50"}
    answer = clerk.post("/api/v1/programmes/", {**body, "attributes": {"nothing": 1}})
    assert answer.status_code == 400 and answer.json()["field"] == "nothing"


def test_a_changed_programme_keeps_what_was_not_sent(clerk: APIClient, world: World) -> None:
    address = f"/api/v1/programmes/{world.programmes['632322'].pk}/"
    before = clerk.get(address).json()
    answer = clerk.patch(address, {"note": "每天7:30供餐", "attributes": {"served_group": "全县环卫工人"}})
    assert answer.status_code == 200, answer.content
    after = answer.json()
    assert after["note"] == "每天7:30供餐" and after["version"] == before["version"] + 1
    assert after["attributes"]["served_group"] == "全县环卫工人"
    again = clerk.patch(address, {"note": ""}).json()
    assert again["note"] in ("", None) and again["attributes"] == after["attributes"]
    for name in ("name", "face_value", "started_on", "kind"):
        assert after[name] == before[name], name


def test_a_changed_project_keeps_what_was_not_sent(clerk: APIClient, world: World) -> None:
    address = f"/api/v1/projects/{world.projects['632322'].pk}/"
    answer = clerk.patch(address, {"stated_total": "6000000.00"})
    assert answer.status_code == 200, answer.content
    after = answer.json()
    assert after["stated_total"] == "6000000.00" and after["stage"] == "construction"
    assert Decimal(after["attributes"]["area_m2"]) == Decimal("2049.68")


def test_what_hangs_on_programmes_and_projects_is_read(clerk: APIClient, world: World) -> None:
    programme = f"/api/v1/programmes/{world.programmes['632322'].pk}"
    assert clerk.get(f"{programme}/shops/").json()["results"][0]["name"] == "一号店"
    assert clerk.get(f"{programme}/enrolments/").json()["results"][0]["person_name"].startswith("示范")
    assert clerk.get(f"{programme}/meals/").json()["results"][0]["served_on"] == "2022-07-04"
    project = f"/api/v1/projects/{world.projects['632322'].pk}"
    assert clerk.get(f"{project}/funding-lines/").json()["count"] == 4


def test_an_enrolment_is_found_and_corrected(clerk: APIClient, world: World) -> None:
    found = clerk.get(f"/api/v1/enrolments/?programme={world.programmes['632322'].pk}").json()["results"]
    row = found[0]
    assert row["name"].startswith("示范") and "id_number" not in row
    address = f"/api/v1/enrolments/{row['id']}/"
    answer = clerk.patch(address, {"office": "马克唐镇", "version": row["version"]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["office"] == "马克唐镇" and answer.json()["valid_from"] == row["valid_from"]
    assert row["crew_leader_id_masked"] is None
    assert clerk.patch(address, {"office": "坎布拉镇", "version": row["version"]}).status_code == 409


def test_a_line_is_recorded_corrected_and_archived(clerk: APIClient, world: World) -> None:
    body = {
        "project": world.projects["632322"].pk,
        "source": "援建企业",
        "stage": "received",
        "amount": "1300000.00",
        "recorded_on": "2023-05-01",
        "document_no": "尖工发〔2023〕5号",
    }
    answer = clerk.post("/api/v1/funding_lines/", body)
    assert answer.status_code == 201, answer.content
    address = f"/api/v1/funding_lines/{answer.json()['id']}/"
    changed = clerk.patch(address, {"amount": "1200000.00", "version": 1})
    assert changed.status_code == 200, changed.content
    line = FundingLine.objects.get(pk=answer.json()["id"])
    assert (line.amount, line.document_no) == (Decimal("1200000.00"), "尖工发〔2023〕5号")
    assert line.project == world.projects["632322"] and line.recorded_on == date(2023, 5, 1)
    assert clerk.patch(address, {"amount": "1", "version": 1}).status_code == 409
    assert clerk.post(f"{address}archive/", {"reason": "重复"}).status_code == 200


@pytest.mark.parametrize(
    ("written", "meant"),
    [(True, True), ("是", True), ("否", False), ("False", False), (None, False), ("也许", None)],
)
def test_yes_and_no_are_told_apart(
    clerk: APIClient, world: World, written: object, meant: bool | None
) -> None:
    pk = clerk.get(f"/api/v1/enrolments/?programme={world.programmes['632322'].pk}").json()["results"][0][
        "id"
    ]
    answer = clerk.patch(f"/api/v1/enrolments/{pk}/", {"is_crew_leader": written})
    if meant is None:
        assert answer.status_code == 400 and answer.json()["field"] == "is_crew_leader"
    else:
        assert answer.status_code == 200 and answer.json()["is_crew_leader"] is meant


def test_money_for_another_countys_project_is_refused(clerk: APIClient, world: World) -> None:
    body = {
        "project": world.projects["632323"].pk,
        "source": "甲",
        "source_kind": "donation",
        "stage": "received",
        "amount": "1.00",
        "recorded_on": "2023-05-01",
    }
    answer = clerk.post("/api/v1/funding_lines/", body)
    assert answer.status_code == 400 and answer.json()["field"] == "project"


@pytest.fixture
def figures(world: World) -> None:
    compute_quarters(by=world.account("admin"), quarters=["2023Q1"])


def test_figures_are_read_with_both_halves(figures: None, clerk: APIClient, world: World) -> None:
    answer = clerk.get("/api/v1/figures/?indicator=I01&quarter=2023Q1&group_key=none").json()
    assert [row["union"] for row in answer["results"]] == ["632322"]
    row = answer["results"][0]
    assert (row["numerator"], row["denominator"], row["rate"]) == ("1.00", "1.00", "1.000000")
    assert clerk.get("/api/v1/quarters/").json()[0]["label"] == "2023年第1季度"
    assert clerk.post("/api/v1/figures/", {}).status_code == 405


def test_figures_of_other_counties_do_not_exist(
    figures: None, as_account: SignIn, clerk: APIClient, world: World
) -> None:
    above = as_account("630000.official")
    theirs = above.get("/api/v1/figures/?union=632323&size=1").json()["results"][0]["id"]
    assert clerk.get("/api/v1/figures/?union=632323").json()["count"] == 0
    assert clerk.get(f"/api/v1/figures/{theirs}/").status_code == 404


def test_declarations_are_the_same_for_everybody(clerk: APIClient, world: World) -> None:
    one = clerk.get("/api/v1/indicators/I01/").json()
    assert one["name"] and one["rule"] and one["numerator"]["label"]
    assert len(clerk.get("/api/v1/indicators/").json()) >= 13
    assert clerk.get("/api/v1/indicators/I99/").status_code == 404


def test_a_finding_is_explained_by_who_may(
    figures: None, as_account: SignIn, clerk: APIClient, world: World
) -> None:
    with scope.applied(world.account("admin")):
        pk = Finding.objects.filter(county_id=632322).values_list("pk", flat=True)[0]
        foreign = Finding.objects.filter(county_id=632323).values_list("pk", flat=True)[0]
    body = {"state": "explained", "explanation": "见批复文件", "version": 1}
    assert clerk.post(f"/api/v1/findings/{foreign}/explain/", body).status_code == 404
    assert as_account("630000.official").post(f"/api/v1/findings/{pk}/explain/", body).status_code == 403
    empty = clerk.post(f"/api/v1/findings/{pk}/explain/", {**body, "explanation": ""})
    assert empty.status_code == 400 and empty.json()["field"] == "explanation"
    done = clerk.post(f"/api/v1/findings/{pk}/explain/", body)
    assert done.status_code == 200 and done.json()["state"] == "explained"
    assert clerk.post(f"/api/v1/findings/{pk}/explain/", body).status_code == 409


def test_batches_are_for_those_who_import(as_account: SignIn, clerk: APIClient, world: World) -> None:
    assert clerk.get("/api/v1/imports/").json()["count"] == 0
    assert as_account("630000.official").get("/api/v1/imports/").status_code == 403
    assert clerk.get("/api/v1/jobs/").status_code == 200
