"""What can be done by program: read, narrow, page, write, and how refusals look."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from core.models import AuditEvent
from tests.world import World, id_number
from unions.models import DemocraticSystem, Employer, UnitCoverage


def employer_body(**changes: object) -> dict[str, object]:
    return {"name": "新单位", "union": "632322", "ownership": "public", "listed_on": "2020-01-01", **changes}


def test_a_row_carries_codes_and_words(clerk: APIClient, world: World) -> None:
    row = clerk.get(f"/api/v1/employers/{world.employers['632322'].pk}/").json()
    assert row["union"] == "632322" and row["union_label"] == "尖扎县总工会"
    assert (row["ownership"], row["ownership_label"]) == ("non_public", "非公有制企业")
    assert row["is_legal_entity"] is True and row["workers"] == 4 and row["version"] == 1
    assert row["listed_on"] == "2015-01-01" and row["closed_on"] is None


def test_a_row_is_created_by_the_action(clerk: APIClient, world: World) -> None:
    answer = clerk.post("/api/v1/employers/", employer_body())
    assert answer.status_code == 201
    row = Employer.objects.get(pk=answer.json()["id"])
    assert row.union == world.unions["632322"] and row.name_sort
    assert AuditEvent.objects.filter(verb="unions.create_employer", target_id=row.pk).count() == 1


def test_a_change_leaves_what_is_not_sent(clerk: APIClient, world: World) -> None:
    pk = world.employers["632322"].pk
    answer = clerk.patch(f"/api/v1/employers/{pk}/", {"name": "改后的名称"})
    assert answer.status_code == 200
    row = answer.json()
    assert row["name"] == "改后的名称" and row["ownership"] == "non_public" and row["version"] == 2
    assert row["is_legal_entity"] is True


def test_a_change_made_meanwhile_is_answered_409(clerk: APIClient, world: World) -> None:
    address = f"/api/v1/employers/{world.employers['632322'].pk}/"
    assert clerk.patch(address, {"name": "甲", "version": 1}).status_code == 200
    second = clerk.patch(address, {"name": "乙", "version": 1})
    assert second.status_code == 409 and "修改过" in second.json()["detail"]
    assert clerk.get(address).json()["name"] == "甲"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"credit_code": "91632322MC01234501"}, "credit_code"),
        ({"ownership": "其他"}, "ownership"),
        ({"listed_on": "2020-13-01"}, "listed_on"),
        ({"name": ""}, "name"),
        ({"name": ["甲"]}, "name"),
        ({"union": {"code": "632322"}}, "union"),
    ],
)
def test_wrong_input_is_answered_400_with_its_field(
    clerk: APIClient, world: World, changes: dict[str, object], field: str
) -> None:
    answer = clerk.post("/api/v1/employers/", employer_body(**changes))
    assert answer.status_code == 400
    body = answer.json()
    assert body["field"] == field and body["detail"] and field in body["errors"]


@pytest.mark.parametrize("body", [[], "文字", [{"name": "甲"}]])
def test_a_body_that_is_no_object_is_refused(clerk: APIClient, world: World, body: object) -> None:
    assert clerk.post("/api/v1/employers/", body).status_code == 400


def test_archiving_needs_a_reason_and_hides_the_row(clerk: APIClient, world: World) -> None:
    pk = world.employers["632322"].pk
    assert clerk.post(f"/api/v1/employers/{pk}/archive/", {}).json()["field"] == "reason"
    answer = clerk.post(f"/api/v1/employers/{pk}/archive/", {"reason": "已注销"})
    assert answer.status_code == 200 and answer.json()["archived_at"]
    assert clerk.get("/api/v1/employers/").json()["count"] == 0
    assert clerk.get("/api/v1/employers/?scope=archived").json()["count"] == 1


def test_verbs_of_an_employer(clerk: APIClient, world: World) -> None:
    address = f"/api/v1/employers/{world.employers['632322'].pk}"
    counted = clerk.post(f"{address}/headcount/", {"valid_from": "2023-01-01", "workers": 9})
    assert counted.status_code == 200 and counted.json()["workers"] == 9
    ended = clerk.post(f"{address}/end-coverage/", {"union": "632322-0001", "valid_to": "2023-02-01"})
    assert ended.status_code == 200 and not UnitCoverage.objects.filter(valid_to=None, county=632322).exists()
    union = world.unions["632322-0001"].pk
    assert clerk.post(f"{address}/coverage/", {"union": union, "valid_from": "2023-03-01"}).status_code == 200
    system = {"kind": "disclosure", "form": "own", "valid_from": "2023-01-01"}
    assert clerk.post(f"{address}/system/", system).status_code == 200
    again = clerk.post(f"{address}/system/", system)
    assert again.status_code == 400 and "不能重复登记" in again.json()["detail"]
    assert DemocraticSystem.objects.filter(county=632322).count() == 2
    counts = clerk.get(f"{address}/headcounts/").json()
    assert [row["workers"] for row in counts["results"]] == [9, 4]
    assert clerk.get(f"{address}/systems/").json()["results"][0]["kind_label"] == "厂务公开"


def test_verbs_of_a_member(clerk: APIClient, world: World) -> None:
    address = f"/api/v1/members/{world.persons['632322-2'].pk}"
    tag = {"group": "courier", "valid_from": "2023-01-01", "evidence": "劳动合同"}
    assert clerk.post(f"{address}/tag/", tag).json()["groups_label"] == "快递员"
    assert clerk.post(f"{address}/untag/", {"group": "courier", "valid_to": "2023-02-01"}).status_code == 200
    moved = clerk.post(f"{address}/transfer/", {"union": "632322", "on": "2023-03-01", "change_reason": "1"})
    assert moved.status_code == 200 and moved.json()["union"] == "632322"
    kept = clerk.post(f"{address}/retain/", {"on": "2023-04-01"})
    assert kept.json()["state"] == "保留会籍"
    ended = clerk.post(f"{address}/end/", {"on": "2023-05-01", "how": "6"})
    assert ended.json()["state"] == "无会籍"
    spells = clerk.get(f"{address}/memberships/").json()["results"]
    assert [spell["began_by_label"] for spell in spells] == ["保留会籍", "转入", "入会"]
    again = clerk.post(f"{address}/end/", {"on": "2023-05-01", "how": "6"})
    assert again.status_code == 400 and again.json()["detail"] == "此人现在没有会籍。"


def test_lists_are_narrowed_and_sorted_like_the_pages(clerk: APIClient, world: World) -> None:
    clerk.post("/api/v1/employers/", employer_body(name="新单位", listed_on="2021-01-01"))
    names = [row["name"] for row in clerk.get("/api/v1/employers/?sort=-listed_on").json()["results"]]
    assert names == ["新单位", "尖扎示范企业01"]
    assert clerk.get("/api/v1/employers/?covered=no").json()["count"] == 1
    refused = clerk.get("/api/v1/employers/?ownership=nothing")
    assert refused.status_code == 400 and refused.json()["field"] == "ownership"


def test_pages_are_linked_and_never_larger_than_200(clerk: APIClient, world: World) -> None:
    first = clerk.get("/api/v1/members/?size=1").json()
    assert (first["count"], first["count_is_exact"], first["previous"]) == (2, True, None)
    second = clerk.get(first["next"]).json()
    assert second["next"] is None and second["results"][0]["id"] != first["results"][0]["id"]
    assert clerk.get("/api/v1/members/?size=5000").json()["size"] == 200


def test_queries_do_not_grow_with_rows(
    clerk: APIClient, world: World, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        clerk.post("/api/v1/employers/", employer_body(name=f"单位{number}"))
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert clerk.get("/api/v1/employers/").json()["count"] == 13


def test_a_transfer_is_asked_for_and_answered_by_program(
    clerk: APIClient, world: World, as_account: Callable[[str], APIClient]
) -> None:
    """The asking side is not told who has the person; the giving side answers."""
    body = {
        "name": "示范某",
        "id_number": id_number(231),
        "union": "632322",
        "on": "2023-03-01",
        "change_reason": "1",
    }
    answer = clerk.post("/api/v1/transfers/", body)
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert row["direction"] == "转入" and not row["giver_name"] and id_number(231) not in str(row)
    giver = as_account("632323.clerk")
    [seen] = giver.get("/api/v1/transfers/", {"direction": "转出", "state": "requested"}).json()["results"]
    assert seen["id"] == row["id"] and seen["giver_name"]
    assert giver.get("/api/v1/transfers/", {"direction": "转入"}).json()["results"] == []
    assert clerk.post(f"/api/v1/transfers/{row['id']}/accept/").status_code == 400
    assert giver.post(f"/api/v1/transfers/{row['id']}/accept/").status_code == 200
    assert clerk.get(f"/api/v1/transfers/{row['id']}/").json()["state"] == "accepted"
