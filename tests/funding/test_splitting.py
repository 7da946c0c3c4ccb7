"""Every split adds up to the fen, whatever the rule; capitals and the wording of rules."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from funding.settling.capitals import DIGITS, capitals
from funding.settling.splitting import Part, apportion, per_meal, split_month, split_rows, why_not_whole
from funding.settling.wording import NotUnderstood, Payer, read_payers, write_payers

YUAN = st.integers(1, 5_000).map(lambda fen: Decimal(fen) / 100)
RATIO = st.integers(1, 1_000_000).map(lambda number: Decimal(number) / 10_000)
MEALS = st.lists(st.integers(0, 3_000), max_size=25)
WEIGHTS = st.lists(st.integers(1, 10**6).map(Fraction), min_size=1, max_size=8)


@st.composite
def rules(draw: st.DrawFn) -> tuple[Decimal, list[Part]]:
    """A face value and parts that make it up, fixed ones, weighted ones or both, in any order."""
    parts = [Part(amount=amount) for amount in draw(st.lists(YUAN, max_size=4))]
    fixed = sum((part.amount for part in parts if part.amount), Decimal(0))
    weighted = [Part(weight=ratio) for ratio in draw(st.lists(RATIO, max_size=5))]
    face = fixed + (draw(YUAN) if weighted else Decimal(0))
    assume(parts or weighted)
    return face, draw(st.permutations(parts + weighted))


@settings(deadline=None)
@given(rules(), MEALS)
def test_a_month_adds_up_in_rows_columns_and_totals(
    rule: tuple[Decimal, list[Part]], meals: list[int]
) -> None:
    face, parts = rule
    assert why_not_whole(face, parts) == ""
    rows = split_month(meals, face, parts)
    assert [sum(row) for row in rows] == [count * face for count in meals]
    exact = per_meal(face, parts)
    assert sum(exact) == Fraction(face)
    for row, count in zip(rows, meals, strict=True):
        for amount, one in zip(row, exact, strict=True):
            assert amount >= 0
            assert amount == amount.quantize(Decimal("0.01"))
            assert abs(Fraction(amount) - count * one) <= Fraction(1, 100)
    for j, one in enumerate(exact):
        assert abs(Fraction(sum(row[j] for row in rows)) - sum(meals) * one) < Fraction(1, 100)


@settings(deadline=None)
@given(rules(), st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=31), min_size=1, max_size=5))
def test_the_days_of_every_shop_add_up_to_its_month(
    rule: tuple[Decimal, list[Part]], shops: list[list[int]]
) -> None:
    face, parts = rule
    for days, month in zip(shops, split_month([sum(days) for days in shops], face, parts), strict=True):
        rows = split_month(days, face, parts, month)
        assert [sum(row) for row in rows] == [count * face for count in days]
        assert tuple(map(sum, zip(*rows, strict=True))) == month
        assert all(amount >= 0 for row in rows for amount in row)


@settings(deadline=None)
@given(rules(), MEALS)
def test_the_months_columns_do_not_depend_on_how_shops_divide_it(
    rule: tuple[Decimal, list[Part]], meals: list[int]
) -> None:
    face, parts = rule
    assume(meals)
    whole = split_month([sum(meals)], face, parts)[0]
    assert tuple(map(sum, zip(*split_month(meals, face, parts), strict=True))) == whole


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=12), WEIGHTS)
def test_small_amounts_add_up_as_well(totals: list[int], weights: list[Fraction]) -> None:
    """Amounts of a few fen, where nearly every cell is a remainder."""
    rows = split_rows(totals, weights)
    assert [sum(row) for row in rows] == totals
    columns = [sum(row[j] for row in rows) for j in range(len(weights))]
    assert columns == apportion(sum(totals), weights)
    whole = sum(weights, Fraction(0))
    for total, row in zip(totals, rows, strict=True):
        assert all(
            cell >= 0 and abs(cell - total * weight / whole) <= 1
            for cell, weight in zip(row, weights, strict=True)
        )


def test_the_ratios_of_the_documents() -> None:
    ratio = [Part(weight=Decimal("1.8")), Part(weight=Decimal(1))]
    assert split_month([1], Decimal("1000.00"), ratio) == [(Decimal("642.86"), Decimal("357.14"))]
    half = [Part(weight=Decimal(50)), Part(weight=Decimal(50))]
    assert split_month([1, 1], Decimal("0.01"), half) == [
        (Decimal("0.01"), Decimal("0.00")),
        (Decimal("0.00"), Decimal("0.01")),
    ]
    meal = [Part(amount=Decimal(1)), Part(amount=Decimal(2)), *ratio]
    assert per_meal(Decimal(11), meal)[2] == Fraction(36, 7)


@pytest.mark.parametrize(
    ("face", "parts", "words"),
    [
        ("11", [], "至少写一方"),
        ("11", [Part(amount=Decimal(12))], "超过每份标准"),
        ("11", [Part(amount=Decimal(11)), Part(weight=Decimal(1))], "没有剩下的"),
        ("11", [Part(amount=Decimal(10))], "还差 1"),
    ],
)
def test_parts_that_do_not_make_up_the_face_value(face: str, parts: list[Part], words: str) -> None:
    assert words in why_not_whole(Decimal(face), parts)


# --- capitals


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零圆整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾圆整"),
        ("11.00", "壹拾壹圆整"),
        ("1409.50", "壹仟肆佰零玖圆伍角整"),
        ("6007.14", "陆仟零柒圆壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾圆叁角贰分"),
        ("107000.53", "壹拾万柒仟圆伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖圆零贰分"),
        ("325.04", "叁佰贰拾伍圆零肆分"),
        ("100000000", "壹亿圆整"),
        ("100000001", "壹亿零壹圆整"),
        ("1000010000", "壹拾亿零壹万圆整"),
        ("20010000.10", "贰仟零壹万圆壹角整"),
        ("-11", "负壹拾壹圆整"),
    ],
)
def test_capitals(amount: str, words: str) -> None:
    assert capitals(Decimal(amount)) == words


@settings(deadline=None)
@given(st.integers(0, 10**13 - 1))
def test_capitals_can_be_read_back(fen: int) -> None:
    assert _read_back(capitals(Decimal(fen).scaleb(-2))) == fen


def _read_back(words: str) -> int:
    """The amount in fen of an amount in capitals."""
    yuan, _, small = words.rpartition("圆")
    return _whole_of(yuan) * 100 + _small(small)


def _whole_of(words: str) -> int:
    for name, size in (("亿", 10**8), ("万", 10**4)):
        if name in words:
            above, _, below = words.rpartition(name)
            return _whole_of(above) * size + _whole_of(below)
    return _group_of(words)


def _group_of(words: str) -> int:
    total = digit = 0
    for letter in words:
        if letter in DIGITS:
            digit = DIGITS.index(letter)
        else:
            total, digit = total + digit * 10 ** ("拾佰仟".index(letter) + 1), 0
    return total + digit


def _small(words: str) -> int:
    digits = {letter: words[words.index(letter) - 1] for letter in "角分" if letter in words}
    return 10 * DIGITS.index(digits.get("角", "零")) + DIGITS.index(digits.get("分", "零"))


# --- the wording of a rule


def test_a_rule_is_read_as_people_write_it() -> None:
    payers = read_payers("职工个人　１元；商家让利2.00 元\n省总工会 比例1.8\n 区总工会（未分列） 比例 1 ")
    assert payers == [
        Payer("职工个人", Part(amount=Decimal("1.00"))),
        Payer("商家让利", Part(amount=Decimal("2.00"))),
        Payer("省总工会", Part(weight=Decimal("1.8"))),
        Payer("区总工会（未分列）", Part(weight=Decimal(1))),
    ]
    assert read_payers(write_payers(payers)) == payers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("职工个人 一元", "看不出"),
        ("1元", "看不出"),
        ("职工个人 1.234元", "两位小数"),
        ("省总工会 比例1.23456", "四位小数"),
        ("职工个人 0元", "不出钱的不写"),
        ("职工个人 1元；职工个人 2元", "写了两次"),
    ],
)
def test_what_is_no_rule_is_said(text: str, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        read_payers(text)
