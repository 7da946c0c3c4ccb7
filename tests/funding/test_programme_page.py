"""What can be begun on the page of a programme."""

import pytest

from tests.funding.months import CLERK, page_of
from tests.world import World


@pytest.mark.parametrize(("account", "is_offered"), [(CLERK, True), ("632300.reviewer", False)])
def test_the_rule_and_the_month_are_begun_on_the_programmes_page(
    world: World, account: str, is_offered: bool
) -> None:
    programme = world.programmes["632322"]
    page = page_of(world, account, f"/programmes/{programme.pk}/").content.decode()
    for url in ("/cost_share_rules/new/", "/settlements/new/"):
        assert (f"{url}?programme={programme.pk}" in page) is is_offered
