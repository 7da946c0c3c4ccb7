"""Batches that were uploaded together."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.imports import jobs
from core.imports.marking import is_kept
from core.imports.pages.shared import TONES, State, resource_of
from core.models import ImportBatch, ImportRow, Job, StoredFile


def pile_batches(pile: uuid.UUID, account: Any) -> QuerySet[ImportBatch]:
    """The batches that were uploaded together."""
    together = ImportBatch.objects.visible_to(account).filter(pile=pile)
    return together.select_related("file", "by").order_by("pk")


def sort_job(pile: uuid.UUID, account: Any) -> Job | None:
    """The latest job that opens batches of the pile."""
    mine = Job.objects.visible_to(account).filter(kind="imports.sort", arguments__pile=str(pile))
    return mine.order_by("-pk").first()


def pile_progress(
    pile: uuid.UUID, batches: list[ImportBatch], sorting: Job | None, account: Any
) -> dict[str, Any] | None:
    """Common progress of a pile, for components/progress.html; None when nothing is under way."""
    working = (Job.State.QUEUED, Job.State.RUNNING)
    ours = Job.objects.visible_to(account).filter(arguments__batch__in=[batch.pk for batch in batches])
    is_sorting = sorting is not None and sorting.state in working
    if not is_sorting and not ours.filter(state__in=working).exists():
        return None
    files = len(sorting.arguments["files"]) if sorting is not None else 0
    checked = sum(batch.state != State.CHECKING for batch in batches)
    rows = sum(ours.filter(kind=jobs.CHECK).values_list("done", flat=True))
    return {
        "title": "正在读取文件" if is_sorting else "正在核对表格",
        "state": Job.State.RUNNING,
        "state_label": Job.State.RUNNING.label,
        "done": checked,
        # A file has a sheet or more: the bar does not go back while they are being found.
        "total": max(len(batches), files),
        "note": f"已找到 {len(batches)} 个工作表，核对了 {rows:,} 行。",
        "url": reverse("imports-pile", args=[pile]),
        "finished": False,
    }


def pile_table(batches: list[ImportBatch]) -> dict[str, Any]:
    """The batches of a pile for components/table.html."""
    heads = ("文件", "工作表", "内容", "状态", *ImportRow.Plan.labels)
    return {
        "columns": [{"label": head, "numeric": index > 3} for index, head in enumerate(heads)],
        "rows": [_pile_row(batch, heads) for batch in batches],
    }


def _pile_row(batch: ImportBatch, heads: tuple[str, ...]) -> dict[str, Any]:
    sheet = batch.sheet or batch.chosen.get("sheet", "")
    cells: list[dict[str, Any]] = [{"text": text} for text in (batch.file.name, sheet)]
    cells.append({"text": resource_of(batch).label})
    cells.append({"text": batch.get_state_display(), "badge": TONES[State(batch.state)]})
    counts = (getattr(batch, f"rows_{plan}") for plan in ImportRow.Plan.values)
    cells += [{"text": f"{count:,}", "numeric": True} for count in counts]
    for cell, head in zip(cells, heads, strict=True):
        cell["label"] = head
    return {"url": reverse("imports-detail", args=[batch.pk]), "cells": cells}


def unclear(sorting: Job | None, batches: list[ImportBatch], account: Any) -> list[dict[str, Any]]:
    """Sheets of which nobody has said yet what they are, each with the reason, and whether it can still be read."""
    found = sorting.result.get("unclear", []) if sorting is not None else []
    opened = {(batch.file_id, batch.chosen.get("sheet")) for batch in batches}
    left = [item for item in found if (item.get("number"), item["sheet"]) not in opened]
    files = StoredFile.objects.visible_to(account).in_bulk({item.get("number") for item in left})
    return [{**item, "is_kept": is_kept(files.get(item.get("number")))} for item in left]
