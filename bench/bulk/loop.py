"""The peer: the usual command, row by row with the models' own validation."""

from time import perf_counter
from typing import Any

from bench.bulk.kinds import KINDS, written
from bench.imports import tables


def run(kind: str, size: int, file: str) -> dict[str, Any]:
    """Seconds of reading, validating and saving."""
    with written(KINDS[kind]) as place:
        begun = perf_counter()
        for row in tables.read(file):
            KINDS[kind].save(row, place)
    return {"seconds": perf_counter() - begun}
