"""Money adds up to the fen: promises by source, waterfalls, the difference and what explains it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from core.money import wan, wan_text, yuan
from funding.models import FundStage
from funding.reconciliation import (
    COUNTED_ORDER,
    STAGES,
    Line,
    aged,
    counted,
    difference,
    explained,
    matching,
    owed,
    together,
    waterfalls,
)

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
    assert list(STAGES) == list(FundStage.values) and set(COUNTED_ORDER) < set(STAGES)


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
    assert [line.id for line in counted(own)] == [3, 5]
    first, second, third = waterfalls(own)
    assert (first.counted, first.basis, first.outstanding) == (Decimal(20), "approved", Decimal(0))
    assert first.is_exceeded
    assert (second.counted, second.basis, second.left) == (Decimal(7), "received", Decimal(7))
    assert (third.counted, third.outstanding, third.is_exceeded) == (None, None, True)
    assert together([first, second, third]).counted == Decimal(27)


@given(lines)
def test_sources_add_up_to_the_whole_stage_by_stage(own: list[Line]) -> None:
    parts = waterfalls(own)
    whole = together(parts)
    for stage in STAGES:
        of_stage = [line.amount for line in own if line.stage == stage]
        assert whole.at(stage) == (sum(of_stage, Decimal(0)) if of_stage else None)
    counting = counted(own)
    assert whole.counted == (sum((line.amount for line in counting), Decimal(0)) if counting else None)
    assert all(part.counted == part.at(part.basis) for part in parts)


def test_what_was_only_asked_for_or_intended_is_not_promised() -> None:
    own = [
        Line(1, "甲", "applied", Decimal(458)),
        Line(2, "乙", "intended", Decimal(9)),
        Line(3, "乙", "received", Decimal(7)),
        Line(4, "丙", "applied", Decimal(30)),
        Line(5, "丙", "letter", Decimal(20)),
        Line(6, "丙", "received", Decimal(5)),
    ]
    first, second, third = waterfalls(own)
    assert (first.counted, first.promised, first.outstanding) == (Decimal(458), None, None)
    assert (second.counted, second.promised, second.outstanding) == (Decimal(9), Decimal(7), Decimal(0))
    assert (third.counted, third.promised, third.outstanding) == (Decimal(20), Decimal(20), Decimal(15))
    whole = together([first, second, third])
    assert (whole.counted, whole.promised, whole.outstanding) == (Decimal(487), Decimal(27), Decimal(15))


@given(lines, amounts)
def test_every_explanation_of_a_difference_adds_up_to_it(own: list[Line], stated: Decimal) -> None:
    found = difference(stated, own)
    if found is not None:
        assert found.stated + found.amount == found.summed != stated
        for group in found.explanations:
            assert sum(line.amount for line in group) == abs(found.amount)
            assert all(line in counted(own) for line in group)


@given(st.lists(amounts, max_size=8), st.integers(0, 2**8 - 1))
def test_up_to_three_lines_that_make_an_amount_are_found(given: list[Decimal], chosen: int) -> None:
    own = [Line(number, str(number), "approved", amount) for number, amount in enumerate(given)]
    wanted = [line for index, line in enumerate(own) if chosen >> index & 1][:3]
    amount = sum((line.amount for line in wanted), Decimal(0))
    if not wanted:
        return
    sizes = [
        size for size in (1, 2, 3) for group in combinations(own, size)
        if sum(line.amount for line in group) == amount
    ]  # fmt: skip
    found, more = explained(own, amount)
    assert found and {len(group) for group in found} == {min(sizes)}
    assert len(set(found)) == len(found) <= 5
    assert len(found) + more == sizes.count(min(sizes))


def test_of_many_equal_lines_five_are_told_and_the_rest_counted() -> None:
    found = difference(Decimal(10), [Line(n, str(n), "approved", Decimal(2)) for n in range(12)])
    assert found is not None and found.explanations == ()
    found = difference(Decimal(22), [Line(n, str(n), "approved", Decimal(2)) for n in range(12)])
    assert found is not None and (len(found.explanations), found.more) == (5, 7)


def test_two_lines_explain_together_what_none_explains_alone() -> None:
    found = difference(Decimal(4_300_000), OXYGEN_BAR)
    assert found is not None and found.amount == Decimal(1_700_000)
    assert found.explanations == ()
    found = difference(Decimal(4_500_000), OXYGEN_BAR)
    assert found is not None and [[line.source for line in group] for group in found.explanations] == [
        ["中石化", "天津"]
    ]


def test_goods_may_explain_a_total_that_is_larger() -> None:
    goods = [Line(9, "企业", "received", Decimal(300_000))]
    found = difference(Decimal(6_300_000), OXYGEN_BAR, goods)
    assert found is not None and found.summed == Decimal(6_000_000)
    assert found.explanations == ((goods[0],),)


TODAY = date(2023, 12, 31)
dated = st.lists(
    st.builds(
        Line,
        st.integers(1, 999),
        st.sampled_from("甲乙丙"),
        st.sampled_from(STAGES),
        amounts,
        st.dates(TODAY - timedelta(days=800), TODAY),
        st.booleans(),
    ),
    max_size=20,
)


@given(dated)
def test_what_is_owed_adds_up_to_the_outstanding_commitments(own: list[Line]) -> None:
    waiting = owed(own, TODAY)
    for part in waterfalls(own):
        of_source = sum((one.amount for one in waiting if one.line.source == part.source), Decimal(0))
        assert of_source == (part.outstanding or 0)
    assert sum(amount for _, amount in aged(waiting)) == sum(one.amount for one in waiting)
    assert all(0 < one.amount <= one.line.amount and one.days >= 0 for one in waiting)


def test_what_has_come_pays_the_oldest_commitment_first() -> None:
    own = [
        Line(1, "甲", "letter", Decimal(100), TODAY - timedelta(days=400)),
        Line(2, "甲", "letter", Decimal(50), TODAY - timedelta(days=31)),
        Line(3, "甲", "received", Decimal(70), TODAY),
        Line(4, "乙", "applied", Decimal(9), TODAY),
    ]
    assert [(one.line.id, one.amount, one.days) for one in owed(own, TODAY)] == [
        (1, Decimal(30), 400),
        (2, Decimal(50), 31),
    ]
    assert dict(aged(owed(own, TODAY))) == {
        "30天以内": 0,
        "31—90天": 50,
        "91—180天": 0,
        "181—365天": 0,
        "365天以上": 30,
    }


@given(dated, st.decimals("0.01", "1000", places=2))
def test_matching_takes_every_counted_line_once(own: list[Line], percent: Decimal) -> None:
    state = matching(own, percent)
    assert state.base + state.matched == sum((line.amount for line in counted(own)), Decimal(0))
    assert state.shortfall == max(state.required - state.matched, 0)
    of_sources = [matching(own, percent, source).base for source in "甲乙丙"]
    assert sum(of_sources) == state.base


def test_matching_of_one_source() -> None:
    own = [approved("省", 100, 1), approved("企业", 60, 2)]
    own.append(Line(3, "县", "approved", Decimal(300_000), None, True))
    own.append(Line(4, "省", "received", Decimal(400_000)))
    state = matching(own, Decimal(50), "省")
    assert (state.required, state.matched) == (Decimal(500_000), Decimal(300_000))
    assert (state.shortfall, state.shortfall_received) == (Decimal(200_000), Decimal(200_000))


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
