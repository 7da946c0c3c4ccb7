"""Money is Decimal yuan with two decimals; 万元 is a way to show it, with the unit in the head."""

from decimal import ROUND_HALF_UP, Decimal

WAN = Decimal(10_000)
CENT = Decimal("0.01")


def yuan(amount: Decimal | None) -> str:
    """1234.5 → `1,234.50`; unknown is a dash."""
    return "—" if amount is None else f"{amount:,.2f}"


def wan(amount: Decimal | None) -> str:
    """5800000 → `580.00`: exact to the fen, at least two decimals, so that no difference is rounded away."""
    if amount is None:
        return "—"
    exact = amount / WAN
    rounded = exact.quantize(CENT, ROUND_HALF_UP)
    return f"{rounded:,.2f}" if rounded == exact else f"{exact.normalize():,f}"


def wan_text(amount: Decimal | None) -> str:
    """With its unit, for a sentence: `580.00 万元`."""
    return "—" if amount is None else f"{wan(amount)} 万元"


def spoken(amount: Decimal) -> str:
    """For a sentence, exact to the fen: 万元 where two decimals of it say everything, yuan otherwise."""
    is_round = abs(amount) >= WAN and amount % (WAN * CENT) == 0
    number, unit = (amount / WAN, "万元") if is_round else (amount, "元")
    return f"{number:,.0f}{unit}" if number == number // 1 else f"{number:,.2f}{unit}"


def wan_number(amount: Decimal | None) -> float | None:
    """For the axis of a chart only."""
    return None if amount is None else float(amount / WAN)
