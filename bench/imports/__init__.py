"""Import: from an uploaded file of ten columns to committed members, in a register twice as large.

Four fifths of the file are new, a tenth has changed, a tenth is as registered. The peers keep plain rows:
no sealing, no keyed hash, no history, no staged plan. The floor parses the file and copies its rows into
tables with the indexes and constraints of the register, and checks nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bench import harness
from bench.harness import Outcome, Variant
from bench.imports import tables
from bench.server import Server

# Beyond this size the peers are measured at this size, and their time is scaled linearly.
PEER_LIMIT = 10_000
PEERS = ("stock", "tuned", "by_hand")


def comparison(name: str, peer_limit: int = PEER_LIMIT) -> Callable[[Server, int, int], dict[str, Any]]:
    """The import, with the peers measured up to so many rows; a hundred thousand take one of them a quarter
    of an hour.
    """
    return lambda server, size, most: {**_compare(server, size, most, min(size, peer_limit)), "name": name}


def _compare(server: Server, size: int, most: int, peer_size: int) -> dict[str, Any]:
    empty = harness.empty(server)
    registers = {rows: _register(server, empty, rows) for rows in {size, peer_size}}

    def variant(name: str, rows: int, repeats: int) -> Variant:
        arguments = {"size": rows, "file": _file(server, rows)}
        return Variant(f"bench.imports.{name}", registers[rows], arguments, repeats)

    variants = {name: variant(name, size, 3) for name in ("portal", "floor")}
    variants |= {name: variant(name, peer_size, 1) for name in PEERS}
    return _line(size, peer_size, harness.measure(server, variants, most))


def _register(server: Server, empty: str, size: int) -> str:
    arguments = {"size": size, "file": _file(server, size)}
    harness.tell(f"  register of {2 * size:,}")
    return harness.prepare(server, f"register{size}", "bench.imports.register", template=empty, **arguments)


def _file(server: Server, size: int) -> str:
    return str(server.folder / tables.name_of(size))


def _line(size: int, peer_size: int, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    ours, floor = outcomes["portal"], outcomes["floor"]
    factor = size / peer_size
    stock = outcomes["stock"].seconds * factor
    peers = {name: _peer(outcomes[name], factor, ours) for name in PEERS}
    undo = ours.said["undo_seconds"]
    is_scaled = size > peer_size
    memory = {} if is_scaled else {"peak_ratio_to_peer": round(ours.peak_mb / outcomes["stock"].peak_mb, 2)}
    return harness.line(
        "import",
        size,
        ours,
        stock,
        floor.seconds,
        peer_size=peer_size,
        peer_extrapolated=is_scaled,
        peers=peers,
        **memory,
        floor_peak_mb=round(floor.peak_mb, 1),
        undo_seconds=round(undo, 3),
        undo_ratio=round(undo / ours.seconds, 3),
        stages={
            key: round(ours.said[key], 3) for key in ("upload_seconds", "check_seconds", "commit_seconds")
        },
    )


def _peer(outcome: Outcome, factor: float, ours: Outcome) -> dict[str, Any]:
    seconds = outcome.seconds * factor
    return {
        "seconds": round(seconds, 3),
        "ratio": round(seconds / ours.seconds, 2),
        "peak_mb": round(outcome.peak_mb, 1),
    }
