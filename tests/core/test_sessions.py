"""Sessions end; what was being typed is found again by the account that typed it."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import scope
from core.models import AuditEvent
from core.sessions import BEGAN, SEEN
from tests.world import PASSWORD, World
from unions.models import Account


@pytest.fixture
def client(world: World) -> Client:
    signed_in = Client()
    signed_in.force_login(world.account("632322.clerk"))
    signed_in.get("/")
    return signed_in


def age(client: Client, **seconds: int) -> None:
    """Make the session that much older."""
    session = client.session
    for name, back in seconds.items():
        session[name] = int(time.time()) - back
    session.save()


@pytest.mark.parametrize(("name", "seconds", "why"), [(SEEN, 3700, "idle"), (BEGAN, 8 * 3600 + 9, "long")])
def test_an_old_session_is_over_and_says_so(client: Client, name: str, seconds: int, why: str) -> None:
    age(client, **{name: seconds})
    response = client.get("/members/?q=1")
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?expired={why}&next=%2Fmembers%2F%3Fq%3D1"
    page = client.get(response["Location"]).content.decode()
    assert "为了安全已自动退出" in page
    assert client.get("/members/").status_code == 302


def test_a_session_in_use_goes_on(client: Client) -> None:
    age(client, **{SEEN: 3500})
    assert client.get("/members/").status_code == 200
    assert client.session[SEEN] > time.time() - 60


@pytest.mark.parametrize("path", ["/d/no-such-door/", "/d/no/such/page/"])
def test_a_door_asks_nobody_who_he_is(client: Client, path: str) -> None:
    age(client, **{SEEN: 3700})
    response = client.get(path)
    assert response.status_code == 404
    assert "退出" not in response.content.decode()
    assert not response.cookies


def test_what_was_typed_is_found_again_by_its_account_only(client: Client, world: World) -> None:
    url = reverse("employers-new")
    age(client, **{SEEN: 3700})
    typed = {"name": "尖扎县没有存完的企业", "ownership": "public", "once": "1", "csrfmiddlewaretoken": "x"}
    response = client.post(url, typed)
    back = Client().get(response["Location"]).context["next"]
    assert back.startswith(f"{url}?kept=")
    form = {"username": "632322.clerk", "password": PASSWORD, "next": back}
    assert client.post("/accounts/login/", form)["Location"] == back
    page = client.get(back).content.decode()
    assert "尖扎县没有存完的企业" in page and "还没有保存" in page
    other = Client()
    other.force_login(world.account("632323.clerk"))
    assert "尖扎县没有存完的企业" not in other.get(back).content.decode()
    assert "尖扎县没有存完的企业" not in client.get(back.replace(url, reverse("unions-new"))).content.decode()


def test_a_program_with_an_old_session_is_nobody(client: Client) -> None:
    age(client, **{SEEN: 3700})
    assert client.get("/api/v1/members/").status_code in (401, 403)


def test_a_fragment_sends_the_page_to_the_sign_in(client: Client) -> None:
    age(client, **{SEEN: 3700})
    response = client.get("/members/", headers={"HX-Request": "true"})
    assert response.status_code == 204 and "expired=idle" in response["HX-Redirect"]


def test_a_failed_sign_in_is_on_record_without_the_password(client: Client, world: World) -> None:
    stranger = Client()
    for name in ("632322.clerk", "nobody-of-that-name"):
        stranger.post("/accounts/login/", {"username": name, "password": "Falsches-Wort-1"})
    account = Account.objects.get(username="632322.clerk")
    scope.apply_everywhere()
    event = AuditEvent.objects.get(verb="accounts.fail_to_sign_in")
    assert (event.by, event.reason) == (account, "来自 127.0.0.1")
    told = [str(value) for row in AuditEvent.objects.values_list() for value in row]
    assert not any("Falsches" in text or "nobody-of" in text for text in told)


def test_pages_leave_no_copy_behind(client: Client, world: World) -> None:
    for address in ("/", "/members/", f"/members/{world.persons['632322-1'].pk}/", "/api/v1/members/"):
        assert client.get(address)["Cache-Control"] == "no-store", address
    assert "no-cache" in client.get("/dashboard/632322/")["Cache-Control"]


def test_the_list_of_what_there_is_for_programs(client: Client) -> None:
    found: dict[str, Any] = client.get("/api/v1/").json()
    assert found["resources"]["members"] == {"label": "会员", "url": "/api/v1/members/"}
    assert all(client.get(one["url"]).status_code == 200 for one in found["resources"].values())
    assert all(one["label"] for one in found["resources"].values())
