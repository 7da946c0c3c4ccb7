"""Held rows as a table of fields: what was uploaded stands in them, sensitive cells stay masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from core.crypto import keyed_hash
from core.imports.cells import refused
from core.imports.pages.plan import explanation
from core.imports.pages.shared import resource_of
from core.imports.raw import Cells, opened, text
from core.imports.units import head, heads_by_label, units_of
from core.models import ImportBatch, ImportRow
from core.resource import Column, Exposure, Kind

KINDS_SHOWN = 30
LONG = 12  # letters that a field of usual width shows; a Chinese character is as wide as two
SEPARATOR = "|"
# A kind of problem: its column and its sentence without the values and row numbers in it.
_KIND = r"""concat(p ->> 'column', '|', regexp_replace(regexp_replace(
  p ->> 'message', '“[^”]*”', '“…”', 'g'), '[0-9]+', '…', 'g'))"""
_KINDS = f"""
select {_KIND} as kind, count(distinct r.id) from core_importrow r, jsonb_array_elements(r.problems) p
where r.batch_id = %s and r.plan = %s group by 1 order by 2 desc, 1 limit %s"""
_OF_KIND = f"""
select r.id from core_importrow r, jsonb_array_elements(r.problems) p
where r.batch_id = %s and r.plan = %s and {_KIND} = %s"""


def kinds(batch: ImportBatch, plan: str = ImportRow.Plan.HELD) -> list[tuple[str, str]]:
    """The kinds of problems of a batch with their rows, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, [batch.pk, plan, KINDS_SHOWN])
        found = cursor.fetchall()
    names = heads_by_label(batch)
    return [(kind, f"{_words(kind, names)}（{count:,} 行）") for kind, count in found]


def _words(kind: str, names: Mapping[str, str]) -> str:
    column, _, message = kind.partition(SEPARATOR)
    return f"{names.get(column, column)}：{message}"[:60]


def held(batch: ImportBatch, kind: str, plan: str = ImportRow.Plan.HELD) -> QuerySet[ImportRow]:
    """The held (or doubtful) rows of one kind of problem, or all."""
    rows = batch.rows.filter(plan=plan).defer("values").order_by("number")
    return rows.filter(pk__in=RawSQL(_OF_KIND, [batch.pk, plan, kind])) if kind else rows


def grid(batch: ImportBatch, rows: list[ImportRow]) -> dict[str, Any]:
    """Columns and rows of fields; the columns that have problems come first."""
    columns, units = _columns(batch, rows), units_of(batch)
    heads = [(column, head(units, column)) for column in columns]
    names = heads_by_label(batch)
    return {
        "heads": [label for _, label in heads],
        "units": [{"head": label, "name": units[c.key]} for c, label in heads if c.key in units],
        "rows": [{**_row(batch, row, heads), "why": explanation(row, names)} for row in rows],
        "lists": [
            {"id": f"choices-{column.key}", "labels": labels}
            for column in columns
            if (labels := labels_of(column))
        ],
    }


def _columns(batch: ImportBatch, rows: list[ImportRow]) -> list[Column]:
    doubtful = {problem["column"] for row in rows for problem in row.problems}
    shown = [
        column
        for column in resource_of(batch).importable
        if column.key in batch.mapping or column.required or column.label in doubtful
    ]
    return shown[:1] + sorted(shown[1:], key=lambda column: column.label not in doubtful)


def labels_of(column: Column) -> list[str]:
    if column.kind is Kind.YES_NO:
        return ["是", "否"]
    return [label for _, label in column.choices] if column.kind is Kind.CHOICE else []


def _row(batch: ImportBatch, row: ImportRow, heads: list[tuple[Column, str]]) -> dict[str, Any]:
    cells, wrong = opened(batch, row), {problem["column"] for problem in row.problems}
    return {
        "number": row.number,
        "seen": _seen(cells),
        "cells": [
            {"label": label, **_cell(row.number, column, cells, column.label in wrong)}
            for column, label in heads
        ],
    }


def _cell(number: int, column: Column, cells: Cells, is_wrong: bool) -> dict[str, Any]:
    is_open = column.exposure is Exposure.OPEN
    given = cells.get(column.key)
    return {
        "name": field_name(number, column),
        "value": text(given) if is_open else "",
        "masked": "" if is_open or given is None else refused(column, given),
        "list": f"choices-{column.key}" if labels_of(column) else "",
        "wrong": is_wrong,
        "is_long": is_open and _is_long(text(given)),
    }


def _is_long(value: str) -> bool:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in value) > LONG


def _seen(cells: Cells) -> str:
    """What a row holds, as one word that comes back with the form: whoever saw something else must look again."""
    return keyed_hash(json.dumps(sorted(cells.items()), ensure_ascii=False, default=str)).hex()[:16]


def is_changed(batch: ImportBatch, row: ImportRow, data: Any) -> bool:
    """Whether a row of the form is another one now than when the form was opened."""
    return bool(data.get(f"seen-{row.number}") != _seen(opened(batch, row)))


def field_name(number: int, column: Column) -> str:
    return f"r{number}-{column.key}"


def changes(batch: ImportBatch, rows: list[ImportRow], data: Any) -> dict[int, dict[str, str | None]]:
    """What was typed over what stands in the rows. A sensitive field left blank stays as it is."""
    columns = resource_of(batch).importable
    found = {row.number: _changes_of(row.number, opened(batch, row), columns, data) for row in rows}
    return {number: changed for number, changed in found.items() if changed}


def _changes_of(number: int, cells: Cells, columns: tuple[Column, ...], data: Any) -> dict[str, str | None]:
    changed: dict[str, str | None] = {}
    for column in columns:
        typed = data.get(field_name(number, column))
        if typed is None or (column.exposure is not Exposure.OPEN and not typed.strip()):
            continue
        if typed.strip() != text(cells.get(column.key)).strip():
            changed[column.key] = typed.strip()[:500] or None
    return changed
