"""The rows of a plan: what stands in the file, what happens to each, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.checks.numbers import is_plain_amount
from core.imports.pages.shared import State, resource_of
from core.imports.units import heads_by_label
from core.models import ImportBatch, ImportRow

PLAN_TONES = {"new": "ok", "changed": "info", "unchanged": "muted", "doubtful": "info", "held": "warn"}
COLUMNS_SHOWN = 5
WHOLE = 20  # as wide as ten Chinese characters


def plan_rows(batch: ImportBatch, query: dict[str, Any]) -> QuerySet[ImportRow]:
    """The rows of the plan that the filter asks for."""
    rows = batch.rows.order_by("number").defer("values")
    if query.get("plan"):
        rows = rows.filter(plan=query["plan"])
    return rows.filter(number__gte=query["number"]) if query.get("number") else rows


def _columns_shown(batch: ImportBatch) -> list[str]:
    """The first columns that the file has, the required ones before others, in the order of the declaration."""
    mapped = [column for column in resource_of(batch).importable if column.key in batch.mapping]
    shown = sorted(mapped, key=lambda column: not column.required)[:COLUMNS_SHOWN]
    return [column.key for column in mapped if column in shown]


def plan_table(batch: ImportBatch, rows: list[ImportRow]) -> dict[str, Any]:
    """Rows of the plan for components/table.html: what stands in the file, and what happens to it."""
    resource = resource_of(batch)
    keys = _columns_shown(batch)
    steps = [_step(batch, row) for row in rows]
    heads = ["行号", "处理", *(resource.column(key).label for key in keys), "说明"]
    heads += ["办理"] if any(steps) else []
    names = heads_by_label(batch)
    return {
        "columns": [{"label": head, "numeric": head == "行号"} for head in heads],
        "rows": [_plan_row(row, keys, heads, step, names) for row, step in zip(rows, steps, strict=True)],
    }


def _step(batch: ImportBatch, row: ImportRow) -> dict[str, str]:
    """What can be done with a held row outside the table, as its resource declares it."""
    message, label, page = resource_of(batch).options.get("held_step", ("", "", ""))
    if row.plan != ImportRow.Plan.HELD or all(problem["message"] != message for problem in row.problems):
        return {}
    return {"text": label, "url": f"{reverse(page, args=[batch.pk])}?row={row.number}"}


def held_step(batch: ImportBatch) -> dict[str, Any] | None:
    """The same for all such rows of the batch."""
    message, label, page = resource_of(batch).options.get("held_step", ("", "", ""))
    if not message or batch.state not in (State.CHECKED, State.COMMITTED):
        return None
    rows = batch.rows.filter(plan=ImportRow.Plan.HELD, problems__contains=[{"message": message}])
    count = rows.count()
    url = reverse(page, args=[batch.pk])
    return {"label": label, "url": url, "count": f"{count:,}"} if count else None


def _plan_row(
    row: ImportRow, keys: list[str], heads: list[str], step: dict[str, str], names: Mapping[str, str]
) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"text": str(row.number), "numeric": True},
        {"text": row.get_plan_display(), "badge": PLAN_TONES[row.plan]},
        *(_short(row.shown.get(key, "—")) for key in keys),
        {"text": explanation(row, names)},
    ]
    if "办理" in heads:
        cells.append(step or {"text": ""})
    for cell, head in zip(cells, heads, strict=True):
        cell["label"] = head
    return {"cells": cells, "tone": "warn" if row.plan == "held" else ""}


def _short(text: str) -> dict[str, Any]:
    """A cell; a name or a date stays in one line, however long the explanation beside it."""
    width = sum(2 if ord(character) > 0x2E7F else 1 for character in text)
    return {"text": text, "whole": width <= WHOLE}


def doubts_table(batch: ImportBatch, rows: list[ImportRow]) -> dict[str, Any]:
    """Doubtful rows with what each may mean, for the page that decides them."""
    resource = resource_of(batch)
    keys, names = _columns_shown(batch), heads_by_label(batch)
    return {
        "heads": [resource.column(key).label for key in keys],
        "rows": [
            {
                "number": row.number,
                "cells": [(resource.column(key).label, row.shown.get(key, "—")) for key in keys],
                "why": [problem_text(problem, names) for problem in row.problems],
                "choices": _choices(row),
            }
            for row in rows
        ],
    }


def _choices(row: ImportRow) -> list[tuple[int, str]]:
    """Who a row may mean, where there are several."""
    targets = {problem["target"]: problem["message"] for problem in row.problems if problem.get("target")}
    return [(target, text.partition("。")[0]) for target, text in targets.items()] if len(targets) > 1 else []


def explanation(row: ImportRow, names: Mapping[str, str]) -> str:
    """Why a row is held, or what changes: old → new. `names` as in `problem_text`."""
    if row.problems:
        return problems_text(row, names)
    return "；".join(
        f"{label}：{old or '（空）'} → {new or '（空）'}" for label, (old, new) in row.changes.items()
    )


def problems_text(row: ImportRow, names: Mapping[str, str]) -> str:
    """All problems of a row as one text of whole sentences."""
    texts = [problem_text(problem, names).rstrip("。") for problem in row.problems]
    return "；".join(texts) + "。" if texts else ""


def problem_text(problem: dict[str, str], names: Mapping[str, str]) -> str:
    """One sentence. `names` are the headings of columns in another unit than yuan; a value that was read already is
    in yuan all the same.
    """
    label = problem["column"]
    column = label if is_plain_amount(problem.get("value")) else names.get(label, label)
    value = f"“{problem['value']}”" if problem.get("value") else ""
    value = "" if value in problem["message"] else value
    return f"{column}{value}：{problem['message']}"
