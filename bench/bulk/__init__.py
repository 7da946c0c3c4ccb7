"""Bulk: half a million employers or check-ins from one text table, through the same import as members.

The floor writes the same rows into the same tables by COPY and INSERT … SELECT, with their constraints and
history, and checks nothing. The peer is the usual command: a loop over the rows that looks up, validates and
saves, measured on few rows and scaled. A tenth of the rows, measured too, tells whether time grows with them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from bench import harness
from bench.harness import Variant
from bench.server import Server

PEER_LIMIT = 2_000
Compare = Callable[[Server, int, int], dict[str, Any]]


def comparison(kind: str) -> Compare:
    """The comparison of one of `bench.bulk.kinds`."""
    return partial(_compare, kind)


def _compare(kind: str, server: Server, size: int, most: int) -> dict[str, Any]:
    peer_size, tenth = min(size, PEER_LIMIT), max(size // 10, 10)
    empty = harness.empty(server)
    files = {rows: str(server.folder / f"{kind}{rows}.csv") for rows in (size, tenth, peer_size)}
    full = harness.prepare(server, kind, "bench.bulk.register", template=empty, kind=kind, files=files)

    def variant(name: str, rows: int) -> Variant:
        arguments = {"kind": kind, "size": rows, "file": files[rows]}
        return Variant(f"bench.bulk.{name}", full, arguments)

    variants = {
        "portal": variant("portal", size),
        "tenth": variant("portal", tenth),
        "floor": variant("floor", size),
        "loop": variant("loop", peer_size),
    }
    outcomes = harness.measure(server, variants, most)
    ours, undo = outcomes["portal"], outcomes["portal"].said["undo_seconds"]
    return harness.line(
        kind,
        size,
        ours,
        outcomes["loop"].seconds * size / peer_size,
        outcomes["floor"].seconds,
        peer_size=peer_size,
        peer_extrapolated=size > peer_size,
        growth=round(ours.seconds / outcomes["tenth"].seconds * tenth / size, 3),
        undo_seconds=round(undo, 3),
        undo_ratio=round(undo / ours.seconds, 3),
        stages={key: round(ours.said[key], 3) for key in ("check_seconds", "commit_seconds")},
    )
