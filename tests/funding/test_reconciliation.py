"""Money adds up to the fen: promises by source, waterfalls, the difference and what explains it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.money import wan, wan_text, yuan
from funding.models import FundStage
from funding.reconciliation import PROMISE_ORDER, STAGES, Line, difference, promised, together, waterfalls

amounts = st.decimals("0.01", "99999999.99", places=2)
lines = st.lists(
    st.builds(Line, st.integers(1, 999), st.sampled_from("甲乙丙丁"), st.sampled_from(STAGES), amounts),
    max_size=20,
)


def approved(source: str, wan_amount: int, number: int = 1) -> Line:
    return Line(number, source, "approved", Decimal(wan_amount) * 10_000)


OXYGEN_BAR = [
    approved("省州工会", 250, 1),
    approved("中石化", 130, 2),
    approved("天津", 20, 3),
    approved("县配套", 200, 4),
]


def test_the_stages_are_those_of_the_lines() -> None:
    assert list(STAGES) == list(FundStage.values) and set(PROMISE_ORDER) < set(STAGES)


def test_the_oxygen_bar_differs_by_the_line_of_200000() -> None:
    found = difference(Decimal(5_800_000), OXYGEN_BAR)
    assert found is not None
    assert (found.summed, found.amount) == (Decimal(6_000_000), Decimal(200_000))
    assert [line.source for line in found.suspects] == ["天津"]
    assert difference(Decimal(6_000_000), OXYGEN_BAR) is None
    assert difference(None, OXYGEN_BAR) is None and difference(Decimal(1), []) is None


def test_of_each_source_only_the_decisive_stage_counts() -> None:
    own = [
        Line(1, "甲", "intended", Decimal(30)),
        Line(2, "甲", "applied", Decimal(25)),
        Line(3, "甲", "approved", Decimal(20)),
        Line(4, "甲", "received", Decimal(22)),
        Line(5, "乙", "received", Decimal(7)),
        Line(6, "丙", "spent", Decimal(3)),
    ]
    assert [line.id for line in promised(own)] == [3, 5]
    first, second, third = waterfalls(own)
    assert (first.promised, first.basis, first.outstanding) == (Decimal(20), "approved", Decimal(0))
    assert first.is_exceeded
    assert (second.promised, second.basis, second.left) == (Decimal(7), "received", Decimal(7))
    assert (third.promised, third.outstanding, third.is_exceeded) == (None, None, True)
    assert together([first, second, third]).promised == Decimal(27)


@given(lines)
def test_sources_add_up_to_the_whole_stage_by_stage(own: list[Line]) -> None:
    parts = waterfalls(own)
    whole = together(parts)
    for stage in STAGES:
        of_stage = [line.amount for line in own if line.stage == stage]
        assert whole.at(stage) == (sum(of_stage, Decimal(0)) if of_stage else None)
    counted = promised(own)
    assert whole.promised == (sum((line.amount for line in counted), Decimal(0)) if counted else None)
    assert all(part.promised is None or part.promised == part.at(part.basis) for part in parts)


@given(lines, amounts)
def test_a_difference_names_only_lines_of_its_own_amount(own: list[Line], stated: Decimal) -> None:
    found = difference(stated, own)
    if found is not None:
        assert found.stated + found.amount == found.summed != stated
        assert all(line.amount == abs(found.amount) and line in promised(own) for line in found.suspects)


@given(lines)
def test_what_is_outstanding_is_never_negative_nor_more_than_promised(own: list[Line]) -> None:
    for part in waterfalls(own):
        if part.promised is not None and part.outstanding is not None:
            assert 0 <= part.outstanding <= part.promised


@given(amounts)
def test_10000_yuan_are_shown_without_losing_a_fen(amount: Decimal) -> None:
    assert Decimal(wan(amount).replace(",", "")) * 10_000 == amount


def test_money_in_words() -> None:
    assert wan_text(Decimal(5_800_000)) == "580.00 万元" and wan(None) == "—"
    assert yuan(Decimal("1234.5")) == "1,234.50" and wan(Decimal("0.01")) == "0.000001"
