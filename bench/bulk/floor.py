"""The floor: parse the file and write its rows into the same tables, unchecked."""

from time import perf_counter
from typing import Any

from bench.bulk.kinds import KINDS, written
from bench.imports import tables


def run(kind: str, size: int, file: str) -> dict[str, Any]:
    """Seconds of parsing and writing."""
    with written(KINDS[kind]) as place:
        begun = perf_counter()
        KINDS[kind].fill(tables.read(file), place)
    return {"seconds": perf_counter() - begun}
