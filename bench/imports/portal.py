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
    batch, times = imported("members", CLERK, file)
    _require_plan(batch, size)
    return times


def imported(resource: str, name: str, file: str) -> tuple[ImportBatch, dict[str, Any]]:
    """A file uploaded, checked, committed and taken back by an account: its batch, and the times."""
    clerk = account(name)
    begun = perf_counter()
    with Path(file).open("rb") as stream:
        upload = File(stream, name=Path(file).name)
        batch = actions.upload(by=clerk, resource=resource, file=upload, defaults={})
    uploaded = perf_counter()
    batch = check_batch(batch.pk, clerk, Alone(clerk))
    checked = perf_counter()
    batch = commit_or_reopen(batch, clerk)
    committed = perf_counter()
    if batch.state != ImportBatch.State.COMMITTED:
        raise RuntimeError(f"{batch.state}: {batch.message}")
    before_undo = perf_counter()
    batch = actions.undo(by=clerk, row=batch)
    undone = perf_counter()
    if batch.kept:
        raise RuntimeError(f"undo kept {len(batch.kept)} rows")
    return batch, {
        "seconds": committed - begun,
        "upload_seconds": uploaded - begun,
        "check_seconds": checked - uploaded,
        "commit_seconds": committed - checked,
        "undo_seconds": undone - before_undo,
    }


def _require_plan(batch: ImportBatch, size: int) -> None:
    known, changed = size // 5, size // 10
    expected = (size - known, changed, known - changed, 0)
    found = (batch.rows_new, batch.rows_changed, batch.rows_unchanged, batch.rows_held)
    if found != expected:
        raise RuntimeError(f"{found} instead of {expected}: {batch.message}")
