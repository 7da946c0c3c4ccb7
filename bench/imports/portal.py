"""The portal: upload, check, commit as its commands and workers do it, then undo."""

from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.files import File

from core.imports import actions
from core.imports.checking import Alone, check_batch
from core.imports.console import account
from core.imports.jobs import commit_or_reopen
from core.models import ImportBatch

CLERK = "632322.clerk"


def run(size: int, file: str) -> dict[str, Any]:
    """Times of the stages; a plan other than expected is an error."""
    clerk = account(CLERK)
    begun = perf_counter()
    with Path(file).open("rb") as stream:
        upload = File(stream, name=Path(file).name)
        batch = actions.upload(by=clerk, resource="members", file=upload, defaults={})
    uploaded = perf_counter()
    batch = check_batch(batch.pk, clerk, Alone(clerk))
    checked = perf_counter()
    batch = commit_or_reopen(batch, clerk)
    committed = perf_counter()
    _require_plan(batch, size)
    before_undo = perf_counter()
    batch = actions.undo(by=clerk, row=batch)
    undone = perf_counter()
    if batch.kept:
        raise RuntimeError(f"undo kept {len(batch.kept)} rows")
    return {
        "seconds": committed - begun,
        "upload_seconds": uploaded - begun,
        "check_seconds": checked - uploaded,
        "commit_seconds": committed - checked,
        "undo_seconds": undone - before_undo,
    }


def _require_plan(batch: ImportBatch, size: int) -> None:
    known, changed = size // 5, size // 10
    expected = (ImportBatch.State.COMMITTED, size - known, changed, known - changed, 0)
    found = (batch.state, batch.rows_new, batch.rows_changed, batch.rows_unchanged, batch.rows_held)
    if found != expected:
        raise RuntimeError(f"{found} instead of {expected}: {batch.message}")
