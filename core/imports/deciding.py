"""Rows that may mean somebody registered, or stand in the file twice: a person says which, for one or many."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.utils.module_loading import import_string

from core.actions import Refused, action
from core.crypto import keyed_hash
from core.imports.actions import importable, require_right
from core.imports.fixing import count, hold_doubtful, replan
from core.imports.raw import opened
from core.models import ImportAnswer, ImportBatch, ImportRow
from core.rights import Right

Plan = ImportRow.Plan
Decision = ImportAnswer.Decision


@action("imports.decide_doubts", label="处理存疑的行", right=Right.IMPORT, target="row")
def decide_doubts(
    *,
    by: Any,
    row: ImportBatch,
    decision: str,
    numbers: Collection[int],
    targets: Mapping[int, int] | None = None,
) -> ImportBatch:
    """Decide doubtful rows; `targets` says who is meant where there are several. Others stay doubtful."""
    require_right(by, importable(row.resource))
    if row.state != ImportBatch.State.CHECKED:
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，不能再处理存疑的行。")
    if decision not in Decision.values:
        raise Refused("请选择按新增、按此人更新或暂不处理。")
    seen = _seen(row, numbers)
    meant = dict(targets or {})
    if decision == Decision.KNOWN:
        meant = _meant(row, numbers, meant)
    _decide(by, row, decision, numbers, meant)
    count(row)
    left = set(_doubtful(row, seen).values_list("number", flat=True))
    _remember(row, decision, {number: digest for number, digest in seen.items() if number not in left}, meant)
    return row


def _doubtful(row: ImportBatch, numbers: Collection[int]) -> QuerySet[ImportRow]:
    return row.rows.filter(plan=Plan.DOUBTFUL, number__in=list(numbers))


def _decide(
    by: Any, row: ImportBatch, decision: str, numbers: Collection[int], meant: Mapping[int, int]
) -> None:
    if decision == Decision.NEW:
        _settle(_doubtful(row, numbers).filter(target_version__isnull=True), Plan.NEW)
    elif decision == Decision.LATER:
        hold_doubtful(row, numbers)
    else:
        _as_known(by, row, numbers, meant)


def _seen(row: ImportBatch, numbers: Collection[int]) -> dict[int, bytes]:
    """What is decided upon, of each doubtful row: its cells and its doubts, as a hash."""
    rows = _doubtful(row, numbers).defer("values", "shown", "changes")
    return {found.number: keyed_hash(_content(row, found)) for found in rows.iterator()}


def _content(row: ImportBatch, found: ImportRow) -> str:
    doubts = sorted((problem["column"], problem["message"]) for problem in found.problems)
    return json.dumps([sorted(opened(row, found).items()), doubts], ensure_ascii=False, default=str)


def _remember(
    row: ImportBatch, decision: str, decided: Mapping[int, bytes], meant: Mapping[int, int]
) -> None:
    answers = (
        ImportAnswer(
            batch=row,
            county_id=row.county_id,
            number=number,
            decision=decision,
            target_id=meant.get(number),
            seen=digest,
        )
        for number, digest in decided.items()
    )
    row.answers.bulk_create(
        answers,
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["batch", "number"],
        update_fields=["decision", "target_id", "seen"],
    )


def decide_again(row: ImportBatch, by: Any) -> list[str]:
    """After a new check: what was decided of rows that are as they were, and what was typed, in sentences."""
    answers = {answer.number: answer for answer in row.answers.exclude(decision="").defer("typed")}
    seen = _seen(row, answers)
    same = [answer for number, answer in answers.items() if seen.get(number) == bytes(answer.seen or b"")]
    for decision in Decision.values:
        meant = {answer.number: answer.target_id or 0 for answer in same if answer.decision == decision}
        if meant:
            _decide(by, row, decision, meant, meant)
    # Deciding plans rows anew, which forgets what was decided of them.
    for answer in same:
        answer.save(update_fields=["decision", "target_id", "seen"])
    typed = row.answers.filter(typed__isnull=False).count()
    return [
        *([f"沿用了网页上改正过的 {typed:,} 行"] if typed else []),
        *([f"沿用了 {len(same):,} 行存疑的处理（行和疑点都没有变）"] if same else []),
    ]


def _settle(rows: QuerySet[ImportRow], plan: Any) -> None:
    """Let the row be what was planned for it."""
    rows.update(plan=plan, problems=[], raw=None)


def _meant(row: ImportBatch, numbers: Collection[int], targets: Mapping[int, int]) -> dict[int, int]:
    """Who is meant by each row: the one chosen, or the only one possible."""
    meant: dict[int, int] = {}
    for found in _doubtful(row, numbers).filter(target_version__isnull=True).only("number", "problems"):
        possible = possible_targets(found)
        chosen = targets.get(found.number, possible[0] if len(possible) == 1 else 0)
        if chosen in possible:
            meant[found.number] = chosen
    return meant


def _as_known(by: Any, row: ImportBatch, numbers: Collection[int], meant: Mapping[int, int]) -> None:
    """Rows whose person was found by the number keep their plan; the others are planned anew for who is meant."""
    doubtful = _doubtful(row, numbers)
    nothing = When(values={}, then=Value(Plan.UNCHANGED))
    _settle(doubtful.filter(target_version__isnull=False), Case(nothing, default=Value(Plan.CHANGED)))
    resource = importable(row.resource)
    importer = import_string(resource.importer)(resource, by, {})
    changed = [
        (found.number, importer.meaning(opened(row, found), meant[found.number]))
        for found in doubtful.filter(number__in=list(meant)).order_by("number")
    ]
    if changed:
        replan(row, by, changed, {number for number, _ in changed})


def possible_targets(row: ImportRow) -> list[int]:
    """Rows of the register that a doubtful row may mean."""
    targets = (problem.get("target") for problem in row.problems)
    return list(dict.fromkeys(target for target in targets if target))
