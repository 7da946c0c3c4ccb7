"""A month from check-ins to approval: what it pays and who says so."""

from datetime import date
from decimal import Decimal

import pytest

from cases.models import PartnerShop
from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import (
    CostShareRule,
    Settlement,
    SettlementShare,
)
from tests.funding.months import (
    CLERK,
    HEAD,
    JANUARY,
    confirm_all,
    draft,
    numbers,
    serve,
    served,
    standing,
)
from tests.world import World

__all__ = ["served", "standing"]


def test_a_month_pays_the_sources_part_of_its_meals(served: World) -> None:
    settlement = draft(served)
    assert numbers(settlement) == [
        ("一号店", 20, 0, 20, Decimal("220.00"), Decimal("160.00")),
        ("二号店", 10, 0, 10, Decimal("110.00"), Decimal("80.00")),
    ]
    assert settlement.eligible_days == 2 * 31
    shares = SettlementShare.objects.filter(settlement=settlement)
    assert sum(share.amount for share in shares) == Decimal("330.00")


def test_drafting_again_changes_nothing(served: World) -> None:
    settlement = draft(served)
    before = numbers(settlement)
    again = draft(served)
    assert (again.pk, numbers(again)) == (settlement.pk, before)
    assert Settlement.objects.filter(month=JANUARY).count() == 1


def test_a_month_that_is_not_over_or_has_no_rule_is_refused(served: World) -> None:
    with pytest.raises(Refused, match="还没有过完"):
        draft(served, date.today())
    with pytest.raises(Refused, match="这个月还没有就餐"):
        draft(served, date(2022, 1, 1))
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    actions.change_rule(by=served.account(CLERK), row=rule, valid_to=date(2023, 1, 10))
    with pytest.raises(Refused, match="2023-01-10 有就餐记录，但那天没有费用分担办法"):
        draft(served)


def test_a_rule_that_changes_within_the_month_splits_each_meal_by_its_day(served: World) -> None:
    by = served.account(CLERK)
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    actions.change_rule(by=by, row=rule, valid_to=date(2023, 1, 11))
    actions.create_rule(
        by=by,
        programme=served.programmes["632322"],
        face_value=Decimal("12.00"),
        valid_from=date(2023, 1, 11),
        payers="县级配套 比例1.8；援建企业 比例1",
    )
    lines = numbers(draft(served))
    assert lines[0][4:] == (Decimal("230.00"), Decimal("200.00"))
    assert lines[1][4:] == (Decimal("110.00"), Decimal("80.00"))


def test_a_month_is_checked_only_when_shops_have_confirmed_and_nothing_has_moved(served: World) -> None:
    by, settlement = served.account(CLERK), draft(served)
    with pytest.raises(Refused, match="还没有确认的门店 2 家：一号店、二号店。"):
        actions.check_month(by=by, row=settlement, without_statements=True)
    confirm_all(served, settlement)
    settlement.refresh_from_db()
    assert settlement.stage == "confirmed"
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="一号店")
        serve(served, shop, 1, date(2023, 1, 25))
    scope.apply_everywhere()
    with pytest.raises(Refused, match="又有就餐记录变动"):
        actions.check_month(by=by, row=settlement, without_statements=True)
    settlement = draft(served)
    assert settlement.stage == "drafted"
    assert [bool(line.confirmed_at) for line in settlement.lines.order_by("shop__name")] == [False, True]


def test_who_checked_does_not_approve(served: World) -> None:
    head, settlement = served.account(HEAD), draft(served)
    confirm_all(served, settlement)
    actions.check_month(by=head, row=settlement, without_statements=True)
    with pytest.raises(Refused, match="核对人不能批准"):
        actions.approve_month(by=head, row=settlement)
    actions.return_month(by=head, row=settlement, reason="换人核对")
    settlement.refresh_from_db()
    assert (settlement.stage, settlement.checked_by) == ("confirmed", None)
