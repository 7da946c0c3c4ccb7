"""What all pages of imports show alike."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.models import ImportBatch
from core.resource import Resource, registry

State = ImportBatch.State
TONES = {
    State.CHECKING: "info",
    State.CHECKED: "warn",
    State.REFUSED: "bad",
    State.COMMITTING: "info",
    State.COMMITTED: "ok",
    State.UNDONE: "muted",
    State.DISCARDED: "muted",
}
# Committed batches whose held rows nobody has dealt with yet.
UNSETTLED = Q(state=State.COMMITTED, rows_held__gt=0, dismissed_at__isnull=True)


def moment(value: Any) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


def resource_of(batch: ImportBatch) -> Resource:
    return registry()[batch.resource]
