"""Quarters: their days, their neighbours, their writing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quarters import Quarter

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_quarter(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.start <= day <= quarter.end
    assert Quarter.parse(str(quarter)) == quarter


@given(DAYS)
def test_quarters_follow_each_other_without_gap(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.shift(1).start == quarter.end + timedelta(days=1)
    assert quarter.shift(1).shift(-1) == quarter


def test_the_last_eight_end_with_this_one() -> None:
    last = Quarter(2023, 1).last(8)
    assert (str(last[0]), str(last[-1]), len(last)) == ("2021Q2", "2023Q1", 8)
    assert Quarter(2023, 1).label == "2023年第1季度"


@pytest.mark.parametrize("text", ["2023Q5", "2023-1", "第一季度", "", "0000Q1", "9999Q4"])
def test_other_writing_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="2023Q1"):
        Quarter.parse(text)
