"""Imports in the background: what the job rows `imports.check`, `imports.commit`, `imports.undo` do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import jobs, scope
from core.actions import Refused
from core.imports import actions
from core.imports.applying import NotWhole
from core.imports.checking import check_batch, counts
from core.imports.deciding import Decision, decide_doubts
from core.imports.raw import keep_from_file
from core.imports.staging import hold_late
from core.models import ImportBatch, Job
from core.sheets import SheetRefused

State = ImportBatch.State
CHECK, COMMIT, UNDO, FILL = "imports.check", "imports.commit", "imports.undo", "imports.fill"
RECHECK, DECIDE = "imports.recheck", "imports.decide"
FILLED_AT_ONCE = 500
GAVE_WAY = "已改为重新核对。"
CLASH = "核对之后登记册有变动，整批都没有写入。请重新核对后再确认。"


def start_check(batch: ImportBatch, *, by: Any) -> Job:
    """Check the batch (again), in the caller's transaction; a check that is under way gives way to it.

    A batch whose commit has given up can be checked again too.
    """
    # Jobs before the batch, as the check itself locks them.
    _stop_checks(batch, by)
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.continues_id:
        raise Refused("这一批是上一批留下的行，没有整张表格可以重新核对。")
    is_stuck = locked.state == State.COMMITTING and not _is_at_work(locked, by)
    if not is_stuck and locked.state not in (State.CHECKING, State.CHECKED, State.REFUSED):
        raise Refused(f"这一批的状态是“{locked.get_state_display()}”，不能重新核对。")
    ImportBatch.objects.filter(pk=batch.pk).update(state=State.CHECKING, message="")
    return jobs.enqueue(CHECK, by=by, arguments={"batch": batch.pk})


def start_commit(batch: ImportBatch, *, by: Any, whole: bool = False) -> Job | None:
    """Commit in the background; None when somebody has already asked for it."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    is_waiting = locked.state == State.CHECKED or (
        locked.state == State.COMMITTING and not _is_at_work(locked, by)
    )
    if not is_waiting:
        return None
    if locked.state == State.COMMITTING:
        whole = _was_whole(locked, by)
    ImportBatch.objects.filter(pk=batch.pk).update(state=State.COMMITTING, message="")
    return jobs.enqueue(COMMIT, by=by, arguments={"batch": batch.pk, "whole": whole})


def _is_at_work(batch: ImportBatch, by: Any) -> bool:
    """Whether some job still works on the batch."""
    with _everywhere(by):
        return _unfinished(batch).exists()


def _was_whole(batch: ImportBatch, by: Any) -> bool:
    """What was asked for by who started the commit that has given up: all rows or none?"""
    with _everywhere(by):
        last = Job.objects.filter(kind=COMMIT, arguments__batch=batch.pk).order_by("-pk").first()
        return last is not None and bool(last.arguments.get("whole"))


def _stop_checks(batch: ImportBatch, by: Any) -> None:
    """End checks that wait or run; one that runs loses its lease and writes nothing more."""
    with _everywhere(by):
        _unfinished(batch).filter(kind=CHECK).update(
            state=Job.State.FAILED, error=GAVE_WAY, finished_at=timezone.now()
        )


def _unfinished(batch: ImportBatch) -> QuerySet[Job]:
    states = (Job.State.QUEUED, Job.State.RUNNING)
    return Job.objects.filter(state__in=states, arguments__batch=batch.pk)


@contextmanager
def _everywhere(by: Any) -> Iterator[None]:
    """A job of a higher level lies in another county than the batch."""
    scope.apply_everywhere()
    try:
        yield
    finally:
        scope.apply(by)


def start_undo(batch: ImportBatch, *, by: Any) -> Job:
    """Undo in the background; an undo that is already running does the work of both."""
    return jobs.enqueue(UNDO, by=by, arguments={"batch": batch.pk, "after": _undone_at(batch)})


def _undone_at(batch: ImportBatch) -> str | None:
    """When the batch was last undone: an undo asked for before that has nothing left to do."""
    return batch.undone_at.isoformat() if batch.undone_at else None


def start_fill(
    batch: ImportBatch, *, by: Any, column: str, value: str, only_blank: bool, instead_of: str = ""
) -> Job | None:
    """Fill a column of the held rows; many rows in the background, few at once (then None)."""
    given = {"column": column, "value": value, "only_blank": only_blank, "instead_of": instead_of}
    if batch.rows_held <= FILLED_AT_ONCE:
        actions.fill_held(by=by, row=batch, **given)
        return None
    actions.require_fillable(batch, column, value)
    return jobs.enqueue(FILL, by=by, arguments={"batch": batch.pk, **given})


def start_recheck(batch: ImportBatch, *, by: Any) -> Job | None:
    """Check again: a file as a whole; a batch that goes on with held rows has only those (few: at once)."""
    if not batch.continues_id:
        return start_check(batch, by=by)
    if batch.rows_held <= FILLED_AT_ONCE:
        actions.recheck_held(by=by, row=batch)
        return None
    return jobs.enqueue(RECHECK, by=by, arguments={"batch": batch.pk})


