"""The portal: upload, check, commit, undo."""

from typing import Any

from bench.bulk.kinds import KINDS
from bench.imports.portal import imported
from core.models import ImportBatch


def run(kind: str, size: int, file: str) -> dict[str, Any]:
    """Times of the stages; a row that is not new is an error."""
    batch, times = imported(KINDS[kind].resource, KINDS[kind].clerk, file)
    if (batch.state, batch.rows_new) != (ImportBatch.State.UNDONE, size):
        raise RuntimeError(f"{batch.rows_new} of {size} rows: {batch.message}")
    return times
