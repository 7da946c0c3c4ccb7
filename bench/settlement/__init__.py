"""Settling one month: every check-in matched, doubtful ones listed, every shop split over its payers.

The peer walks over the check-ins one by one in Python, with the ORM, asks the same questions and counts; it
writes nothing. The floor is one grouped scan over the same rows. All find the table in memory.
"""

from typing import Any

from bench import harness
from bench.harness import Outcome, Variant
from bench.server import Server

# Each takes a second or less: medians of many are worth more on a busy machine.
REPEATS = 9


def compare(server: Server, size: int, most: int) -> dict[str, Any]:
    """The JSON line of this comparison."""
    empty = harness.empty(server)
    harness.tell(f"  a month of {size:,} check-ins")
    full = harness.prepare(server, f"month{size}", "bench.settlement.month", template=empty, size=size)
    variants = {
        "portal": Variant("bench.settlement.portal", full, {}, REPEATS),
        "floor": Variant("bench.settlement.floor", full, {}, REPEATS),
        "loop": Variant("bench.settlement.loop", full, {}),
    }
    return _line(size, harness.measure(server, variants, most))


def _line(size: int, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    ours, peer, floor = outcomes["portal"], outcomes["loop"], outcomes["floor"]
    if (ours.said["meals"], ours.said["doubtful"]) != (peer.said["meals"], peer.said["doubtful"]):
        raise harness.Failed(f"the portal and the loop disagree: {ours.said} {peer.said}")
    return harness.line(
        "settlement",
        size,
        ours,
        peer.seconds,
        floor.seconds,
        shops=ours.said["shops"],
        doubtful=ours.said["doubtful"],
        again_seconds=round(ours.said["again_seconds"], 3),
    )