@contextmanager
def _refusal_fails() -> Iterator[None]:
    """What is refused now is refused again: the job fails with the sentence."""
    try:
        yield
    except (Refused, PermissionDenied) as refused:
        raise jobs.JobFailed(str(refused)) from None


def recheck(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    with _refusal_fails():
        batch = actions.recheck_held(by=job.by, row=_batch(job))
    return _told(batch, said_of_recheck(batch))


def start_decide(
    batch: ImportBatch, *, by: Any, decision: str, numbers: list[int], targets: dict[int, int]
) -> Job | None:
    """Decide doubtful rows; many in the background, few at once (then None)."""
    if len(numbers) <= FILLED_AT_ONCE:
        decide_doubts(by=by, row=batch, decision=decision, numbers=numbers, targets=targets)
        return None
    given = {"decision": decision, "numbers": numbers, "targets": list(targets.items())}
    return jobs.enqueue(DECIDE, by=by, arguments={"batch": batch.pk, **given})


def decide(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    given, before = job.arguments, _batch(job)
    with _refusal_fails():
        batch = decide_doubts(
            by=job.by,
            row=before,
            decision=given["decision"],
            numbers=given["numbers"],
            targets=dict(given["targets"]),
        )
    decided = before.rows_doubtful - batch.rows_doubtful
    return _told(batch, said_of_decision(given["decision"], decided, len(given["numbers"])))


def fill(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    given = {name: value for name, value in job.arguments.items() if name != "batch"}
    before = _batch(job)
    with _refusal_fails():
        batch = actions.fill_held(by=job.by, row=before, **given)
    return _told(batch, said_of_fill(before.rows_held, batch))


def _told(batch: ImportBatch, said: str) -> dict[str, Any]:
    """The result of work on rows: what is said of it, as long as no other work has changed what is left."""
    return {"batch": batch.pk, "said": said, "left": left(batch)}


def left(batch: ImportBatch) -> list[int]:
    """How many rows still need a person."""
    return [batch.rows_held, batch.rows_doubtful]


def said_of_fill(before: int, batch: ImportBatch) -> str:
    mended = f"{before - batch.rows_held:,} 行已没有问题，{batch.rows_held:,} 行还有问题。"
    return f"已统一填写并核对：{mended}"


def said_of_recheck(batch: ImportBatch) -> str:
    return f"已重新核对，{batch.rows_held:,} 行还有问题。"


def said_of_decision(decision: str, decided: int, asked: int) -> str:
    """What has become of doubtful rows, and why some of them are left."""
    made = f"已{Decision(decision).label}处理 {decided:,} 行" if decided else "一行也没有处理"
    why = {
        Decision.NEW: "已有登记的人不能按新增",
        Decision.KNOWN: "请先选定是哪一个人，或按新增、暂不处理",
    }.get(Decision(decision), "")
    remain = asked - decided
    return f"{made}，{remain:,} 行仍存疑：{why}。" if remain and why else f"{made}。"


def check(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    batch = check_batch(job.arguments["batch"], job.by, progress)
    return {"batch": batch.pk, "state": batch.state}


def commit(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    batch = _batch(job)
    # A worker killed between the commit and the end of its job has left nothing to do, nor to audit.
    if batch.state != State.COMMITTED:
        with _refusal_fails():
            batch = commit_or_reopen(batch, job.by, whole=job.arguments.get("whole", False))
    return {"batch": batch.pk, "state": batch.state}


def commit_or_reopen(batch: ImportBatch, by: Any, *, whole: bool = False) -> ImportBatch:
    """Commit; where that is refused the batch waits for its clerk again, with the sentence."""
    try:
        return actions.commit(by=by, row=batch, whole=whole)
    except (Refused, PermissionDenied, IntegrityError) as error:
        sentence = CLASH if isinstance(error, IntegrityError) else str(error)
        with scope.applied(by):
            waiting = ImportBatch.objects.filter(pk=batch.pk, state__in=(State.CHECKED, State.COMMITTING))
            is_open = waiting.update(state=State.CHECKED, message=sentence[:500])
            if is_open and isinstance(error, NotWhole):
                _show_late(batch, error)
        raise Refused(sentence) from error


def _show_late(batch: ImportBatch, refused: NotWhole) -> None:
    """The rows that the register now rules out are shown, although nothing was written."""
    hold_late(batch, refused.late)
    with suppress(SheetRefused, OSError):  # those cells are nowhere else
        keep_from_file(batch, actions.importable(batch.resource))
    ImportBatch.objects.filter(pk=batch.pk).update(**counts(batch))


def undo(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    batch = _batch(job)
    if _undone_at(batch) == job.arguments.get("after"):
        with _refusal_fails():
            batch = actions.undo(by=job.by, row=batch)
    return {"batch": batch.pk, "kept": len(batch.kept)}


def _batch(job: Job) -> ImportBatch:
    with transaction.atomic():
        scope.apply(job.by)
        return ImportBatch.objects.get(pk=job.arguments["batch"])
