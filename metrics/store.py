"""Keeping figures: written in place, so that a figure computed again stays the same row."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Sum

from core.quarters import Quarter
from metrics import engine
from metrics.engine import Computed, Number, Place
from metrics.indicators import INDICATORS
from metrics.models import ComputationRun, Figure
from unions.models import Union

UPSERT = """
insert into metrics_figure as kept
  (indicator, quarter, union_id, county_id, group_key, group_value, numerator, denominator, run_id)
select *, %s::bigint from unnest(
  %s::text[], %s::text[], %s::bigint[], %s::int[], %s::text[], %s::text[], %s::numeric[], %s::numeric[])
on conflict (quarter, union_id, indicator, group_key, group_value) do update
  set numerator = excluded.numerator, denominator = excluded.denominator, run_id = excluded.run_id
"""
# Two computations of the same quarter must not interleave.
LOCK = 632_000


class Places(NamedTuple):
    """What is computed together: places with all below them, and those above that are sums of theirs."""

    within: list[Place]
    above: list[Place]

    @property
    def codes(self) -> list[int]:
        """Their divisions."""
        return [place.county_id for place in (*self.within, *self.above)]


def held_places(quarters: Sequence[Quarter], top: Union) -> Places:
    """`top`, all places below it and the sums above it, held until the end of the transaction.

    A sum needs all its parts: while any place has no figures of these quarters, everything is computed.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    areas = Union.objects.areas()
    if not _all_known(quarters):
        top = areas.get(parent__isnull=True)
    above = areas.filter(code__in=top.ancestor_codes()).exclude(pk=top.pk).order_by("-path")
    return Places(
        engine.places(areas.filter(path__startswith=top.path)),
        [Place(union.pk, union.county_id, (union.county_id,)) for union in above],
    )


def recompute(run: ComputationRun, quarters: Sequence[Quarter], places: Places) -> None:
    """Compute and store the figures of places that are held."""
    figures = engine.compute(quarters, [*places.within, *places.above])
    above = {place.union_id for place in places.above}
    write(run, quarters, [figure for figure in figures if figure.union_id not in above])
    for place in places.above:
        rows_of_its_own = [figure for figure in figures if figure.union_id == place.union_id]
        write(run, quarters, _with_children(place, quarters, rows_of_its_own))


def _all_known(quarters: Sequence[Quarter]) -> bool:
    """Whether every place has figures of all these quarters."""
    wholes = Figure.objects.filter(
        quarter__in=[str(quarter) for quarter in quarters], indicator=INDICATORS[0].code, group_key=""
    )
    return wholes.count() == len(quarters) * Union.objects.areas().count()


def write(run: ComputationRun, quarters: Sequence[Quarter], figures: Sequence[Computed]) -> None:
    """Replace the figures of these quarters and of the places that occur in `figures`."""
    columns: list[list[Any]] = [list(column) for column in zip(*figures, strict=True)]
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [run.pk, *columns])
    stale = Figure.objects.filter(
        quarter__in=[str(quarter) for quarter in quarters], union_id__in={one.union_id for one in figures}
    )
    stale.exclude(run=run).delete()
    run.figures_written += len(figures)


def _with_children(place: Place, quarters: Sequence[Quarter], own: Iterable[Computed]) -> list[Computed]:
    """A place's own rows plus the stored figures of the places directly below it."""
    keys = ("indicator", "quarter", "group_key", "group_value")
    children = Union.objects.areas().filter(parent_id=place.union_id)
    stored = Figure.objects.filter(union__in=children, quarter__in=[str(quarter) for quarter in quarters])
    summed: dict[tuple[str, ...], tuple[Number, Number]] = {
        tuple(row[:4]): row[4:]
        for row in stored.values_list(*keys).order_by().annotate(Sum("numerator"), Sum("denominator"))
    }
    for figure in own:
        key = (figure.indicator, figure.quarter, figure.group_key, figure.group_value)
        numerator, denominator = summed.get(key, (None, None))
        summed[key] = add(figure.numerator, numerator), add(figure.denominator, denominator)
    return [
        Computed(key[0], key[1], place.union_id, place.county_id, key[2], key[3], *halves)
        for key, halves in summed.items()
    ]


def add(one: Number, other: Number) -> Number:
    """A sum in which the unknown counts for nothing, unless nothing is known."""
    if one is None or other is None:
        return other if one is None else one
    return one + other
