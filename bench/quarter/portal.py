"""The portal: the action that its nightly clock and its button perform."""

from time import perf_counter
from typing import Any

from bench.province import LAST, QUARTERS
from bench.quarter.floor import scan
from bench.quarter.sample import sampled_counties
from core import scope
from core.imports.console import account
from core.scope import applied
from metrics import actions
from metrics.models import Figure


def run(sampled: int) -> dict[str, Any]:
    """Seconds of all, then of one county in one quarter, and the figures of the sampled counties."""
    admin = account("admin")
    scan()
    begun = perf_counter()
    whole = actions.compute_quarters(by=admin, quarters=[str(quarter) for quarter in QUARTERS])
    computed = perf_counter()
    with applied(admin):
        counties = sampled_counties(sampled)
    again = perf_counter()
    actions.compute_quarters(by=admin, quarters=[str(LAST)], county=counties[0])
    done = perf_counter()
    with applied(admin):
        sample = _figures([county.pk for county in counties])
    return {
        "seconds": computed - begun,
        "county_quarter_seconds": done - again,
        "figures_written": whole.figures_written,
        "sample": sample,
    }


def _figures(union_ids: list[int]) -> dict[str, Any]:
    scope.apply_everywhere()
    figures = Figure.objects.filter(union_id__in=union_ids, group_key="").select_related("union")
    return {
        f"{one.union.code} {one.quarter} {one.indicator}": [_number(one.numerator), _number(one.denominator)]
        for one in figures
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
