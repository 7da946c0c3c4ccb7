"""The plan in the database: rows of a chunk arrive by COPY.

COPY itself cannot pass row-level security, so it fills a temporary table from which one INSERT stages them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from core.imports.draft import Draft
from core.imports.model import Doubt
from core.models import ImportBatch

# A check that a crash cuts short is done again, and the batch's last transaction takes its chunks to disk.
_LATER_TO_DISK = "set local synchronous_commit = off"
_CREATE = """create temporary table if not exists staged_rows (
  number int, plan text, document jsonb, target_id bigint, target_version int) on commit drop"""
_STAGE = """
insert into core_importrow
  (batch_id, county_id, number, plan, "values", shown, problems, changes, target_id, target_version)
select %s, %s, number, plan, document -> 0, document -> 1, document -> 2, document -> 3, target_id, target_version
from staged_rows order by number"""
_HOLD = """
update core_importrow r set plan = 'held', problems = r.problems || jsonb_build_array(late.problem)
from unnest(%s::int[], %s::jsonb[]) as late (number, problem)
where r.batch_id = %s and r.number = late.number"""


def stage(batch: ImportBatch, drafts: Sequence[Draft]) -> None:
    """Write the planned rows of a chunk; runs inside the chunk's transaction."""
    lines = io.StringIO("".join(_line(draft) for draft in drafts))
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        cursor.execute("truncate staged_rows")
        cursor.copy_expert("copy staged_rows from stdin", lines)
        cursor.execute(_STAGE, [batch.pk, batch.county_id])


_DOUBT = """
update core_importrow r set plan = 'doubtful', problems = r.problems || jsonb_build_array(doubt.problem)
from unnest(%s::int[], %s::jsonb[]) as doubt (number, problem)
where r.batch_id = %s and r.number = doubt.number and r.plan in ('new', 'doubtful')"""


def mark_doubtful(batch: ImportBatch, doubts: Iterable[Doubt]) -> None:
    """Leave new rows to a person's decision; one row may be doubtful for several reasons."""
    for round_of in _rounds(doubts):
        problems = [
            json.dumps(
                {"column": d.column, "message": d.message, "value": "", "target": d.target_id},
                ensure_ascii=False,
            )
            for d in round_of
        ]
        with connection.cursor() as cursor:
            cursor.execute(_DOUBT, [[d.number for d in round_of], problems, batch.pk])


def _rounds(doubts: Iterable[Doubt]) -> Iterator[list[Doubt]]:
    """Each row once a statement: an update takes only one of several lines that join it."""
    left = list(doubts)
    while left:
        first = {doubt.number: doubt for doubt in reversed(left)}
        yield list(first.values())
        left = [doubt for doubt in left if first[doubt.number] is not doubt]


def leave_to_later_commits() -> None:
    """Let this chunk's transaction not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute(_LATER_TO_DISK)


def hold_late(batch: ImportBatch, late: Iterable[tuple[int, dict[str, str]]]) -> None:
    """Hold rows that were staged before a later row showed them to be doubtful."""
    pairs = list(late)
    if not pairs:
        return
    numbers = [number for number, _ in pairs]
    problems = [json.dumps(problem, ensure_ascii=False) for _, problem in pairs]
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [numbers, problems, batch.pk])


def _line(draft: Draft) -> str:
    document = _encode((draft.values(), draft.shown, draft.problems, draft.changes))
    # Control characters are already escaped by JSON; COPY adds only its own backslash.
    document = document.replace("\\", "\\\\")
    target, version = _number(draft.target_id), _number(draft.target_version)
    return f"{draft.number}\t{draft.plan}\t{document}\t{target}\t{version}\n"


def _number(value: int | None) -> str:
    return r"\N" if value is None else str(value)


def stored(value: Any) -> Any:
    """A value as the stored plan holds it."""
    return value if value is None or isinstance(value, (str, int, float)) else _special(value)


def _special(value: Any) -> str:
    """Values as `jsonb_populate_record` reads them back: bytes in hex, days and money as text."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_special
).encode
