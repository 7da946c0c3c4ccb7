"""How figures are written, and the rule of promises."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.reconciliation import Line, counted, difference
from metrics.cards import shown
from metrics.models import Figure
from metrics.store import add
from metrics.words import count, money, percent, points, tenths


@pytest.mark.parametrize(
    ("rate", "text"), [("0.9865", "98.7%"), ("1.047619", "104.8%"), ("0", "0.0%"), ("0.00049", "0.0%")]
)
def test_rates_are_rounded_half_up(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text


def test_numbers_in_words() -> None:
    assert count(Decimal("1234.00")) == "1,234" and count(Decimal("0.50")) == "0.50" and count(None) == "—"
    assert money(Decimal(5_800_000)) == "580万元" and money(Decimal(500)) == "500元"
    assert money(Decimal("6000000.05")) == "6,000,000.05元" and money(Decimal(399_999)) == "399,999元"
    assert money(Decimal(125_000)) == "12.50万元" and money(Decimal(-20_000)) == "-2万元"
    assert points(Decimal("0.9"), Decimal("0.886")) == "-1.4 个百分点"


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (22, 21, "22/21"),
        (1, 0, "1/0"),
        (0, 0, "—（分母为零）"),
        (5, None, "—（缺分母）"),
        (None, 5, "—（缺分子）"),
        (9, 10, "90.0%"),
    ],
)
def test_a_figure_in_a_cell(numerator: int | None, denominator: int | None, text: str) -> None:
    halves = [None if one is None else Decimal(one) for one in (numerator, denominator)]
    assert shown(Figure(numerator=halves[0], denominator=halves[1])) == text


numbers = st.none() | st.integers(0, 10**9)


@given(numbers, numbers, numbers)
def test_sums_with_the_unknown(one: int | None, two: int | None, three: int | None) -> None:
    assert add(one, two) == add(two, one)
    assert add(add(one, two), three) == add(one, add(two, three))
    assert add(None, one) == one


def lines(*given_lines: tuple[str, str, int]) -> list[Line]:
    return [Line(n, source, stage, Decimal(amount)) for n, (source, stage, amount) in enumerate(given_lines)]


def test_of_each_source_the_decisive_stage_counts() -> None:
    given_lines = lines(
        ("甲", "intended", 5),
        ("甲", "approved", 3),
        ("甲", "approved", 1),
        ("甲", "received", 4),
        ("乙", "received", 7),
    )
    assert [line.id for line in counted(given_lines)] == [1, 2, 4]
    assert difference(Decimal(11), given_lines) is None


def test_the_line_that_equals_the_difference_is_named() -> None:
    found = difference(Decimal(580), lines(("甲", "approved", 580), ("乙", "approved", 20)))
    assert found is not None and found.amount == 20
    assert [line.source for line in found.suspects] == ["乙"]


def test_without_total_or_lines_there_is_no_difference() -> None:
    assert difference(None, lines(("甲", "approved", 1))) is None
    assert difference(Decimal(5), lines(("甲", "spent", 1))) is None


def test_a_half_is_rounded_upwards_everywhere() -> None:
    """31.25 % is 31.3 on the page, on the axis and in the gap to a target."""
    assert percent(Decimal("0.3125")) == "31.3%"
    assert tenths(Decimal("0.3125")) == Decimal("31.3")
    assert points(Decimal("0.3"), Decimal("0.3125")) == "+1.3 个百分点"
