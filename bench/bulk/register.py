"""The portal before the import (a county with a breakfast programme) and the files."""

from itertools import chain
from typing import Any

from bench.bulk.kinds import KINDS, WORKERS
from bench.checkin import programme
from bench.imports import tables


def run(kind: str, files: dict[str, str]) -> dict[str, Any]:
    """Fill an empty portal and write a file of each size."""
    programme.run(WORKERS)
    for rows, file in files.items():
        tables.write(file, chain([KINDS[kind].header], map(KINDS[kind].row, range(int(rows)))))
    return {}
