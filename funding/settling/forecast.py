"""How long the public money of a programme lasts: what is left against what a serving day takes. Pure rules."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Forecast:
    """`left` of what was received, `per_day` what a calendar day takes lately, the day on which nothing is left.

    `runs_out_on` is None where nothing was eaten lately, or where the money lasts beyond what is foreseeable.
    """

    left: Decimal
    per_day: Decimal
    runs_out_on: date | None


def forecast(
    received: Decimal, used: Decimal, public_per_meal: Fraction, meals: int, days: int, last: date
) -> Forecast:
    """`meals` of the `days` calendar days that end with `last` show how fast the money goes."""
    left = received - used
    burn = Fraction(meals) * public_per_meal / days if days else Fraction(0)
    per_day = _yuan(burn)
    if not burn:
        return Forecast(left, per_day, None)
    lasts = max(floor(Fraction(left) / burn), 0)
    return Forecast(left, per_day, last + timedelta(days=lasts) if lasts < 36_500 else None)


def used_by(settled: Decimal, unsettled_meals: int, public_per_meal: Fraction) -> Decimal:
    """What is gone: the sources' part of settled months, and meals that no month has settled yet."""
    return settled + _yuan(unsettled_meals * public_per_meal)


def _yuan(amount: Fraction) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(CENT, ROUND_HALF_UP)
