"""Approved days keep the cost-sharing rule they were settled by."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core.actions import Refused
from funding import actions
from funding.models import CostShareRule
from tests.funding.months import CLERK, FEBRUARY, approved, draft, refused_by_the_database, served
from tests.world import World

__all__ = ["served"]
Rules = Any


@pytest.fixture
def frozen(served: World) -> World:
    """January approved by the rule that began before it; February is worked on."""
    approved(served)
    draft(served, FEBRUARY)
    return served


def _rule(world: World) -> CostShareRule:
    found: CostShareRule = CostShareRule.objects.get(programme=world.programmes["632322"])
    return found


def _create(world: World, **changed: Any) -> CostShareRule:
    given = {
        "by": world.account(CLERK),
        "programme": world.programmes["632322"],
        "face_value": Decimal("11.00"),
        "payers": "县级配套 11元",
    }
    return actions.create_rule(**{**given, **changed})


def _end(world: World, day: date | None) -> CostShareRule:
    return actions.change_rule(by=world.account(CLERK), row=_rule(world), valid_to=day)


def test_a_rule_cannot_end_before_the_last_approved_day(frozen: World) -> None:
    with pytest.raises(Refused, match=r"2023年1月的结算已批准.*请写 2023-02-01 或以后") as refused:
        _end(frozen, date(2023, 1, 10))
    assert refused.value.field == "valid_to"


def test_a_rule_ends_and_goes_on_after_the_last_approved_day(frozen: World) -> None:
    assert _end(frozen, FEBRUARY).valid_to == FEBRUARY
    assert _end(frozen, date(2023, 3, 1)).valid_to == date(2023, 3, 1)
    assert _end(frozen, None).valid_to is None


def test_no_rule_begins_on_approved_days(served: World) -> None:
    _end(served, date(2023, 1, 25))
    approved(served)
    with pytest.raises(Refused, match="2023年1月的结算已批准") as refused:
        _create(served, valid_from=date(2023, 1, 28))
    assert refused.value.field == "valid_from"
    assert _create(served, valid_from=FEBRUARY).valid_from == FEBRUARY


def test_a_rule_of_an_open_month_ends_within_it(frozen: World) -> None:
    assert _end(frozen, date(2023, 2, 3)).valid_to == date(2023, 2, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda rules: rules.update(valid_to=date(2023, 1, 10)),
        lambda rules: rules.update(valid_from=date(2023, 1, 2)),
        lambda rules: rules.update(face_value=F("face_value") + 1),
        lambda rules: rules.update(archived_at=timezone.now()),
    ],
)
def test_the_database_keeps_the_rule_of_approved_days(frozen: World, change: Callable[[Rules], Any]) -> None:
    rules = CostShareRule.objects.filter(pk=_rule(frozen).pk)
    assert "the rule of approved days" in refused_by_the_database(lambda: change(rules), frozen)


def test_the_database_keeps_another_rule_off_approved_days(served: World) -> None:
    _end(served, date(2023, 1, 25))
    rule = _create(served, valid_from=FEBRUARY)
    approved(served)
    rules = CostShareRule.objects.filter(pk=rule.pk)

    def move() -> int:
        return rules.update(valid_from=date(2023, 1, 28))

    def insert() -> CostShareRule:
        place = {"union_id": rule.union_id, "county_id": rule.county_id, "programme_id": rule.programme_id}
        days = {"valid_from": date(2023, 1, 26), "valid_to": date(2023, 1, 27)}
        return CostShareRule.objects.create(**place, **days, face_value=Decimal(11))

    assert "the rule of approved days" in refused_by_the_database(move, served)
    assert "the rule of approved days" in refused_by_the_database(insert, served)
