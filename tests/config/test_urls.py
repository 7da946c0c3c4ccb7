"""The portal answers, with its headers, on real engines."""

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.django_db
def test_health_needs_database_and_cache(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_every_answer_carries_the_policy(client: Client) -> None:
    header = client.get("/healthz").headers["Content-Security-Policy"]
    assert set(header.split("; ")) == POLICY


@pytest.mark.django_db
def test_the_tests_role_is_bound_by_row_level_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False, False)


def test_a_page_opens_in_the_browser(page: Page) -> None:
    answer = page.goto("/healthz")
    assert answer is not None and answer.text() == "ok"


def test_a_page_opens_on_a_phone(phone_page: Page) -> None:
    phone_page.goto("/healthz")
    assert phone_page.evaluate("window.innerWidth") == 360
