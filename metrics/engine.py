"""The engine: runs the facts and divides nothing.

One grouped statement per fact gives both halves of every indicator for all asked quarters and places, with one
look at each row (docs/adr/0010-quarters-as-bits.md). The same fact, asked for its rows, gives what stands behind
any of these figures.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from core.quarters import Quarter
from metrics.facts import FACTS, Fact
from metrics.indicators import INDICATORS, Half, Indicator
from unions.models import Union

Number = Decimal | int | None


class Place(NamedTuple):
    """A union for which figures are kept, with the divisions whose rows belong to it."""

    union_id: int
    county_id: int
    codes: tuple[int, ...]


class Computed(NamedTuple):
    """One figure: two halves, not divided."""

    indicator: str
    quarter: str
    union_id: int
    county_id: int
    group_key: str
    group_value: str
    numerator: Number
    denominator: Number


class Cell(NamedTuple):
    """Where a sum stands in a fact's answer."""

    quarter: str
    union_id: int
    group_key: str
    group_value: str


Sums = dict[str, dict[Cell, dict[str, Number]]]

FEW_PLACES = 5
# Every quarter is a bit of a bigint.
MOST_QUARTERS = 60

ASKED = """
asked (quarter, start_on, end_on, through_on, position, bit) as (
  select *, 1::bigint << (position - 1)::int
  from unnest(%(quarters)s::text[], %(starts)s::date[], %(ends)s::date[], %(throughs)s::date[])
    with ordinality as q (quarter, start_on, end_on, through_on, position))
"""


def places(unions: Iterable[Union]) -> list[Place]:
    """The given unions of county level and above, each with the divisions of everything below it."""
    areas = list(Union.objects.areas().values_list("path", "county_id"))
    return [
        Place(union.pk, union.county_id, tuple(code for path, code in areas if path.startswith(union.path)))
        for union in unions
    ]


def all_places() -> list[Place]:
    """Every place of the portal that the transaction's scope opens."""
    return places(Union.objects.areas())


def compute(
    quarters: Sequence[Quarter], counties: Sequence[Place] | None = None, today: date | None = None
) -> list[Computed]:
    """Both halves of every indicator for the quarters and places (default: all), from the rows now."""
    quarters = sorted(quarters)
    asked = all_places() if counties is None else counties
    with _steady_plans(asked):
        sums = {fact.key: _sums(fact, quarters, asked, today) for fact in FACTS}
    return [
        figure
        for indicator in INDICATORS
        for figure in _figures(indicator, _since(indicator, quarters), asked, sums)
    ]


@contextmanager
def _steady_plans(asked: Sequence[Place]) -> Iterator[None]:
    """Keep the planner from nested loops over whole tables.

    After a large import the tables have no statistics yet, and a loop that looks cheap takes minutes. For a
    few counties loops over an index are the better plan and stay allowed.
    """
    if len(asked) <= FEW_PLACES:
        yield
        return
    _allow_nested_loops("off")
    yield
    _allow_nested_loops("on")


