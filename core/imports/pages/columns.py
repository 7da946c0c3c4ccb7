"""Which column of the sheet was read as what."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core.imports.pages.shared import State, resource_of
from core.imports.reading import BY_ITSELF, BY_LAST_TIME, BY_PERSON
from core.models import ImportBatch
from core.sheets import column_letters

HOWS = {
    BY_PERSON: "按您指定的对应",
    BY_LAST_TIME: "按上次的对应",
    BY_ITSELF: "按表头自动对应",
}


def missing(batch: ImportBatch) -> list[str]:
    """Required columns that the sheet does not have and no default fills."""
    have = {column["key"] for column in batch.reading.get("columns", [])} | set(batch.defaults)
    return [c.label for c in resource_of(batch).importable if c.required and c.key not in have]


def reading(batch: ImportBatch) -> dict[str, Any] | None:
    """Which column of the sheet was read as what, for the page of the batch."""
    if not batch.reading.get("columns") or batch.state == State.DISCARDED:
        return None
    is_open = batch.state in (State.CHECKED, State.REFUSED) and not batch.continues_id
    is_taught = batch.reading["how"] != BY_ITSELF
    heads = ("列", "表头", "前几个值", "读作")
    rows = [_read_column(batch, column, heads) for column in batch.reading["columns"]]
    read = sum(bool(column["key"]) for column in batch.reading["columns"])
    return {
        "how": HOWS[batch.reading["how"]],
        "summary": f"读取 {read} 列，不读取 {len(rows) - read} 列",
        "columns": [{"label": head} for head in heads],
        "rows": rows,
        "missing": missing(batch),
        "change_url": reverse("imports-columns", args=[batch.pk]) if is_open else "",
        "forget_url": reverse("imports-forget", args=[batch.pk]) if is_open and is_taught else "",
    }


def _read_column(batch: ImportBatch, column: dict[str, Any], heads: tuple[str, ...]) -> dict[str, Any]:
    key = column["key"]
    label = resource_of(batch).column(key).label if key else "不读取"
    guessed = "（按内容认出，请核对）" if column["how"] == "value" else ""
    texts = (
        column_letters(column["index"]),
        column["text"] or "（空）",
        "、".join(column["samples"]) or "（空）",
        label + guessed,
    )
    cells = [{"text": text, "label": head, "muted": not key} for text, head in zip(texts, heads, strict=True)]
    return {"cells": cells}


def columns_to_choose(batch: ImportBatch, form: Any) -> list[dict[str, Any]]:
    """Every column of the sheet with the field that says what it is."""
    return [
        {
            "letter": column_letters(column["index"]),
            "text": column["text"] or "（空）",
            "samples": "、".join(column["samples"]) or "（空）",
            "field": form[f"c{column['index']}"],
        }
        for column in batch.reading.get("columns", [])
    ]
