"""How figures are written: rates to one decimal, thousands separated, unknown as a dash."""

from decimal import ROUND_HALF_UP, Decimal

from core.money import spoken

UNKNOWN = "—"
TENTH = Decimal("0.1")


def tenths(rate: Decimal) -> Decimal:
    """A rate in percent to one decimal, a half upwards: the one rounding of figures."""
    return (rate * 100).quantize(TENTH, ROUND_HALF_UP)


def percent(rate: Decimal | None) -> str:
    """0.98649 → 98.6%."""
    return UNKNOWN if rate is None else f"{tenths(rate):,}%"


def points(before: Decimal | None, after: Decimal | None) -> str:
    """The change of a rate in percentage points, with its sign."""
    if before is None or after is None:
        return UNKNOWN
    return f"{tenths(after - before):+,} 个百分点"


def count(value: Decimal | int | None) -> str:
    """1234.00 → 1,234; 1234.50 → 1,234.50."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value == value // 1 else f"{value:,.2f}"


def signed(value: Decimal | None) -> str:
    """A change of one half, with its sign."""
    if value is None:
        return UNKNOWN
    return ("+" if value > 0 else "") + count(value)


def money(yuan: Decimal) -> str:
    """Large round sums in 万元, others in yuan; never rounded, so that a difference shows."""
    return spoken(yuan)
