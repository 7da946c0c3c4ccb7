"""What was archived by mistake comes back: its button, its reason, and what stands in the way."""

from typing import Any

import pytest
from django.test import Client

from cases import actions as cases
from core.actions import REGISTRY, Refused
from core.models import AuditEvent
from funding import actions as funding
from tests.contracts import kit
from tests.contracts.scenarios import CLERK, DAY, SCENARIOS
from tests.world import World
from unions import actions as unions
from unions.models import Employer, Union

RESTORED = {
    "programmes": "cases.restore_programme",
    "projects": "cases.restore_project",
    "shops": "cases.restore_shop",
    "funding_sources": "funding.restore_source",
    "shop_statements": "funding.restore_statement",
    "unions": "unions.restore_union",
    "employers": "unions.restore_employer",
}


@pytest.fixture
def furnished(db: None) -> World:
    return kit.furnished()


def archived(world: World, slug: str) -> Any:
    return SCENARIOS[RESTORED[slug]].arguments(world)["row"]


def signed_in(world: World) -> Client:
    client = Client()
    client.force_login(world.account(CLERK))
    return client


def test_every_verb_that_restores_is_tried() -> None:
    assert set(RESTORED.values()) == {verb for verb in REGISTRY if ".restore_" in verb}


@pytest.mark.parametrize("slug", RESTORED)
def test_an_archived_row_is_restored_with_a_reason(furnished: World, slug: str) -> None:
    row, client = archived(furnished, slug), signed_in(furnished)
    page, button = f"/{slug}/{row.pk}/", f'href="/{slug}/{row.pk}/restore/"'
    assert button in kit.body(client.get(page))
    assert client.post(f"{page}restore/", {"reason": ""}).status_code == 422
    assert client.post(f"{page}restore/", {"reason": "误归档"}).status_code == 302
    assert "已归档" not in (shown := kit.body(client.get(page))) and button not in shown
    event = AuditEvent.objects.filter(verb=RESTORED[slug]).get()
    assert (event.target_id, event.reason) == (row.pk, "误归档")


@pytest.mark.parametrize("slug", RESTORED)
def test_restoring_twice_is_told(furnished: World, slug: str) -> None:
    row, client = archived(furnished, slug), signed_in(furnished)
    client.post(f"/{slug}/{row.pk}/restore/", {"reason": "误归档"})
    again = client.post(f"/{slug}/{row.pk}/restore/", {"reason": "误归档"})
    assert again.status_code == 422 and "没有归档" in kit.body(again)


def test_a_shop_comes_back_after_its_programme(furnished: World) -> None:
    by, shop = furnished.account(CLERK), archived(furnished, "shops")
    cases.change_programme(by=by, row=shop.programme, ended_on=DAY)
    cases.archive_programme(by=by, row=shop.programme, reason="结束")
    with pytest.raises(Refused, match="请先恢复服务项目"):
        cases.restore_shop(by=by, row=shop, reason="误归档")


def test_a_union_comes_back_after_the_one_above(furnished: World) -> None:
    by, below = furnished.account(CLERK), archived(furnished, "unions")
    above = unions.create_union(
        by=by, parent=below.parent, name="尖扎街道工会", kind="joint", level="township"
    )
    unions.restore_union(by=by, row=below, reason="误归档")
    unions.change_union(by=by, row=below, parent=above)
    unions.archive_union(by=by, row=below, reason="撤并")
    unions.archive_union(by=by, row=above, reason="撤并")
    with pytest.raises(Refused, match="请先恢复上级工会"):
        unions.restore_union(by=by, row=Union.objects.get(pk=below.pk), reason="误归档")


def test_an_employer_comes_back_open_and_says_so(furnished: World) -> None:
    row = archived(furnished, "employers")
    assert row.closed_on
    unions.restore_employer(by=furnished.account(CLERK), row=row, reason="误归档")
    assert Employer.objects.get(pk=row.pk).closed_on is None


def test_what_a_shop_says_again_leads_to_what_was_archived(furnished: World) -> None:
    row = archived(furnished, "shop_statements")
    with pytest.raises(Refused, match="已归档。请在门店报数的名单里选“已归档”，打开它按“恢复”"):
        funding.state_meals(by=furnished.account(CLERK), shop=row.shop, month=row.month, meals=3)
