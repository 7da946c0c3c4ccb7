"""Sign-in: guessing gets slower and slower, for nobody for ever; a sign-in ends with its account."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as NoCache
from rest_framework.authtoken.models import Token

from core import throttle
from tests.world import PASSWORD, World
from unions import actions

CLERK = "632322.clerk"


@pytest.fixture(autouse=True)
def fresh_cache(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def attempt(client: Client, password: str, username: str = CLERK, **headers: str) -> Any:
    return client.post("/accounts/login/", {"username": username, "password": password}, headers=headers)


def test_ten_guesses_in_a_quarter_of_an_hour(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    start = time.time()
    now = start
    monkeypatch.setattr(time, "time", lambda: now)
    evaluated = 0
    for second in range(0, 900, 3):
        now = start + second
        forged = f"203.0.113.{second % 250}"
        answer = attempt(client, f"wrong-{second}", **{"X-Forwarded-For": forged})
        evaluated += answer.status_code != 429
    assert 5 <= evaluated <= 10


def test_who_guessed_too_often_is_told_when_to_try_again(client: Client, world: World) -> None:
    codes = [attempt(client, "wrong").status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    answer = attempt(client, PASSWORD)
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 15
    assert "秒后再试" in answer.content.decode() and "_auth_user_id" not in client.session


def test_the_owner_gets_in_from_elsewhere_and_other_accounts_from_here(client: Client, world: World) -> None:
    for _ in range(7):
        attempt(client, "wrong")
    elsewhere = Client(REMOTE_ADDR="192.0.2.8")
    assert attempt(elsewhere, PASSWORD).status_code == 302
    assert attempt(Client(), PASSWORD, "632323.clerk").status_code == 302


def test_signing_in_makes_the_slate_clean(world: World) -> None:
    for _ in range(4):
        assert attempt(Client(), "wrong").status_code == 200
        assert attempt(Client(), PASSWORD).status_code == 302


def test_one_address_cannot_try_all_accounts(client: Client, world: World) -> None:
    codes = [attempt(client, "wrong", f"nobody-{n}").status_code for n in range(63)]
    assert codes[:61] == [200] * 61 and codes[61:] == [429] * 2


def test_without_the_cache_sign_in_goes_on(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise NoCache

    monkeypatch.setattr(throttle, "cache", Away())
    for _ in range(7):
        assert attempt(client, "wrong").status_code == 200
    assert attempt(client, PASSWORD).status_code == 302


def test_a_sign_in_gets_a_session_of_its_own(client: Client, world: World) -> None:
    client.get("/accounts/login/")
    planted = client.session
    planted["mark"] = 1
    planted.save()
    before = client.session.session_key
    assert attempt(client, PASSWORD).status_code == 302
    assert client.session.session_key != before


def test_a_disabled_account_is_out_at_once(client: Client, world: World) -> None:
    assert attempt(client, PASSWORD).status_code == 302
    token = {"Authorization": f"Token {actions.create_token(by=world.account(CLERK))}"}
    assert client.get("/members/").status_code == 200
    assert Client(headers=token).get("/api/v1/members/").status_code == 200
    actions.change_account(by=world.account("admin"), row=world.account(CLERK), is_active=False)
    assert client.get("/members/").status_code == 302
    assert Client(headers=token).get("/api/v1/members/").status_code == 401
    assert "账号或密码不对" in attempt(Client(), PASSWORD).content.decode()


def test_a_new_password_ends_other_sign_ins_and_the_token(client: Client, world: World) -> None:
    other = Client()
    assert attempt(client, PASSWORD).status_code == attempt(other, PASSWORD).status_code == 302
    actions.create_token(by=world.account(CLERK))
    new = "Xin-de-mima-2026"
    answer = client.post("/accounts/me/", {"current": PASSWORD, "password": new, "again": new})
    assert answer.status_code == 302
    assert client.get("/members/").status_code == 200
    assert other.get("/members/").status_code == 302
    assert not Token.objects.filter(user__username=CLERK).exists()
