"""The breakfast's page: the day up to which it counts, and what its cards say."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.models import PartnerShop
from tests.world import World

pytestmark = pytest.mark.django_db


def _page(client: Client, world: World, query: str = "") -> str:
    client.force_login(world.account("632322.clerk"))
    response: Any = client.get(f"/programmes/{world.programmes['632322'].pk}/{query}")
    return str(response.content.decode())


def test_without_meals_lately_it_counts_up_to_the_last_meal(client: Client, world: World) -> None:
    page = _page(client, world)
    assert "截至 2022-07-04" in page and f"截至 {timezone.localdate()}" not in page
    assert "25.0%" in page and "目标" not in page.split("就餐率")[1].split("</article>")[0]


def test_a_running_programme_counts_up_to_today(client: Client, world: World) -> None:
    programme = world.programmes["632322"]
    actions.record_meal(
        by=world.account("632322.clerk"),
        programme=programme,
        shop=PartnerShop.objects.get(programme=programme),
        person=world.persons["632322-1"],
        served_on=timezone.localdate() - timedelta(days=2),
    )
    assert f"截至 {timezone.localdate()}" in _page(client, world)
    assert "截至 2022-08-31" in _page(client, world, "?until=2022-08-31")


@pytest.mark.parametrize("started_on", ["2999-12-01", "2022-07-01"])
def test_before_it_begins_its_page_says_so_little(client: Client, world: World, started_on: str) -> None:
    by = world.account("632322.clerk")
    programme = actions.create_programme(
        by=by,
        union=world.unions["632322"],
        name="明年的早餐",
        kind="breakfast",
        started_on=date.fromisoformat(started_on),
        attributes={"served_group": "环卫工人"},
    )
    client.force_login(by)
    for query in ("", "?until=2022-06-15", "?month=2022-05"):
        answer = client.get(f"/programmes/{programme.pk}/{query}")
        assert answer.status_code == 200 and "累计就餐" in answer.content.decode()
        assert f"{started_on} 至" not in answer.content.decode()
