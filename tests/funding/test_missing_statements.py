"""What shops did not state, and what they claim otherwise than by the price of their meals."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from cases.models import PartnerShop
from core.actions import Refused, bootstrap
from core.models import AuditEvent
from funding import actions
from funding.models import Settlement, SettlementException
from tests.funding.months import CLERK, JANUARY, confirm_all, draft, served, state
from tests.world import World

__all__ = ["served"]


def _claim(world: World, amount: str, meals: int = 20) -> Settlement:
    """The first shop states its meals and an amount; January is worked out."""
    shop = PartnerShop.objects.get(programme=world.programmes["632322"], name="一号店")
    given = {"meals": meals, "amount": Decimal(amount), "month": JANUARY}
    actions.state_meals(by=world.account(CLERK), shop=shop, **given)
    return draft(world)


def _told(settlement: Settlement) -> list[str]:
    return list(
        SettlementException.objects.filter(settlement=settlement, reason="statement").values_list(
            "detail", flat=True
        )
    )


def test_a_shop_that_stated_nothing_is_asked_for_by_the_check(served: World) -> None:
    by = served.account(CLERK)
    state(served, 20)
    settlement = draft(served)
    confirm_all(served, settlement)
    with pytest.raises(Refused, match="还有 1 家门店没有报数：二号店") as refused:
        actions.check_month(by=by, row=settlement)
    assert refused.value.field == "without_statements"
    assert actions.check_month(by=by, row=settlement, without_statements=True).stage == "checked"


def test_nothing_is_asked_where_every_shop_stated(served: World) -> None:
    state(served, 20)
    state(served, 10, "二号店")
    settlement = draft(served)
    confirm_all(served, settlement)
    assert actions.check_month(by=served.account(CLERK), row=settlement).stage == "checked"


def test_the_page_names_the_shops_and_the_form_asks_why(served: World) -> None:
    settlement, client = draft(served), Client()
    confirm_all(served, settlement)
    client.force_login(served.account(CLERK))
    url = f"/settlements/{settlement.pk}/"
    assert "2 家门店没有报数：一号店、二号店。" in client.get(url).content.decode()
    answer = client.post(f"{url}check/", {"without_statements": "on"})
    assert answer.status_code == 422 and "请写明为什么不等" in answer.content.decode()
    answer = client.post(f"{url}check/", {"without_statements": "on", "reason": "门店已停业"})
    assert answer.status_code == 302
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        assert AuditEvent.objects.get(verb="funding.check_month").reason == "门店已停业"


def test_a_claim_at_another_price_is_told(served: World) -> None:
    assert _told(_claim(served, "150.00")) == ["门店报账 150.00 元，按报的 20 份应收 160.00 元"]


def test_a_claim_at_the_price_is_no_doubt(served: World) -> None:
    assert _told(_claim(served, "160.00")) == []


def test_a_claim_and_a_number_that_differ_are_told_together(served: World) -> None:
    [told] = _told(_claim(served, "160.00", meals=19))
    assert "相差 1 份；门店报账 160.00 元，按报的 19 份应收 152.00 元" in told


def test_a_claim_is_priced_by_the_rules_of_the_days(served: World) -> None:
    """Ten meals at 8 yuan, ten at 12."""
    by, programme = served.account(CLERK), served.programmes["632322"]
    [rule] = programme.cost_share_rules.all()
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 11))
    given = {"face_value": Decimal(12), "valid_from": date(2023, 1, 11), "payers": "县级配套 12元"}
    actions.create_rule(by=by, programme=programme, **given)
    assert _told(_claim(served, "200.00")) == []
