"""Serving days and person-days against counting them one by one."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cases.milestones import bar
from cases.take_up import in_service, person_days, serving_spans

DAY = date(2023, 1, 1)
days = st.integers(0, 40).map(lambda number: DAY + timedelta(days=number))
spans = st.tuples(days, st.one_of(st.none(), days))
pauses_of_a_shop = spans.filter(lambda span: span[1] is None or span[0] < span[1])


def _holds(span: tuple[date, date | None], day: date) -> bool:
    return span[0] <= day and (span[1] is None or day < span[1])


@given(spans, st.lists(spans, max_size=4), st.lists(spans, max_size=4), days)
def test_person_days_are_the_days_one_counts(
    programme: tuple[date, date | None],
    shops: list[tuple[date, date | None]],
    enrolled: list[tuple[date, date | None]],
    through: date,
) -> None:
    counted = 0
    for number in range((through - DAY).days + 1):
        day = DAY + timedelta(days=number)
        if _holds(programme, day) and any(_holds(shop, day) for shop in shops):
            counted += sum(2 for spell in enrolled if _holds(spell, day))
    found = serving_spans(programme, shops, through)
    assert person_days(found, [(start, end, 2) for start, end in enrolled]) == counted
    assert all(start < end for start, end in found)
    assert all(one[1] < two[0] for one, two in pairwise(found))


@given(st.lists(spans, max_size=2), st.lists(pauses_of_a_shop, max_size=4), st.integers(1, 2))
def test_a_shop_serves_on_the_days_of_its_contracts_without_its_pauses(
    contracts: list[tuple[date, date | None]], pauses: list[tuple[date, date | None]], paused_shop: int
) -> None:
    serving = in_service(((1, *span) for span in contracts), ((paused_shop, *span) for span in pauses))
    for number in range(60):
        day = DAY + timedelta(days=number)
        off = paused_shop == 1 and any(_holds(pause, day) for pause in pauses)
        counted = sum(_holds(contract, day) for contract in contracts) if not off else 0
        assert sum(_holds(span, day) for span in serving) == counted


def test_764_workers_from_october_to_january_could_take_93972_meals() -> None:
    served = serving_spans((date(2022, 10, 1), None), [(date(2022, 10, 1), None)] * 18, date(2023, 1, 31))
    assert person_days(served, [(date(2022, 10, 1), None, 764)]) == 764 * 123


class Step:
    def __init__(self, label: str, planned_on: date | None, reached_on: date | None) -> None:
        self.label, self.planned_on, self.reached_on = label, planned_on, reached_on


def test_a_milestone_is_reached_late_overdue_planned_or_open() -> None:
    shown = bar(
        [
            Step("立项", date(2023, 1, 1), date(2023, 1, 4)),
            Step("开工", date(2023, 2, 1), None),
            Step("验收", date(2023, 9, 1), None),
            Step("投用", None, None),
        ],
        date(2023, 3, 1),
    )
    assert [step["state"] for step in shown["steps"]] == ["reached", "overdue", "planned", "open"]
    words = [step["words"] for step in shown["steps"]]
    assert words == ["已完成，晚 3 天", "已逾期 28 天", "未到期", "未安排"]
    assert (shown["reached"], shown["total"], shown["percent"], shown["overdue"]) == (1, 4, 25, 1)
