"""Quarter computation: eight quarters of every indicator for the whole province, stored as figures.

The peer asks the ORM county by county, quarter by quarter, indicator by indicator, for the totals alone (no
groups, no prefectures, no checks); it is measured on a sample of the counties, which are alike in size, and
scaled. Its figures must be the portal's. The floor counts the rows of each table that is read, once. All find
the tables in memory.
"""

from typing import Any

from bench import harness
from bench.harness import Outcome, Variant
from bench.server import Server

SAMPLED, COUNTIES = 3, 45


def compare(server: Server, size: int, most: int) -> dict[str, Any]:
    """The JSON line of this comparison."""
    empty = harness.empty(server)
    harness.tell(f"  province of {size:,} memberships")
    full = harness.prepare(server, f"province{size}", "bench.province", template=empty, size=size)
    variants = {
        "portal": Variant("bench.quarter.portal", full, {"sampled": SAMPLED}, repeats=3),
        "floor": Variant("bench.quarter.floor", full, {}, repeats=3),
        "orm_loop": Variant("bench.quarter.orm_loop", full, {"sampled": SAMPLED}),
    }
    return _line(size, harness.measure(server, variants, most))


def _line(size: int, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    ours, peer, floor = outcomes["portal"], outcomes["orm_loop"], outcomes["floor"]
    county_quarter = ours.said["county_quarter_seconds"]
    return harness.line(
        "quarter",
        size,
        ours,
        peer.seconds * COUNTIES / SAMPLED,
        floor.seconds,
        quarters=8,
        figures=ours.said["figures_written"],
        peer_sampled_counties=SAMPLED,
        peer_extrapolated=True,
        peer_peak_mb=round(peer.peak_mb, 1),
        rows_counted_by_floor=floor.said["rows"],
        figures_compared=_compared(ours.said["sample"], peer.said["sample"]),
        county_quarter_seconds=round(county_quarter, 4),
        county_quarter_ratio_to_floor=round(county_quarter / floor.seconds, 2),
    )


def _compared(ours: dict[str, Any], peers: dict[str, Any]) -> int:
    """How many figures both have computed; a different one is an error."""
    different = {key: (ours.get(key), value) for key, value in peers.items() if ours.get(key) != value}
    if different:
        raise RuntimeError(f"the peer's figures differ: {dict(list(different.items())[:5])}")
    return len(peers)
