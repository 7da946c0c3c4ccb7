"""What use costs and where a day is missing: pure rules."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cases.grids import days_of, month_of
from cases.models import Project
from cases.usage import cost_per_visit, missing_days


def test_the_cost_is_unknown_while_a_half_is() -> None:
    assert cost_per_visit(None, 10) is None
    assert cost_per_visit(Decimal(100), 0) is None
    assert cost_per_visit(Decimal("100.00"), 3) == Decimal("33.33")
    assert cost_per_visit(Decimal(0), 3) == Decimal("0.00")


@given(st.decimals(0, 10**9, places=2), st.integers(1, 10**6))
def test_the_cost_times_the_visits_is_the_money(spent: Decimal, times: int) -> None:
    cost = cost_per_visit(spent, times)
    assert cost is not None and abs(cost * times - spent) <= Decimal("0.005") * times


def test_missing_days_end_yesterday_and_begin_with_the_opening() -> None:
    today, opened = date(2023, 10, 5), date(2023, 10, 2)
    assert missing_days(opened, today, {date(2023, 10, 3)}) == [date(2023, 10, 2), date(2023, 10, 4)]
    assert missing_days(today, today, set()) == []
    assert len(missing_days(date(2020, 1, 1), today, set())) == 30


def test_a_months_table_has_the_days_there_can_have_been_use() -> None:
    project = Project(opened_on=date(2023, 9, 25))
    september = days_of(project, date(2023, 9, 1), date(2024, 1, 1))
    assert (september[0], september[-1]) == (date(2023, 9, 25), date(2023, 9, 30))
    assert len(days_of(project, date(2024, 2, 1), date(2024, 3, 1))) == 29
    assert days_of(project, date(2024, 2, 1), date(2024, 2, 3))[-1] == date(2024, 2, 3)
    assert days_of(project, date(2023, 8, 1), date(2024, 1, 1)) == []


def test_a_month_is_read_from_the_address() -> None:
    assert month_of("2023-10") == date(2023, 10, 1)
    assert [month_of(text) for text in ("", "2023", "2023-13", "23-1", "x-1", "0000-01")] == [None] * 6
