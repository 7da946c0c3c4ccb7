"""The published description is the one that was reviewed, and the page for people shows all of it."""

import io
from pathlib import Path

import yaml
from django.core.management import call_command
from django.test import Client

from tests.world import PASSWORD, World

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def test_the_committed_schema_is_current() -> None:
    made = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=made)
    assert made.getvalue() == COMMITTED.read_text(), (
        "接口有变动：manage.py spectacular --file docs/openapi.yaml"
    )


def test_the_schema_and_its_page_are_for_those_who_signed_in(client: Client, world: World) -> None:
    assert client.get("/api/v1/schema/").status_code == 401
    assert client.get("/api/v1/docs/").status_code == 302
    client.login(username="632322.clerk", password=PASSWORD)
    assert b"openapi: 3" in client.get("/api/v1/schema/").content
    page = client.get("/api/v1/docs/").content.decode()
    assert "/api/v1/members/{id}/transfer/" in page and "转入的工会" in page
    assert "sources.money.promised" in page and "by_county.money.outstanding" in page


def test_the_schema_speaks_to_those_who_use_the_portal() -> None:
    """Docstrings stay out of it: what it says is Chinese."""
    schema = yaml.safe_load(COMMITTED.read_text())
    operations = [one for path in schema["paths"].values() for one in path.values() if "responses" in one]
    said = [one.get(part, "") for one in operations for part in ("summary", "description")]
    said += [one.get("description", "") for one in schema["components"]["schemas"].values()]
    assert [words for words in said if words and words.isascii()] == []
