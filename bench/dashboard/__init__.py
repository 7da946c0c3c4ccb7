"""Dashboard: the province's page, asked for again and again through the WSGI application in one process.

`portal` builds the page's board anew each time; `kept` finds it in the memory of the process, as a page does that
somebody of the same scope has opened since its rows last changed. The peer builds the same sections from ORM objects with loops in the template. The floor is a view that
answers a constant, without middleware; `floor_with_session` is the same view behind the portal's middleware,
signed in.
"""

from typing import Any

from bench import harness
from bench.harness import Outcome, Variant
from bench.server import Server

REPEATS = 3
PAGES = ("portal", "kept", "unchanged", "orm_page", "bare", "bare_with_session")


def compare(server: Server, size: int, most: int) -> dict[str, Any]:
    """The JSON line of this comparison."""
    empty = harness.empty(server)
    harness.tell(f"  province of {size:,} memberships, with figures")
    full = harness.prepare(server, f"figures{size}", "bench.dashboard.figures", template=empty, size=size)
    variants = {page: Variant("bench.dashboard.requests", full, {"page": page}, REPEATS) for page in PAGES}
    return _line(size, harness.measure(server, variants, most))


def _line(size: int, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    ours, bare = outcomes["portal"], outcomes["bare"]
    with_session = outcomes["bare_with_session"]
    return harness.line(
        "dashboard",
        size,
        ours,
        outcomes["orm_page"].seconds,
        bare.seconds,
        floor_with_session_seconds=round(with_session.seconds, 5),
        ratio_to_floor_with_session=round(ours.seconds / with_session.seconds, 2),
        share_of_bare=round(bare.seconds / ours.seconds, 4),
        kept_seconds=round(outcomes["kept"].seconds, 5),
        kept_share_of_bare=round(bare.seconds / outcomes["kept"].seconds, 4),
        unchanged_seconds=round(outcomes["unchanged"].seconds, 5),
        unchanged_share_of_bare=round(bare.seconds / outcomes["unchanged"].seconds, 4),
        requests_per_second={page: round(1 / outcomes[page].seconds, 1) for page in PAGES},
        p95_seconds={page: round(outcomes[page].said["p95_seconds"], 5) for page in PAGES},
        bytes={page: outcomes[page].said["bytes"] for page in ("portal", "orm_page")},
        queries={
            page: outcomes[page].said["queries"] for page in ("portal", "kept", "unchanged", "orm_page")
        },
    )