def _allow_nested_loops(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('enable_nestloop', %s, true)", [state])


def _since(indicator: Indicator, quarters: Sequence[Quarter]) -> list[str]:
    return [str(quarter) for quarter in quarters if quarter >= indicator.since_quarter]


def _sums(
    fact: Fact, quarters: Sequence[Quarter], asked: Sequence[Place], today: date | None
) -> dict[Cell, dict[str, Number]]:
    pairs = [(place.union_id, code) for place in asked for code in place.codes]
    parameters = _parameters(quarters, sorted({code for _, code in pairs}), today) | {
        "areas": [union_id for union_id, _ in pairs],
        "divisions": [code for _, code in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(_grouped(fact), parameters)
        return {Cell(*row[:4]): dict(zip(fact.measures, row[4:], strict=True)) for row in cursor.fetchall()}


@cache
def _grouped(fact: Fact) -> str:
    """The fact's one statement: rows in piles of the same quarters, spread over them, rolled up to every place."""
    columns = [grouping.column for grouping in fact.groupings]
    own = ", ".join(["county_id", *columns])
    sets = ", ".join(["(quarter, county_id)", *(f"(quarter, county_id, {column})" for column in columns)])
    rolled = ", ".join(f"sum({measure}) as {measure}" for measure in fact.measures)
    known = ", ".join(fact.known(measure) for measure in fact.measures)
    return f"""
      with {ASKED},
      area (union_id, code) as (select * from unnest(%(areas)s::bigint[], %(divisions)s::int[])),
      fact as ({fact.sql}),
      pile as ({_piles(fact, own)}),
      spread as ({_spread(fact, own)}),
      cell as (
        select quarter, county_id, {_case(fact, "key")} as group_key, {_case(fact, "value")} as group_value,
               {rolled}
        from spread
        group by grouping sets ({sets})
      )
      select cell.quarter, area.union_id, cell.group_key, cell.group_value, {known}
      from cell join area on area.code = cell.county_id
      where cell.group_value is not null
      group by cell.quarter, area.union_id, cell.group_key, cell.group_value
    """


def _piles(fact: Fact, own: str) -> str:
    """The fact's rows piled up, once for every set of quarters that they carry."""
    amounts = "".join(f", sum({amount}) as {amount}" for amount in fact.amounts)
    piles = ", ".join(f"({own}, {quarters})" for quarters in fact.sets)
    return f"""
      select {own}, {", ".join(fact.sets)}, count(*)::int as rows{amounts}
      from fact group by grouping sets ({piles})
    """


def _spread(fact: Fact, own: str) -> str:
    """The piles' totals in each quarter."""
    counts = [f"sum(rows) filter (where {count} is not null) as {count}" for count in fact.counts]
    amounts = [f"sum({amount}) filter (where quarters is not null) as {amount}" for amount in fact.amounts]
    return f"""
      select quarter, {own}, {", ".join(counts + amounts)}
      from pile join asked on coalesce({", ".join(fact.sets)}) & bit <> 0
      group by quarter, {own}
    """


def _case(fact: Fact, want: str) -> str:
    """A CASE that tells by which column a row of the grouping sets is grouped, or that column's value."""
    branches = [
        f"when grouping({one.column}) = 0 then "
        + (f"'{one.key}'" if want == "key" else f"{one.column}::text")
        for one in fact.groupings
    ]
    return f"case {' '.join(branches)} else '' end" if branches else "''"


def _parameters(quarters: Sequence[Quarter], codes: Sequence[int], today: date | None) -> dict[str, Any]:
    last = today or timezone.localdate()
    return {
        "quarters": [str(quarter) for quarter in quarters],
        "starts": [quarter.start for quarter in quarters],
        "ends": [quarter.end for quarter in quarters],
        "throughs": [min(quarter.end, last) for quarter in quarters],
        "first_on": quarters[0].start,
        "last_on": quarters[-1].end,
        "all": (1 << len(quarters)) - 1,
        "instants": [_midnight_after(quarter.end) for quarter in quarters],
        "codes": list(codes),
    }


def _midnight_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _figures(
    indicator: Indicator, quarters: Sequence[str], asked: Sequence[Place], sums: Sums
) -> Iterator[Computed]:
    county_of = {place.union_id: place.county_id for place in asked}
    wholes = [Cell(quarter, union_id, "", "") for quarter in quarters for union_id in county_of]
    cells = [*wholes, *_group_cells(indicator, set(quarters), sums)]
    yield from _halves(indicator, "", cells, county_of, sums)
    for companion in indicator.companions:
        yield from _halves(indicator, companion.key, wholes, county_of, sums)


def _halves(
    indicator: Indicator, companion: str, cells: Iterable[Cell], county_of: dict[int, int], sums: Sums
) -> Iterator[Computed]:
    """Both halves in each cell; those of a companion are kept under its key."""
    numerator, denominator = (_reader(half, sums) for half in indicator.halves(companion))
    for cell in cells:
        quarter, union_id, group_key, group_value = cell
        place = union_id, county_of[union_id]
        group = companion or group_key, group_value
        yield Computed(indicator.code, quarter, *place, *group, numerator(cell), denominator(cell))


def _reader(half: Half, sums: Sums) -> Callable[[Cell], Number]:
    """Tells the half's value in a cell."""
    cells, measure, empty = sums[half.fact.key], half.measure, half.fact.empty(half.measure)
    return lambda cell: cells[cell][measure] if cell in cells else empty


def _group_cells(indicator: Indicator, quarters: set[str], sums: Sums) -> list[Cell]:
    """The cells of the indicator's groups in which at least one half is known and not zero."""
    if not indicator.groups:
        return []
    found = {
        cell
        for half in (indicator.numerator, indicator.denominator)
        for cell, measures in sums[half.fact.key].items()
        if cell.group_key in indicator.groups and cell.quarter in quarters and measures[half.measure]
    }
    return sorted(found)


class Behind(NamedTuple):
    """One row behind a figure: its primary key in the fact's model and what it contributes."""

    row_id: int
    amount: Decimal | None


@dataclass(frozen=True)
class Opened:
    """A page of the rows behind one half of a figure; `next_after` continues it."""

    model: str
    rows: list[Behind]
    next_after: int | None


NUMERATOR, DENOMINATOR, OUTSIDE = "numerator", "denominator", "outside"


def rows(
    indicator: Indicator,
    place: Place,
    quarter: Quarter,
    half: str,
    *,
    group: tuple[str, str] = ("", ""),
    after: int = 0,
    limit: int = 50,
    today: date | None = None,
) -> Opened:
    """The rows behind a half; `half="outside"` gives rows of the numerator that the denominator lacks."""
    numerator, denominator = indicator.halves(group[0])
    chosen = denominator if half == DENOMINATOR else numerator
    fact, condition = chosen.fact, chosen.fact.taken(chosen.measure)
    if half == OUTSIDE:
        condition = f"{condition} and not {denominator.fact.taken(denominator.measure)}"
    amount = "null::numeric" if chosen.measure in fact.counts else f"sum({chosen.measure})::numeric"
    statement = f"""
      with {ASKED}, fact as ({fact.sql})
      select row_id, {amount} from fact
      where quarters <> 0 and {condition} and ({_belongs(fact, group[0])}) and row_id > %(after)s
      group by row_id order by row_id limit %(limit)s
    """
    parameters = _parameters([quarter], place.codes, today)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"group": group[1], "after": after, "limit": limit + 1})
        found = [Behind(*row) for row in cursor.fetchall()]
    page = found[:limit]
    return Opened(fact.model, page, page[-1].row_id if len(found) > limit else None)


def total(
    half: Half,
    place: Place,
    quarter: Quarter,
    *,
    group: tuple[str, str] = ("", ""),
    today: date | None = None,
) -> Number:
    """What the rows behind a half make together as they are now; the stored figure says what they made once."""
    fact, measure = half.fact, half.measure
    summed = f"count(*) filter (where {measure} <> 0)" if measure in fact.counts else f"sum({measure})"
    statement = f"""
      with {ASKED}, fact as ({fact.sql})
      select {summed} from fact where quarters <> 0 and ({_belongs(fact, group[0])})
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters([quarter], place.codes, today) | {"group": group[1]})
        found: Number = cursor.fetchone()[0]
    return fact.empty(measure) if found is None else found


def _belongs(fact: Fact, group_key: str) -> str:
    """The SQL condition under which a row belongs to the group `%(group)s`."""
    columns = fact.columns_of(group_key)
    return " or ".join(f"{column}::text = %(group)s" for column in columns) or "true"
