"""Check-in: a worker's confirming tap, from the request to the durable meal and the answer's page.

The floor is a bare view: no middleware, no templates, one row inserted into a table with the same uniqueness.
The peer is the usual view: the portal's middleware, look-ups by the ORM, a question whether the worker has
eaten, an insert. All commit durably, one request after the other: over HTTP, which the goals are about, and
through the WSGI application in one process, where what the server itself costs does not blur the ratio.
"""

from typing import Any

from bench import harness
from bench.harness import Outcome, Variant
from bench.server import Server

REPEATS = 3
VIEWS = ("portal", "usual", "bare")
SERVED = ("portal", "bare")


def compare(server: Server, size: int, most: int) -> dict[str, Any]:
    """The JSON line of this comparison."""
    empty = harness.empty(server)
    harness.tell(f"  a programme of {size:,} workers")
    full = harness.prepare(server, f"workers{size}", "bench.checkin.programme", template=empty, size=size)
    variants = {view: Variant("bench.checkin.taps", full, {"view": view}, REPEATS) for view in VIEWS}
    variants["served"] = Variant("bench.checkin.served", full, {"views": SERVED}, REPEATS)
    return _line(size, harness.measure(server, variants, most))


def _line(size: int, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    ours, usual, bare = (outcomes[view] for view in VIEWS)
    served = outcomes["served"].said
    return harness.line(
        "checkin",
        size,
        ours,
        usual.seconds,
        bare.seconds,
        http_ratio=_served_ratio(served, "seconds"),
        http_throughput_ratio=_served_ratio(served, "mean_seconds"),
        http_p95_ratio=_served_ratio(served, "p95_seconds"),
        http_seconds={view: round(served[f"{view}_seconds"], 5) for view in SERVED},
        p95_ratio=round(ours.said["p95_seconds"] / bare.said["p95_seconds"], 2),
        cpu_ratio=round(ours.said["cpu_seconds"] / bare.said["cpu_seconds"], 2),
        per_second={view: round(1 / outcomes[view].seconds, 1) for view in VIEWS},
        p95_seconds={view: round(outcomes[view].said["p95_seconds"], 5) for view in VIEWS},
        cpu_seconds={view: round(outcomes[view].said["cpu_seconds"], 5) for view in VIEWS},
        statements={view: outcomes[view].said["statements"] for view in VIEWS},
    )


def _served_ratio(served: dict[str, float], measured: str) -> float:
    portal, bare = (served[f"{view}_{measured}"] for view in SERVED)
    return round(portal / bare, 2)
