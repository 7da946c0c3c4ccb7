"""One batch: its progress, its facts and counts, what can be done with it next; the list of batches."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Case, QuerySet, When
from django.urls import reverse

from core.blank_tables import HELP_SHEET
from core.imports import jobs
from core.imports.pages.shared import TONES, State, moment, resource_of
from core.imports.undoing import KEPT_SHOWN
from core.models import ImportBatch, ImportRow, Job

STEPS = {
    State.CHECKING: "check",
    State.CHECKED: "confirm",
    State.COMMITTING: "confirm",
    State.COMMITTED: "done",
    State.UNDONE: "done",
}
KINDS = {State.CHECKING: jobs.CHECK, State.COMMITTING: jobs.COMMIT}
TITLES = {
    jobs.CHECK: "正在核对表格",
    jobs.COMMIT: "正在写入登记册",
    jobs.UNDO: "正在撤销",
    jobs.FILL: "正在统一填写并核对",
    jobs.RECHECK: "正在重新核对有问题的行",
    jobs.DECIDE: "正在处理存疑的行",
}
# Work on a batch that does not change its state.
ANY_TIME = (jobs.UNDO, jobs.FILL, jobs.RECHECK, jobs.DECIDE)
JOB_STATES = {Job.State.SUCCEEDED: "done"}


def _latest_job(batch: ImportBatch, account: Any) -> Job | None:
    mine = Job.objects.visible_to(account).filter(arguments__batch=batch.pk)
    return mine.filter(kind__in=TITLES).order_by("-pk").first()


def said(batch: ImportBatch, account: Any) -> str:
    """What work in the background has done to rows, until something else is done to them."""
    latest = _latest_job(batch, account)
    is_news = batch.state == State.CHECKED and latest and latest.result.get("left") == jobs.left(batch)
    return str(latest.result["said"]) if latest and is_news else ""


def running_job(batch: ImportBatch, account: Any) -> Job | None:
    """The latest job of the batch that explains its state."""
    latest = _latest_job(batch, account)
    if latest is None or latest.state == Job.State.SUCCEEDED:
        return None
    is_current = latest.kind == KINDS.get(State(batch.state)) or latest.kind in ANY_TIME
    return latest if is_current else None


def progress(batch: ImportBatch, job: Job) -> dict[str, Any]:
    """For components/progress.html."""
    return {
        "title": TITLES[job.kind],
        "state": JOB_STATES.get(Job.State(job.state), job.state),
        "state_label": job.get_state_display(),
        "done": job.done,
        "total": job.total,
        "done_text": f"{job.done:,}",
        "total_text": f"{job.total or 0:,}",
        "error": job.error,
        "url": reverse("imports-detail", args=[batch.pk]),
        "finished": job.is_finished,
    }


def list_table(batches: list[ImportBatch]) -> dict[str, Any]:
    """For components/table.html."""
    heads = (
        "上传时间",
        "内容",
        "文件",
        "导入人",
        "状态",
        "新增",
        "变更",
        "无变化",
        "存疑",
        "有问题",
        "校验值",
    )
    return {
        "columns": [{"label": head, "numeric": index in range(5, 10)} for index, head in enumerate(heads)],
        "rows": [_list_row(batch, heads) for batch in batches],
    }


def _list_row(batch: ImportBatch, heads: tuple[str, ...]) -> dict[str, Any]:
    counts = [getattr(batch, f"rows_{plan}") for plan in ImportRow.Plan.values]
    cells: list[dict[str, Any]] = [{"text": moment(batch.created_at), "whole": True}]
    cells += [{"text": resource_of(batch).label, "whole": True}]
    cells += [{"text": batch.file.name}, {"text": str(batch.by)}]
    kept = f"，保留 {len(batch.kept):,} 条" if batch.kept else ""
    cells.append({"text": batch.get_state_display() + kept, "badge": TONES[State(batch.state)]})
    cells += [{"text": f"{count:,}", "numeric": True} for count in counts]
    cells.append({"text": batch.file.sha256[:12], "muted": True})
    for cell, head in zip(cells, heads, strict=True):
        cell["label"] = head
    return {"url": reverse("imports-detail", args=[batch.pk]), "cells": cells}


def other_sheets(batch: ImportBatch) -> list[str]:
    """The sheets of the workbook that this batch does not read."""
    if batch.continues_id or batch.state not in (State.CHECKED, State.COMMITTED):
        return []
    none = (batch.reading.get("sheet"), HELP_SHEET)
    return [name for name in batch.reading.get("sheets", []) if name not in none]


def sisters(batch: ImportBatch, account: Any) -> QuerySet[ImportBatch]:
    """The batches that were uploaded together with this one."""
    return ImportBatch.objects.visible_to(account).filter(pile=batch.pile).exclude(pk=batch.pk)


def facts(batch: ImportBatch) -> list[dict[str, Any]]:
    """What the batch is, for components/detail.html."""
    resource = resource_of(batch)
    defaults = "、".join(f"{resource.column(key).label} = {value}" for key, value in batch.defaults.items())
    state = {"label": "状态", "value": batch.get_state_display(), "badge": TONES[State(batch.state)]}
    shown = [
        state,
        {"label": "内容", "value": resource.label},
        {"label": "文件", "value": batch.file.name, "note": f"{batch.file.size:,} 字节"},
        {"label": "导入人", "value": str(batch.by), "note": moment(batch.created_at)},
        {"label": "接着处理", "value": f"第 {batch.continues_id} 批有问题的行" if batch.continues_id else ""},
        {"label": "工作表", "value": batch.sheet, "note": f"表头在第 {batch.header_row} 行"},
        {"label": "空格补为", "value": defaults},
        {"label": "导入时间", "value": moment(batch.committed_at)},
        {"label": "撤销时间", "value": moment(batch.undone_at)},
        {"label": "文件校验值", "value": batch.file.sha256[:16]},
    ]
    return [fact for fact in shown if fact["value"]]


def counts(batch: ImportBatch) -> list[dict[str, Any]]:
    """How many rows each plan has, each leading to its rows."""
    url = reverse("imports-detail", args=[batch.pk])
    return [
        {
            "label": label,
            "count": f"{getattr(batch, f'rows_{plan}'):,}",
            "url": f"{url}?plan={plan}",
        }
        for plan, label in ImportRow.Plan.choices
    ]


class Button(NamedTuple):
    """One thing that can be done with a batch, on the page of that name."""

    label: str
    page: str
    icon: str
    method: str = ""
    kind: str = ""
    query: str = ""


RECHECK = Button("重新核对", "recheck", "refresh", "post")
DISCARD = Button("放弃这一批", "discard", "x", "post")
HELD = Button("下载有问题的行", "held", "file-spreadsheet")
WHOLE = Button("下载整张表格", "held", "file-spreadsheet", query="?rows=all")
FIX = Button("改正有问题的行", "fix", "edit")
DECIDE = Button("处理存疑的行", "doubts", "users")
TRY_AGAIN = Button("再试一次", "commit", "check", "post", "primary")
GO_ON = Button("接着处理有问题的行", "continue", "edit", "post", "primary")
DISMISS = Button("了结有问题的行", "dismiss", "check")
UNDO = Button("撤销这一批", "undo", "arrow-back-up", kind="danger")
UNDO_AGAIN = Button("再撤销一次", "undo", "arrow-back-up")


def buttons(batch: ImportBatch, *, can_return_whole: bool) -> list[dict[str, Any]]:
    """What can be done with the batch now, for components/actions.html."""
    return [
        {
            "label": button.label,
            "url": reverse(f"imports-{button.page}", args=[batch.pk]) + button.query,
            "method": button.method,
            "icon": button.icon,
            "kind": button.kind,
        }
        for button in _buttons(batch, [WHOLE, HELD] if can_return_whole else [HELD])
    ]


def _buttons(batch: ImportBatch, returned: list[Button]) -> list[Button]:
    """`returned`: what of the table can be had back."""
    has_held, has_doubts = bool(batch.rows_held), bool(batch.rows_doubtful)
    has_written = bool(batch.rows_new + batch.rows_changed)
    left = [] if batch.dismissed_at else [DISMISS, GO_ON]
    shown: dict[str, list[Button]] = {
        State.CHECKED: [DISCARD, RECHECK, *([*returned, FIX] * has_held), *([DECIDE] * has_doubts)],
        State.REFUSED: [DISCARD, RECHECK],
        # Seen only when the job behind it has given up.
        State.CHECKING: [DISCARD, RECHECK],
        State.COMMITTING: [RECHECK, TRY_AGAIN],
        State.COMMITTED: [*([UNDO] * has_written), *([*returned, *left] * has_held)],
        State.UNDONE: [UNDO_AGAIN] * bool(batch.kept),
    }
    return shown.get(batch.state, [])


def confirm(batch: ImportBatch) -> dict[str, Any] | None:
    """What committing would do, with the choice between some rows and none."""
    if batch.state != State.CHECKED:
        return None
    good = batch.rows_new + batch.rows_changed
    return {
        "url": reverse("imports-commit", args=[batch.pk]),
        "good": f"{good:,}",
        "held": f"{batch.rows_held:,}" if batch.rows_held else "",
        "doubtful": f"{batch.rows_doubtful:,}" if batch.rows_doubtful else "",
        "doubts_url": reverse("imports-doubts", args=[batch.pk]),
        "disabled": "" if good else "没有可以写入的行。",
    }


def can_undo(batch: ImportBatch) -> bool:
    """Whether anything of the batch may be taken back: at first, or of what the last undoing kept."""
    return batch.state == State.COMMITTED or (batch.state == State.UNDONE and bool(batch.kept))


def done(batch: ImportBatch) -> str:
    """What a committed batch has written, or what its undoing has left, in one sentence."""
    if batch.state == State.UNDONE:
        left = f"{len(batch.kept):,} 条不能撤销，保留在登记册，原因逐行列出。原因消除后（如改回导入时的内容），可以再撤销一次。"
        return f"已于 {moment(batch.undone_at)} 撤销，" + (
            f"其中{'至少 ' if len(batch.kept) >= KEPT_SHOWN else ' '}{left}"
            if batch.kept
            else "登记册恢复到导入之前。"
        )
    if batch.state != State.COMMITTED:
        return ""
    return f"已写入登记册：新增 {batch.rows_new:,} 行，变更 {batch.rows_changed:,} 行，可以整批撤销。"


def held_work(batch: ImportBatch) -> str:
    """What is still to be done with the held rows of a committed batch."""
    if batch.state != State.COMMITTED or not batch.rows_held:
        return ""
    if batch.dismissed_at:
        return f"有问题的 {batch.rows_held:,} 行已于 {moment(batch.dismissed_at)} 了结，没有导入。"
    return f"还有 {batch.rows_held:,} 行有问题，没有导入。可以接着在这里改正，也可以下载后改好重新上传；不再需要的请了结。"


def shown_first(batch: ImportBatch) -> str:
    """After commit the held rows are what is left to do."""
    return "held" if batch.state == State.COMMITTED and batch.rows_held else ""


def earlier(batch: ImportBatch, account: Any) -> ImportBatch | None:
    """An earlier batch of the same file and content: one that was imported, or else the latest."""
    if batch.continues_id:
        return None
    same = ImportBatch.objects.visible_to(account).filter(
        file__sha256=batch.file.sha256, resource=batch.resource, pk__lt=batch.pk
    )
    imported_first = Case(When(state=State.COMMITTED, then=0), default=1)
    return same.exclude(state=State.DISCARDED).select_related("by").order_by(imported_first, "-pk").first()
