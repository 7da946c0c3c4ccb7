"""Split money over payers so that every total adds up to the fen. Pure rules.

A month has one amount per shop. What is fixed per meal is exact by itself; the rest is shared by weights, and
its payers' totals of the month are rounded by the largest remainder. The shops' rows are then filled so that
rows and columns both add up, every cell within one fen of its exact part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
Row = tuple[Decimal, ...]


@dataclass(frozen=True)
class Part:
    """One payer's part of a meal: so many yuan (`amount`), or a weight in what the amounts leave."""

    amount: Decimal | None = None
    weight: Decimal | None = None


def why_not_whole(face_value: Decimal, parts: Sequence[Part]) -> str:
    """Why the parts do not make up the face value, as a sentence; empty when they do."""
    if not parts:
        return "请至少写一方。"
    fixed = sum((part.amount for part in parts if part.amount is not None), ZERO)
    weighted = any(part.weight is not None for part in parts)
    if fixed > face_value:
        return f"各方按元承担的合计 {fixed} 元，超过每份标准 {face_value} 元。请核对金额。"
    if weighted and fixed == face_value:
        return f"按元承担的已满 {face_value} 元，没有剩下的可以按比例分。请减少金额，或删去按比例的各方。"
    if not weighted and fixed < face_value:
        return f"各方合计 {fixed} 元，每份标准 {face_value} 元，还差 {face_value - fixed} 元。请补齐。"
    return ""


def per_meal(face_value: Decimal, parts: Sequence[Part]) -> list[Fraction]:
    """What each payer bears of one meal, in yuan, exactly."""
    rest = Fraction(face_value - sum((part.amount for part in parts if part.amount is not None), ZERO))
    weights = sum((Fraction(part.weight) for part in parts if part.weight is not None), Fraction(0))
    return [
        Fraction(part.amount) if part.amount is not None else rest * Fraction(part.weight or 0) / weights
        for part in parts
    ]


def split_month(
    meals: Sequence[int], face_value: Decimal, parts: Sequence[Part], totals: Row | None = None
) -> list[Row]:
    """One row of amounts per shop (or day), in the order of `parts`; `meals` counts each one's meals.

    Where the payers' totals stand already, as those of a line do for its days, they are kept.
    """
    weights = [Fraction(part.weight) for part in parts if part.weight is not None]
    rest = _fen(face_value) - sum(_fen(part.amount) for part in parts if part.amount is not None)
    sums = None
    if totals is not None:
        sums = [_fen(total) for part, total in zip(parts, totals, strict=True) if part.weight is not None]
    shared = iter(zip(*split_rows([count * rest for count in meals], weights, sums), strict=True))
    columns = [
        [count * _fen(part.amount) for count in meals]
        if part.amount is not None
        else next(shared, (0,) * len(meals))
        for part in parts
    ]
    return [tuple(_yuan(fen) for fen in row) for row in zip(*columns, strict=True)]


def split_rows(
    totals: Sequence[int], weights: Sequence[Fraction], column_sums: Sequence[int] | None = None
) -> list[list[int]]:
    """Whole numbers by weight: each row adds up to its total, each column to its part of the whole."""
    whole = sum(weights, Fraction(0))
    exact = [[total * weight / whole for weight in weights] for total in totals]
    cells = [[part.__floor__() for part in row] for row in exact]
    column_sums = apportion(sum(totals), weights) if column_sums is None else column_sums
    missing = [column_sums[j] - sum(row[j] for row in cells) for j in range(len(weights))]
    short = [total - sum(row) for total, row in zip(totals, cells, strict=True)]
    for i in sorted(range(len(cells)), key=lambda i: (-short[i], i)):
        _fill(cells[i], exact[i], short[i], missing)
    return cells


def _fill(row: list[int], exact: list[Fraction], short: int, missing: list[int]) -> None:
    """Give the row what it is short of, to the columns that miss most; of these, to the largest remainder."""
    while short > 0:
        order = sorted(range(len(row)), key=lambda j: (-missing[j], row[j] - exact[j], j))
        for j in order[:short]:
            if missing[j] > 0:
                row[j] += 1
                missing[j] -= 1
                short -= 1


def apportion(total: int, weights: Sequence[Fraction]) -> list[int]:
    """The largest remainder: floors first, what is left to the largest fractions, ties to the earlier."""
    if not weights:
        return []
    whole = sum(weights, Fraction(0))
    exact = [total * weight / whole for weight in weights]
    parts = [part.__floor__() for part in exact]
    order = sorted(range(len(parts)), key=lambda j: (parts[j] - exact[j], j))
    for j in order[: total - sum(parts)]:
        parts[j] += 1
    return parts


def _fen(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
