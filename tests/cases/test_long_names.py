"""Too long a name is refused with a sentence, never cut while it is typed."""

from django.test import Client

from tests.checkin.conftest import CLERK
from tests.world import World


def test_too_long_a_shop_name_is_refused_and_not_cut(world: World) -> None:
    client = Client()
    client.force_login(world.account(CLERK))
    url = f"/programmes/{world.programmes['630103'].pk}/add-shop/"
    form = client.get(url).content.decode()
    field = form[form.index('name="name"') :]
    assert "maxlength" not in field[: field.index(">")]
    page = client.post(url, {"name": "店" * 121}).content.decode()
    assert "最多 120 个字，现在是 121 个。请缩短。" in page
