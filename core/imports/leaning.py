"""Rows that lean on other rows of their file: a worker on the leader of the crew, a union on the one above.

Where the row that they lean on is not written they are held too, instead of failing the whole batch.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.db import connection

from core.checks import Problem
from core.models import ImportBatch, ImportRow


class Leaning(NamedTuple):
    """Which rows of a plan lean on others, and what is said to them when those are held.

    `lost` is a query for the numbers of the rows in the plan of `%(batch)s` that nothing holds up.
    """

    column: str
    lost: str
    problem: Problem


_HOLD = """
update core_importrow r set plan = 'held', problems = r.problems || %(problem)s::jsonb
where r.batch_id = %(batch)s and r.plan in ('new', 'changed') and r.number in ({lost})"""


def hold_leaning(batch: ImportBatch, importer: Any) -> int:
    """Hold the rows that lean on a held one, then those that lean on them. Returns how many."""
    if importer.leaning is None:
        return 0
    with connection.cursor() as cursor:
        held = 0
        while now := _hold_lost(cursor, batch, importer):
            held += now
    return held


def _hold_lost(cursor: Any, batch: ImportBatch, importer: Any) -> int:
    leaning: Leaning = importer.leaning
    problem = {
        "column": importer.columns[leaning.column].label,
        "message": str(leaning.problem),
        "value": "",
    }
    given = {"batch": batch.pk, "problem": json.dumps([problem], ensure_ascii=False)}
    cursor.execute(_HOLD.format(lost=leaning.lost), given)
    return int(cursor.rowcount)


def left_behind(batch: ImportBatch, importer: Any) -> set[int]:
    """Numbers of the rows that were held for nothing but leaning on a held one."""
    if importer.leaning is None:
        return set()
    said = [{"message": str(importer.leaning.problem)}]
    rows = batch.rows.filter(plan=ImportRow.Plan.HELD, problems__contains=said)
    return set(rows.values_list("number", flat=True))
