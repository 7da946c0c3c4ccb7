"""Who gets what: every resource, every role, inside and outside the account's scope."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.api.conftest import SignIn
from tests.world import PASSWORD, World, id_number
from unions.models import Employer

LISTS = ("unions", "employers", "members", "programmes", "projects", "funding_lines")
ROLES = ("632322.clerk", "632322.head", "632300.reviewer", "630000.reviewer", "630000.official", "admin")
# What the world's rows lack and their forms ask for.
UNFINISHED = {"programmes": {"attributes": {"served_group": "全县环卫工人"}}}
WRITERS = ("632322.clerk", "632322.head", "admin")


def own_row(world: World, slug: str, county: str) -> int:
    """A row of the resource in that county."""
    rows = {
        "unions": world.unions.get(f"{county}-0001"),
        "employers": world.employers.get(county),
        "members": world.persons.get(f"{county}-1"),
        "programmes": world.programmes.get(county),
        "projects": world.projects.get(county),
        "funding_lines": world.lines.get(f"{county}-enterprise"),
    }
    row = rows[slug]
    assert row is not None
    return int(row.pk)


@pytest.mark.parametrize("slug", LISTS)
def test_a_stranger_is_asked_to_sign_in(db: None, slug: str) -> None:
    answer = APIClient().get(f"/api/v1/{slug}/")
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("slug", LISTS)
@pytest.mark.parametrize("role", ROLES)
def test_a_row_inside_the_scope_is_read(as_account: SignIn, world: World, slug: str, role: str) -> None:
    client = as_account(role)
    pk = own_row(world, slug, "632322")
    assert client.get(f"/api/v1/{slug}/{pk}/").json()["id"] == pk
    assert pk in [row["id"] for row in client.get(f"/api/v1/{slug}/").json()["results"]]


@pytest.mark.parametrize("slug", LISTS)
@pytest.mark.parametrize(
    ("role", "county"),
    [("632322.clerk", "632323"), ("632322.head", "630103"), ("632300.reviewer", "630103")],
)
def test_a_row_outside_the_scope_does_not_exist(
    as_account: SignIn, world: World, slug: str, role: str, county: str
) -> None:
    client = as_account(role)
    pk = own_row(world, slug, county)
    foreign, missing = client.get(f"/api/v1/{slug}/{pk}/"), client.get(f"/api/v1/{slug}/987654/")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert pk not in [row["id"] for row in client.get(f"/api/v1/{slug}/?scope=all").json()["results"]]


@pytest.mark.parametrize("slug", LISTS)
@pytest.mark.parametrize("role", ROLES)
def test_writing_needs_the_right(as_account: SignIn, world: World, slug: str, role: str) -> None:
    pk = own_row(world, slug, "632322")
    answer = as_account(role).patch(f"/api/v1/{slug}/{pk}/", UNFINISHED.get(slug, {}))
    assert answer.status_code == (200 if role in WRITERS else 403)
    if answer.status_code == 403:
        assert "权限" in answer.json()["detail"]


@pytest.mark.parametrize("slug", LISTS)
def test_nothing_outside_the_scope_is_written(clerk: APIClient, world: World, slug: str) -> None:
    pk = own_row(world, slug, "632323")
    assert clerk.patch(f"/api/v1/{slug}/{pk}/", {"name": "改名"}).status_code == 404
    assert clerk.post(f"/api/v1/{slug}/{pk}/archive/", {"reason": "试"}).status_code == 404
    assert clerk.delete(f"/api/v1/{slug}/{pk}/").status_code == 405


@pytest.mark.parametrize("foreign", ["632323", "632323-0001", "number"])
def test_a_foreign_union_in_the_body_is_not_found(clerk: APIClient, world: World, foreign: str) -> None:
    union = world.unions["632323-0001"].pk if foreign == "number" else foreign
    body = {"name": "新单位", "union": union, "ownership": "public", "listed_on": "2020-01-01"}
    answer = clerk.post("/api/v1/employers/", body)
    assert answer.status_code == 400 and answer.json()["field"] == "union"
    assert not Employer.objects.filter(name="新单位").exists()


def test_a_verb_with_a_foreign_union_is_refused(clerk: APIClient, world: World) -> None:
    pk = own_row(world, "members", "632322")
    body = {"union": "632323-0001", "on": "2023-01-01", "change_reason": "1"}
    answer = clerk.post(f"/api/v1/members/{pk}/transfer/", body)
    assert answer.status_code == 400 and answer.json()["field"] == "union"


@pytest.mark.parametrize("name", ["version", "county", "path", "id_hash", "archived_at", "code"])
def test_fields_that_are_not_offered_are_refused(clerk: APIClient, world: World, name: str) -> None:
    pk = own_row(world, "unions", "632322")
    answer = clerk.post("/api/v1/unions/", {"name": "新工会", "parent": "632322", "kind": "joint", name: "1"})
    assert answer.status_code == 400 and answer.json()["field"] == name
    if name != "version":
        assert clerk.patch(f"/api/v1/unions/{pk}/", {name: "1"}).json()["field"] == name


def test_a_token_has_the_scope_of_its_account(by_token: SignIn, world: World) -> None:
    client = by_token("632323.clerk")
    names = [row["name"] for row in client.get("/api/v1/employers/").json()["results"]]
    assert names == ["泽库示范企业01"]
    body = {"name": "新单位", "union": "632323", "ownership": "public", "listed_on": "2020-01-01"}
    assert client.post("/api/v1/employers/", body).status_code == 201


def test_a_wrong_or_ended_token_opens_nothing(by_token: SignIn, world: World) -> None:
    former = by_token("632322.clerk")
    assert former.get("/api/v1/unions/").status_code == 200
    by_token("632322.clerk")
    assert former.get("/api/v1/unions/").status_code == 401


def test_a_new_password_ends_the_token(by_token: SignIn, world: World) -> None:
    from unions.actions import change_own_password

    client = by_token("632322.clerk")
    change_own_password(by=world.account("632322.clerk"), password="xin-de-Mima-2024")
    assert client.get("/api/v1/unions/").status_code == 401


def test_the_token_is_shown_once_and_kept_as_a_hash(client: Client, world: World) -> None:
    from rest_framework.authtoken.models import Token

    client.login(username="632322.clerk", password=PASSWORD)
    page = client.post("/accounts/me/token/")
    token = page.content.decode().split("<code data-token>")[1].split("<")[0]
    assert page["Cache-Control"] == "no-store"
    assert token not in client.get("/accounts/me/").content.decode()
    assert token not in Token.objects.values_list("key", flat=True)
    holder = APIClient()
    holder.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert holder.get("/api/v1/unions/").status_code == 200
    client.post("/accounts/me/token/", {"revoke": "yes"})
    assert holder.get("/api/v1/unions/").status_code == 401


def test_a_session_writes_only_with_the_csrf_token(world: World) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="632322.clerk", password=PASSWORD)
    pk = own_row(world, "employers", "632322")
    assert client.patch(f"/api/v1/employers/{pk}/", {"name": "改名"}).status_code == 403


def test_an_id_number_goes_in_and_never_comes_out(clerk: APIClient, world: World) -> None:
    number = id_number(777)
    body = {"name": "示范丙丁", "id_number": number, "union": "632322-0001", "joined_on": "2023-01-01"}
    answer = clerk.post("/api/v1/members/", body)
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert row["id_masked"].endswith(number[-4:]) and "id_number" not in row and "id_hash" not in row
    everything = (
        clerk.get("/api/v1/members/?size=200").content + clerk.get(f"/api/v1/members/{row['id']}/").content
    )
    assert number.encode() not in everything and number[:14].encode() not in everything
