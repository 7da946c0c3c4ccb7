"""What becomes of a shop's month: valid meals, corrections that may be taken, the rule of a day. Pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from funding.settling.splitting import ZERO, Part, Row, split_month


@dataclass(frozen=True)
class Limits:
    """Where a check-in begins to look doubtful."""

    proxy_percent: int = 30
    proxy_least: int = 20
    minutes_between_shops: int = 10
    burst_seconds: int = 10
    burst_meals: int = 5
    phone_workers: int = 3


LIMITS = Limits()


@dataclass(frozen=True)
class Spell:
    """A cost-sharing rule as the month sees it."""

    rule: Any
    first: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


def rule_on(spells: Iterable[Spell], day: date) -> Any:
    """The rule of a day, None where there is none."""
    return next((spell.rule for spell in spells if spell.holds_on(day)), None)


def valid_meals(recorded: int, doubtful: int, stated: int | None, *, follows_statement: bool) -> int:
    """Meals that are settled: without the doubtful ones and, while the shop's lower number stands, no more."""
    valid = recorded - doubtful
    return min(valid, stated) if follows_statement and stated is not None else valid


def by_rule(meals: Mapping[Any, int], valid: int) -> dict[Any, int]:
    """Valid meals of one shop by rule; what the shop did not state is taken from the later rule."""
    surplus = sum(meals.values()) - valid
    kept = dict(meals)
    for rule in reversed(list(kept)):
        taken = min(kept[rule], surplus)
        kept[rule] -= taken
        surplus -= taken
    return {rule: count for rule, count in kept.items() if count}


def split_signed(meals: int, face_value: Any, parts: Sequence[Part]) -> Row:
    """The parts of a correction: of meals paid too much, the same amounts with a minus."""
    row = split_month([abs(meals)], face_value, parts)[0]
    return row if meals > 0 else tuple(ZERO - amount for amount in row)
