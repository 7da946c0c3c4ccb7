"""Where a request comes from, and how large it may be."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client, RequestFactory

from core.requests import client_address
from tests.world import PASSWORD, World


@pytest.mark.parametrize(
    ("proxies", "written", "address"),
    [
        (0, "198.51.100.7", "127.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 192.0.2.1", "198.51.100.7"),
        (2, "198.51.100.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_say_where_a_request_comes_from(
    settings: Any, proxies: int, written: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": written} if written else {})
    assert client_address(request) == address


def test_a_body_that_is_too_large_is_refused_unread(client: Client, settings: Any) -> None:
    settings.LARGEST_REQUEST = 1000
    body = BytesIO(b"x" * 2000)
    answer = client.generic("POST", "/accounts/login/", body.getvalue(), "multipart/form-data; boundary=b")
    assert answer.status_code == 413 and "没有保存" in answer.content.decode()


def test_tables_with_people_in_them_stay_out_of_caches_and_pages(client: Client, world: World) -> None:
    assert client.login(username="632322.clerk", password=PASSWORD)
    for address in ("/members/export/", "/imports/template/members/"):
        answer = client.get(address)
        assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
