"""The plan in the database: rows of a chunk arrive by COPY.

COPY itself cannot pass row-level security, so it fills a temporary table from which one INSERT stages them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection

from core.imports.draft import Draft
from core.imports.model import Doubt
from core.models import ImportBatch

# A check that a crash cuts short is done again, and the batch's last transaction takes its chunks to disk.
_LATER_TO_DISK = "set local synchronous_commit = off"
_CREATE = """create temporary table if not exists staged_rows (
  number int, plan text, "values" jsonb, shown jsonb, problems jsonb, changes jsonb,
  target_id bigint, target_version int) on commit drop"""
# JSON escapes control characters: with one as the quote, nothing else needs escaping.
_COPY = r"copy staged_rows from stdin (format csv, delimiter E'\t', quote E'\x01')"
_STAGE = """
insert into core_importrow
  (batch_id, county_id, number, plan, "values", shown, problems, changes, target_id, target_version)
select %s, %s, number, plan, "values", shown, problems, changes, target_id, target_version
from staged_rows order by number"""
_HOLD = """
update core_importrow r set plan = 'held', problems = r.problems || jsonb_build_array(late.problem)
from unnest(%s::int[], %s::jsonb[]) as late (number, problem)
where r.batch_id = %s and r.number = late.number"""


def stage(batch: ImportBatch, drafts: Sequence[Draft]) -> None:
    """Write the planned rows of a chunk; runs inside the chunk's transaction."""
    with staging(batch, drafts):
        pass


@contextmanager
def staging(batch: ImportBatch, drafts: Sequence[Draft]) -> Iterator[None]:
    """`stage` while the block does something else, anything but use the database."""
    lines = b"".join(map(_line, drafts))
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as beside:
        writing = beside.submit(_write, cursor, batch, lines)
        yield
        writing.result()


def _write(cursor: Any, batch: ImportBatch, lines: bytes) -> None:
    cursor.execute(_CREATE)
    cursor.execute("truncate staged_rows")
    # In one piece: for every further one the thread would have to wait for its turn.
    cursor.copy_expert(_COPY, io.BytesIO(lines), len(lines) + 1)
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


def problem_json(column: str, message: str) -> str:
    """One sentence as it is put to the problems of staged rows: of the whole row, no cell is shown."""
    return json.dumps([{"column": column, "message": message, "value": ""}], ensure_ascii=False)


def _line(draft: Draft) -> bytes:
    return b"%d\t%b\t%b\t%b\t%b\t%b\t%b\t%b\n" % (
        draft.number,
        draft.plan.encode(),
        _json(draft.values()),
        _json(draft.shown),
        _json(draft.problems) if draft.problems else b"[]",
        _json(draft.changes) if draft.changes else b"{}",
        _number(draft.target_id),
        _number(draft.target_version),
    )


def _json(value: Any) -> bytes:
    return orjson.dumps(value, _special)


def _number(value: int | None) -> bytes:
    return b"" if value is None else b"%d" % value


def _special(value: Any) -> str:
    """Values as `jsonb_populate_record` reads them back: bytes in hex, money as text."""
    return "\\x" + value.hex() if type(value) is bytes else str(value)
