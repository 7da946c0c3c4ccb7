"""The admission form: everything that is wrong is told at once, and nothing typed is lost."""

import pytest
from django.test import Client

from tests.world import World

pytestmark = pytest.mark.django_db


def test_all_that_is_wrong_is_told_at_once(client: Client, world: World) -> None:
    client.force_login(world.account("632322.clerk"))
    given = {"name": "王兰", "id_number": "630199199001010013", "mobile": "1380000", "joined_on": "去年"}
    response = client.post("/members/new/", given)
    page = str(response.content.decode())
    assert response.status_code == 422 and 'value="630199199001010013"' in page
    for words in ("身份证号校验码不对", "手机号", "无法识别为日期", "请填写加入的工会"):
        assert words in page


def test_only_who_may_reveal_a_number_is_offered_to(client: Client, world: World) -> None:
    page = f"/members/{world.persons['632322-1'].pk}/"
    for name, offered in (("632322.clerk", True), ("630000.official", False)):
        client.force_login(world.account(name))
        assert ("查看完整证件号" in client.get(page).content.decode()) is offered


def test_a_refused_page_names_the_right_that_is_missing(client: Client, world: World) -> None:
    client.force_login(world.account("630000.official"))
    response = client.get("/members/new/")
    assert response.status_code == 403 and "没有“" in response.content.decode()


def test_a_page_from_before_a_new_sign_in_says_so(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.account("632322.clerk"))
    response = client.post("/members/new/", {"name": "王兰"})
    assert response.status_code == 403 and "页面已过期" in response.content.decode()


def test_what_another_wrote_meanwhile_stands_beside_the_field(client: Client, world: World) -> None:
    client.force_login(world.account("632322.clerk"))
    person = world.persons["632322-1"]
    address = f"/members/{person.pk}/edit/"
    given = {"name": person.name, "employment_state": "1", "version": "1"}
    assert client.post(address, {**given, "education": "20"}).status_code == 302
    response = client.post(address, {**given, "education": "30"})
    assert response.status_code in (409, 422) and "现在登记的是：大学本科" in response.content.decode()
