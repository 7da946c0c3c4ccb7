"""A month is checked and approved only as what generating it now would give."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from cases.models import Enrolment, PartnerShop, ShopPause
from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import CostShareRule, Settlement
from tests.funding.months import CLERK, HEAD, confirm_all, draft, numbers, served
from tests.world import World

__all__ = ["served"]


def _other_rule(world: World) -> None:
    """From 15 January on the merchant bears everything."""
    by, programme = world.account(CLERK), world.programmes["632322"]
    rule = CostShareRule.objects.get(programme=programme)
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 15))
    actions.create_rule(
        by=by,
        programme=programme,
        face_value=Decimal("11.00"),
        valid_from=date(2023, 1, 15),
        payers="商家让利 11元",
    )


def _no_rule(world: World) -> None:
    rule = CostShareRule.objects.get(programme=world.programmes["632322"])
    actions.change_rule(by=world.account(CLERK), row=rule, valid_to=date(2023, 1, 15))


def _pause(world: World) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=world.programmes["632322"], name="一号店")
        place = {"union_id": shop.union_id, "county_id": shop.county_id}
        ShopPause.objects.create(
            **place,
            shop=shop,
            valid_from=date(2023, 1, 2),
            valid_to=date(2023, 1, 4),
            kind="pause",
            reason="装修",
        )
    scope.apply_everywhere()


def _leave(world: World) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Enrolment.objects.filter(programme=world.programmes["632322"]).update(valid_to=date(2023, 1, 9))
    scope.apply_everywhere()


def _leave_on_the_last_day(world: World) -> None:
    """Nobody ate on it, so no meal becomes doubtful."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Enrolment.objects.filter(programme=world.programmes["632322"]).update(valid_to=date(2023, 1, 31))
    scope.apply_everywhere()


CHANGES = (
    (_other_rule, "分担办法有变动"),
    (_no_rule, "2023-01-15 有就餐记录，但那天没有费用分担办法"),
    (_pause, "又有疑点：门店当天没有合同或停供 2 个"),
    (_leave, "又有疑点：当天没有登记在册 14 个"),
    (_leave_on_the_last_day, r"登记职工或供餐日有变动，应就餐从 .* 人天变为 .* 人天"),
)


def _ready(world: World) -> Settlement:
    settlement = draft(world)
    confirm_all(world, settlement)
    return settlement


@pytest.mark.parametrize(("happens", "words"), CHANGES)
def test_what_changed_since_it_was_generated_holds_up_the_check(
    served: World, happens: Callable[[World], None], words: str
) -> None:
    settlement = _ready(served)
    before = numbers(settlement)
    happens(served)
    with pytest.raises(Refused, match=words):
        actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)
    assert numbers(settlement) == before and not settlement.exceptions.exists()


@pytest.mark.parametrize(("happens", "words"), CHANGES)
def test_what_changed_since_it_was_checked_holds_up_the_approval(
    served: World, happens: Callable[[World], None], words: str
) -> None:
    settlement = _ready(served)
    actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)
    happens(served)
    with pytest.raises(Refused, match=words):
        actions.approve_month(by=served.account(HEAD), row=settlement)


def test_generated_again_it_is_approved_by_the_rules_of_now(served: World) -> None:
    settlement, by = _ready(served), served.account(CLERK)
    _other_rule(served)
    settlement = draft(served)
    confirm_all(served, settlement)
    actions.check_month(by=by, row=settlement, without_statements=True)
    actions.approve_month(by=served.account(HEAD), row=settlement)
    assert [line[-1] for line in numbers(settlement)] == [Decimal("112.00"), Decimal("80.00")]


def test_a_correction_registered_meanwhile_waits_for_the_next_month(served: World) -> None:
    by = served.account(CLERK)
    january = _ready(served)
    actions.check_month(by=by, row=january, without_statements=True)
    actions.approve_month(by=served.account(HEAD), row=january)
    february = draft(served, date(2023, 2, 1))
    confirm_all(served, february)
    line = january.lines.get(shop__name="一号店")
    actions.correct_settled(by=by, line=line, meals=-3, words="重复打卡")
    assert actions.check_month(by=by, row=february, without_statements=True).stage == "checked"
