"""What the clock clears away: batches that nobody decided upon, and files that nothing waits for any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction

from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.raw import lacks_cells
from core.models import ImportBatch, StoredFile

State = ImportBatch.State
UNDECIDED_DAYS = 30
FOLDER = "files"
# No request takes as long: a file that old without a row gets none any more.
ORPHAN_AFTER = timedelta(days=1)
UNDECIDED = (State.CHECKED, State.REFUSED, State.CHECKING)
FORGOTTEN = f"上传 {UNDECIDED_DAYS} 天后仍没有确认，已自动放弃，表格和核对结果已删除。需要时请重新上传。"


def give_up_forgotten(now: datetime, by: Any) -> int:
    """Discard batches that have waited too long, each with an audit event of its own; how many."""
    with scope.applied(by):
        waiting = ImportBatch.objects.filter(
            state__in=UNDECIDED, created_at__lt=now - timedelta(days=UNDECIDED_DAYS)
        )
        forgotten = list(waiting.order_by("pk"))
    return sum(_given_up(batch, by) for batch in forgotten)


def _given_up(batch: ImportBatch, by: Any) -> bool:
    try:
        actions.discard(by=by, row=batch, message=FORGOTTEN, reason=f"{UNDECIDED_DAYS} 天没有确认")
    except Refused:  # decided upon this very moment
        return False
    return True


def remove_finished_files() -> int:
    """Remove uploaded files whose batches are all decided; a killed worker may have left one. How many."""
    with transaction.atomic():
        scope.apply_everywhere()
        open_batches = ImportBatch.objects.filter(state__in=(*UNDECIDED, State.COMMITTING))
        finished = StoredFile.objects.filter(purpose=actions.PURPOSE).exclude(file="")
        finished = finished.exclude(pk__in=open_batches.values("file"))
        removed = [stored for stored in finished if not _holds_cells(stored)]
        for stored in removed:
            stored.file.storage.delete(stored.file.name)
        StoredFile.objects.filter(pk__in=[stored.pk for stored in removed]).update(file="")
    return len(removed)


def remove_orphans(now: datetime) -> int:
    """Remove files that no row names: a web server killed in an upload leaves one. How many."""
    storage = StoredFile._meta.get_field("file").storage
    old = {name for name in _files(storage, FOLDER) if storage.get_modified_time(name) < now - ORPHAN_AFTER}
    with transaction.atomic():
        scope.apply_everywhere()
        known = set(StoredFile.objects.filter(file__in=old).values_list("file", flat=True))
    for name in old - known:
        storage.delete(name)
    return len(old - known)


def _files(storage: Storage, folder: str) -> Iterator[str]:
    if not storage.exists(folder):
        return
    folders, files = storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for inner in folders:
        yield from _files(storage, f"{folder}/{inner}")


def _holds_cells(stored: StoredFile) -> bool:
    """Whether cells of held rows stand only in the file, because they could not be read from it at commit."""
    return any(lacks_cells(batch) for batch in stored.batches.filter(state=State.COMMITTED))
