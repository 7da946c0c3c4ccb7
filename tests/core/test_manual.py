"""The manual inside the portal: every topic is there, reads as a page, and is offered beside its screens."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from core.manual import article, topic_of
from tests.world import World

TOPICS = tuple(settings.MANUAL)


@pytest.fixture
def clerk(world: World) -> Client:
    client = Client()
    client.force_login(world.account("632322.clerk"))
    return client


def body(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_reads_as_a_page(clerk: Client, topic: str) -> None:
    page = body(clerk, f"/help/{topic}/")
    text = re.sub(r"<[^>]+>", "", page)
    assert f"<h1>{article(topic).title}</h1>" in page
    assert "**" not in text and "](" not in text and "|---" not in text and " style=" not in page


@pytest.mark.parametrize("topic", TOPICS)
def test_every_link_of_a_topic_leads_somewhere(topic: str) -> None:
    shown = article(topic)
    anchors = {section.anchor for section in shown.sections}
    for target in re.findall(r'href="([^"]*)"', shown.body):
        if target.startswith("/"):
            resolve(target)
        else:
            assert target.startswith("https://") or target.removeprefix("#") in anchors, target


def test_the_list_leads_to_every_section(clerk: Client) -> None:
    page = body(clerk, "/help/")
    for topic in TOPICS:
        for section in article(topic).sections:
            assert f'href="/help/{topic}/#{section.anchor}">{section.title}<' in page


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("/imports/new/", "imports"),
        ("/settlements/", "breakfast"),
        ("/subsidy_grants/", "funding"),
        ("/project_contracts/", "projects"),
        ("/members/", "members"),
    ],
)
def test_a_screen_offers_the_topic_that_speaks_of_it(clerk: Client, path: str, topic: str) -> None:
    assert f'class="manual-link" href="/help/{topic}/"' in body(clerk, path)


def test_a_page_without_a_topic_offers_the_whole_manual(clerk: Client) -> None:
    assert topic_of("/") == ""
    assert 'class="manual-link" href="/help/"' in body(clerk, "/")


def test_an_unknown_topic_is_not_found(clerk: Client) -> None:
    assert clerk.get("/help/settings/").status_code == clerk.get("/help/operations/").status_code == 404
