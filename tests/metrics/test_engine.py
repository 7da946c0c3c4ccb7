"""The engine against a recount, and the laws every figure obeys."""

from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import scope
from core.quarters import Quarter
from metrics import engine
from metrics.facts import FACTS
from metrics.indicators import INDICATORS, REGISTRY, problems
from metrics.models import Figure
from tests.metrics.scene import COUNTIES, Recount, archive_some, fill, give_jointly
from tests.world import World, build
from unions.models import Union

QUARTERS = Quarter(2023, 3).last(7)
pytestmark = pytest.mark.django_db


@pytest.fixture(params=[1, 2])
def scene(request: pytest.FixtureRequest, db: None) -> World:
    world = build()
    fill(world, request.param)
    archive_some(world, request.param)
    give_jointly(world)
    scope.apply_everywhere()
    return world


def test_declarations_are_whole() -> None:
    assert problems() == []


def test_sql_counts_what_python_counts(scene: World) -> None:
    places = engine.places(Union.objects.filter(code__in=COUNTIES))
    computed = {
        (one.indicator, one.quarter, one.county_id, one.group_value or one.group_key): (
            one.numerator,
            one.denominator,
        )
        for one in engine.compute(QUARTERS, places)
        if one.group_key in ("", "ownership", "projects")
    }
    compared = 0
    for code in COUNTIES:
        for quarter in QUARTERS:
            for indicator, group, numerator, denominator in Recount(int(code), quarter).expected():
                found = computed.get((indicator, str(quarter), int(code), group), (0, 0))
                assert found == (numerator, denominator), (indicator, quarter, code, group)
                compared += 1
    assert compared > 500


def test_quarters_do_not_depend_on_what_else_is_asked(scene: World) -> None:
    together = engine.compute(QUARTERS)
    apart = [figure for quarter in QUARTERS for figure in engine.compute([quarter])]
    assert len(together) > 1500
    assert sorted(together, key=str) == sorted(apart, key=str)


def test_children_sum_to_the_parent(scene: World) -> None:
    figures = engine.compute(QUARTERS)
    children: dict[tuple[str, ...], list[engine.Number]] = defaultdict(list)
    parents = dict(Union.objects.areas().values_list("pk", "parent_id"))
    own = {place.union_id: engine.Place(*place[:2], (place.county_id,)) for place in engine.all_places()}
    above = [own[pk] for pk in set(parents.values()) - {None}]
    for one in [*figures, *engine.compute(QUARTERS, above)]:
        is_own = one in figures
        holder = parents[one.union_id] if is_own else one.union_id
        children[(one.indicator, one.quarter, one.group_key, one.group_value, str(holder))].append(
            one.numerator
        )
    for one in figures:
        key = (one.indicator, one.quarter, one.group_key, one.group_value, str(one.union_id))
        if one.union_id in set(parents.values()):
            parts = [number for number in children[key] if number is not None]
            assert one.numerator == (sum(parts) if parts else None), one


def test_one_statement_per_fact(scene: World) -> None:
    places = engine.all_places()
    with CaptureQueriesContext(connection) as queries:
        engine.compute(QUARTERS, places)
    counting = [query for query in queries.captured_queries if "set_config" not in query["sql"]]
    assert len(counting) == len(FACTS)


def test_unknown_and_empty_are_none() -> None:
    assert Figure(numerator=Decimal(1), denominator=Decimal(0)).rate is None
    assert Figure(numerator=Decimal(1), denominator=None).rate is None
    assert Figure(numerator=None, denominator=Decimal(1)).rate is None
    assert Figure(numerator=Decimal(22), denominator=Decimal(21)).rate > 1  # type: ignore[operator]


def test_rows_are_the_figure(scene: World) -> None:
    quarter = Quarter(2023, 1)
    place = engine.places([scene.unions["632300"]])[0]
    for one in engine.compute([quarter], [place]):
        indicator = REGISTRY[one.indicator]
        group = one.group_key, one.group_value
        halves = zip(indicator.halves(one.group_key), (one.numerator, one.denominator), strict=True)
        for half, (asked, expected) in zip(("numerator", "denominator"), halves, strict=True):
            opened = engine.rows(indicator, place, quarter, half, group=group, limit=10_000).rows
            amounts = [1 if row.amount is None else row.amount for row in opened]
            assert sum(amounts) == (expected or 0), (one, half)
            assert engine.total(asked, place, quarter, group=group) == expected, (one, half)


def test_rows_come_in_pages(scene: World) -> None:
    quarter, place = Quarter(2023, 1), engine.places([scene.unions["630000"]])[0]
    whole = engine.rows(INDICATORS[0], place, quarter, "denominator", limit=1000)
    first = engine.rows(INDICATORS[0], place, quarter, "denominator", limit=5)
    assert first.next_after == first.rows[-1].row_id
    second = engine.rows(INDICATORS[0], place, quarter, "denominator", after=first.next_after, limit=1000)
    assert [*first.rows, *second.rows] == whole.rows
    assert second.next_after is None
