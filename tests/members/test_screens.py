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
