"""Rows that may mean somebody registered, or stand in the file twice: a person says which, for one or many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Case, QuerySet, TextChoices, Value, When
from django.utils.module_loading import import_string

from core.actions import Refused, action
from core.imports.actions import importable, require_right
from core.imports.fixing import count, hold_doubtful, replan
from core.imports.raw import opened
from core.models import ImportBatch, ImportRow
from core.rights import Right

Plan = ImportRow.Plan


class Decision(TextChoices):
    """What is done with a doubtful row."""

    NEW = "new", "按新增"
    KNOWN = "known", "按此人更新"
    LATER = "later", "暂不处理"


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
    doubtful = row.rows.filter(plan=Plan.DOUBTFUL, number__in=list(numbers))
    if decision == Decision.NEW:
        _settle(doubtful.filter(target_version__isnull=True), Plan.NEW)
    elif decision == Decision.LATER:
        hold_doubtful(row, numbers)
    else:
        _as_known(by, row, doubtful, targets or {})
    count(row)
    return row


def _settle(rows: QuerySet[ImportRow], plan: Any) -> None:
    """Let the row be what was planned for it."""
    rows.update(plan=plan, problems=[], raw=None)


def _as_known(by: Any, row: ImportBatch, doubtful: QuerySet[ImportRow], targets: Mapping[int, int]) -> None:
    """Rows whose person was found by the number keep their plan; the others are planned anew for who is meant."""
    meant: dict[int, int] = {}
    for found in doubtful.filter(target_version__isnull=True).only("number", "problems"):
        possible = possible_targets(found)
        chosen = targets.get(found.number, possible[0] if len(possible) == 1 else 0)
        if chosen in possible:
            meant[found.number] = chosen
    nothing = When(values={}, then=Value(Plan.UNCHANGED))
    _settle(doubtful.filter(target_version__isnull=False), Case(nothing, default=Value(Plan.CHANGED)))
    if not meant:
        return
    resource = importable(row.resource)
    importer = import_string(resource.importer)(resource, by, {})
    changed = [
        (found.number, importer.meaning(opened(row, found), meant[found.number]))
        for found in doubtful.filter(number__in=meant).order_by("number")
    ]
    replan(row, by, changed, set(meant))


def possible_targets(row: ImportRow) -> list[int]:
    """Rows of the register that a doubtful row may mean."""
    targets = (problem.get("target") for problem in row.problems)
    return list(dict.fromkeys(target for target in targets if target))
