"""The month's page says that a doubt raised since it was worked out waits for working out again."""

from datetime import date

from cases import actions as cases
from cases.models import MealCheckIn
from funding.models import Settlement
from tests.funding.months import CLERK, confirm_all, draft, page_of, served
from tests.world import World

__all__ = ["served"]


def _page(world: World, settlement: Settlement) -> str:
    return str(page_of(world, CLERK, f"/settlements/{settlement.pk}/").content.decode())


def test_a_doubt_raised_since_asks_for_working_out_again(served: World) -> None:
    settlement = draft(served)
    confirm_all(served, settlement)
    meal = MealCheckIn.objects.get(shop__name="一号店", served_on=date(2023, 1, 3))
    cases.doubt_meal(by=served.account(CLERK), meal=meal, words="店主说本人没有来")
    assert "重新生成（有 1 份早餐新提出了疑问）" in _page(served, settlement)
    draft(served)
    assert "重新生成（有" not in _page(served, settlement)
