"""How many meals could have been taken: the pure rule behind the breakfast's take-up.

A serving day is a day on which the programme runs and at least one shop is under contract and does not pause.
Days without such a shop are not held against anybody. Spans run from their first day to before their last one, None
where they are open.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

Span = tuple[date, date | None]
ShopSpan = tuple[int, date, date | None]


def in_service(contracts: Iterable[ShopSpan], pauses: Iterable[ShopSpan]) -> list[Span]:
    """The spans of every shop's contracts without the days on which that shop pauses."""
    off: dict[int, list[Span]] = defaultdict(list)
    for shop, start, end in pauses:
        off[shop].append((start, end))
    return [left for shop, start, end in contracts for left in _without((start, end), off[shop])]


def _without(span: Span, pauses: Iterable[Span]) -> list[Span]:
    """What is left of a span; pauses may overlap one another."""
    left: list[Span] = []
    start, end = span
    for first, after in sorted(pauses, key=lambda pause: pause[0]):
        if end is not None and first >= end:
            break
        if first > start:
            left.append((start, first))
        if after is None:
            return left
        start = max(start, after)
    return [*left, (start, end)] if end is None or start < end else left


def serving_spans(programme: Span, shops: Iterable[Span], through: date) -> list[tuple[date, date]]:
    """The serving days up to and including `through`, as spans that do not overlap, in order."""
    first, last = programme[0], _before(programme[1], through)
    cut = sorted((max(start, first), min(_before(end, through), last)) for start, end in shops)
    merged: list[tuple[date, date]] = []
    for start, end in cut:
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def person_days(spans: Iterable[tuple[date, date]], enrolled: Iterable[tuple[date, date | None, int]]) -> int:
    """Serving days of every enrolled worker together; `enrolled` counts workers with the same span."""
    days = list(spans)
    return sum(count * _days_within(start, end, days) for start, end, count in enrolled)


def _days_within(start: date, end: date | None, spans: list[tuple[date, date]]) -> int:
    overlaps = (min(end or date.max, last) - max(start, first) for first, last in spans)
    return sum(max(overlap.days, 0) for overlap in overlaps)


def _before(end: date | None, through: date) -> date:
    following = through + timedelta(days=1)
    return following if end is None else min(end, following)
