"""Batches that were uploaded together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
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
    is_writing = any(batch.state == State.COMMITTING for batch in batches)
    title = "正在写入登记册" if is_writing else "正在核对表格"
    rows = sum(ours.filter(kind=jobs.CHECK).values_list("done", flat=True))
    return {
        "title": "正在读取文件" if is_sorting else title,
        "state": Job.State.RUNNING,
        "state_label": Job.State.RUNNING.label,
        "done": sum(batch.state not in (State.CHECKING, State.COMMITTING) for batch in batches),
        # A file has a sheet or more: the bar does not go back while they are being found.
        "total": max(len(batches), files),
        "note": f"已找到 {len(batches)} 个工作表，核对了 {rows:,} 行。",
        "url": reverse("imports-pile", args=[pile]),
        "finished": False,
    }


def ready(batches: Iterable[ImportBatch], account: Any) -> list[ImportBatch]:
    """The batches that have something to write and wait for a word."""
    return [
        batch
        for batch in batches
        if batch.state == State.CHECKED
        and batch.rows_new + batch.rows_changed
        and account.can(resource_of(batch).right)
    ]


def confirm(batches: list[ImportBatch]) -> dict[str, Any] | None:
    """What committing these at once would do; None when there is nothing to commit."""
    if not batches:
        return None
    return {
        "numbers": [batch.pk for batch in batches],
        "good": f"{sum(batch.rows_new + batch.rows_changed for batch in batches):,}",
        "held": f"{held:,}" if (held := sum(batch.rows_held for batch in batches)) else "",
        "doubtful": f"{doubtful:,}" if (doubtful := sum(batch.rows_doubtful for batch in batches)) else "",
    }


def done(batches: list[ImportBatch]) -> str:
    """What the batches of the pile have written, in one sentence."""
    written = [batch for batch in batches if batch.state == State.COMMITTED]
    if not written:
        return ""
    new, changed, held = (
        sum(getattr(batch, f"rows_{plan}") for batch in written) for plan in ("new", "changed", "held")
    )
    left = f"；还有 {held:,} 行有问题，没有导入，点开那一份接着处理" if held else ""
    return f"已写入登记册 {len(written)} 份：新增 {new:,} 行，变更 {changed:,} 行{left}。"


def told(batches: list[ImportBatch]) -> list[dict[str, str]]:
    """The batches that were refused or could not be written, each with the sentence that says why."""
    return [
        {
            "url": reverse("imports-detail", args=[batch.pk]),
            "name": f"{batch.file.name}，工作表“{_sheet(batch)}”" if _sheet(batch) else batch.file.name,
            "why": batch.message,
        }
        for batch in batches
        if batch.message and batch.state in (State.CHECKED, State.REFUSED)
    ]


def _sheet(batch: ImportBatch) -> str:
    return str(batch.sheet or batch.chosen.get("sheet", ""))


def pile_table(batches: list[ImportBatch]) -> dict[str, Any]:
    """The batches of a pile for components/table.html."""
    heads = ("文件", "工作表", "内容", "状态", *ImportRow.Plan.labels)
    return {
        "columns": [{"label": head, "numeric": index > 3} for index, head in enumerate(heads)],
        "rows": [_pile_row(batch, heads) for batch in batches],
    }


def _pile_row(batch: ImportBatch, heads: tuple[str, ...]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [{"text": text} for text in (batch.file.name, _sheet(batch))]
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
