"""A batch as its pages show it: progress, counts, the rows of the plan, what can be done next."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from core.imports import jobs
from core.imports.reading import BY_ITSELF, BY_LAST_TIME, BY_PERSON
from core.models import ImportBatch, ImportRow, Job
from core.resource import Resource, registry
from core.sheets import column_letters

State = ImportBatch.State
TONES = {
    State.CHECKING: "info",
    State.CHECKED: "warn",
    State.REFUSED: "bad",
    State.COMMITTING: "info",
    State.COMMITTED: "ok",
    State.UNDONE: "muted",
    State.DISCARDED: "muted",
}
PLAN_TONES = {"new": "ok", "changed": "info", "unchanged": "muted", "doubtful": "info", "held": "warn"}
STEPS = {
    State.CHECKING: "check",
    State.CHECKED: "confirm",
    State.COMMITTING: "confirm",
    State.COMMITTED: "done",
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
COLUMNS_SHOWN = 5
WHOLE = 10
# Committed batches whose held rows nobody has dealt with yet.
UNSETTLED = Q(state=State.COMMITTED, rows_held__gt=0, dismissed_at__isnull=True)


def moment(value: Any) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


def resource_of(batch: ImportBatch) -> Resource:
    return registry()[batch.resource]


def running_job(batch: ImportBatch, account: Any) -> Job | None:
    """The latest job of the batch that explains its state."""
    mine = Job.objects.visible_to(account).filter(arguments__batch=batch.pk)
    latest = mine.filter(kind__in=TITLES).order_by("-pk").first()
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
    texts = (moment(batch.created_at), resource_of(batch).label, batch.file.name, str(batch.by))
    cells: list[dict[str, Any]] = [{"text": text} for text in texts]
    cells.append({"text": batch.get_state_display(), "badge": TONES[State(batch.state)]})
    cells += [{"text": f"{count:,}", "numeric": True} for count in counts]
    cells.append({"text": batch.file.sha256[:12], "muted": True})
    for cell, head in zip(cells, heads, strict=True):
        cell["label"] = head
    return {"url": reverse("imports-detail", args=[batch.pk]), "cells": cells}


def pile_batches(pile: uuid.UUID, account: Any) -> QuerySet[ImportBatch]:
    """The batches that were uploaded together."""
    together = ImportBatch.objects.visible_to(account).filter(pile=pile)
    return together.select_related("file", "by").order_by("pk")


def sort_job(pile: uuid.UUID, account: Any) -> Job | None:
    """The latest job that opens batches of the pile."""
    mine = Job.objects.visible_to(account).filter(kind="imports.sort", arguments__pile=str(pile))
    return mine.order_by("-pk").first()


def pile_progress(
    pile: uuid.UUID, batches: list[ImportBatch], sorting: Job | None, account: Any
) -> dict[str, Any] | None:
    """Common progress of a pile, for components/progress.html; None when nothing is under way."""
    working = (Job.State.QUEUED, Job.State.RUNNING)
    ours = Job.objects.visible_to(account).filter(arguments__batch__in=[batch.pk for batch in batches])
    is_sorting = sorting is not None and sorting.state in working
    if not is_sorting and not ours.filter(state__in=working).exists():
        return None
    checked = sum(batch.state != State.CHECKING for batch in batches)
    rows = sum(ours.filter(kind=jobs.CHECK).values_list("done", flat=True))
    return {
        "title": "正在读取文件" if is_sorting else "正在核对表格",
        "state": Job.State.RUNNING,
        "state_label": Job.State.RUNNING.label,
        "done": checked,
        "total": len(batches),
        "note": f"已找到 {len(batches)} 个工作表，核对了 {rows:,} 行。",
        "url": reverse("imports-pile", args=[pile]),
        "finished": False,
    }


def pile_table(batches: list[ImportBatch]) -> dict[str, Any]:
    """The batches of a pile for components/table.html."""
    heads = ("文件", "工作表", "内容", "状态", *ImportRow.Plan.labels)
    return {
        "columns": [{"label": head, "numeric": index > 3} for index, head in enumerate(heads)],
        "rows": [_pile_row(batch, heads) for batch in batches],
    }


def _pile_row(batch: ImportBatch, heads: tuple[str, ...]) -> dict[str, Any]:
    sheet = batch.sheet or batch.chosen.get("sheet", "")
    cells: list[dict[str, Any]] = [{"text": text} for text in (batch.file.name, sheet)]
    cells.append({"text": resource_of(batch).label})
    cells.append({"text": batch.get_state_display(), "badge": TONES[State(batch.state)]})
    counts = (getattr(batch, f"rows_{plan}") for plan in ImportRow.Plan.values)
    cells += [{"text": f"{count:,}", "numeric": True} for count in counts]
    for cell, head in zip(cells, heads, strict=True):
        cell["label"] = head
    return {"url": reverse("imports-detail", args=[batch.pk]), "cells": cells}


def unclear(sorting: Job | None) -> list[dict[str, str]]:
    """Sheets of which nobody knows yet what they are, each with the reason."""
    return list(sorting.result.get("unclear", [])) if sorting is not None else []


def other_sheets(batch: ImportBatch) -> list[str]:
    """The sheets of the workbook that this batch does not read."""
    if batch.continues_id or batch.state not in (State.CHECKED, State.COMMITTED):
        return []
    return [name for name in batch.reading.get("sheets", []) if name != batch.reading.get("sheet")]


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
    is_open = batch.state in (State.CHECKED, State.REFUSED)
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


def plan_rows(batch: ImportBatch, query: dict[str, Any]) -> QuerySet[ImportRow]:
    """The rows of the plan that the filter asks for."""
    rows = batch.rows.order_by("number").defer("values")
    if query.get("plan"):
        rows = rows.filter(plan=query["plan"])
    return rows.filter(number__gte=query["number"]) if query.get("number") else rows


def _mapped(batch: ImportBatch) -> list[str]:
    """The columns that the file has, in the order of the declaration."""
    return [column.key for column in resource_of(batch).importable if column.key in batch.mapping]


def plan_table(batch: ImportBatch, rows: list[ImportRow]) -> dict[str, Any]:
    """Rows of the plan for components/table.html: what stands in the file, and what happens to it."""
    resource = resource_of(batch)
    keys = _mapped(batch)[:COLUMNS_SHOWN]
    steps = [_step(batch, row) for row in rows]
    heads = ["行号", "处理", *(resource.column(key).label for key in keys), "说明"]
    heads += ["办理"] if any(steps) else []
    return {
        "columns": [{"label": head, "numeric": head == "行号"} for head in heads],
        "rows": [_plan_row(row, keys, heads, step) for row, step in zip(rows, steps, strict=True)],
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


def _plan_row(row: ImportRow, keys: list[str], heads: list[str], step: dict[str, str]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"text": str(row.number), "numeric": True},
        {"text": row.get_plan_display(), "badge": PLAN_TONES[row.plan]},
        *(_short(row.shown.get(key, "—")) for key in keys),
        {"text": explanation(row)},
    ]
    if "办理" in heads:
        cells.append(step or {"text": ""})
    for cell, head in zip(cells, heads, strict=True):
        cell["label"] = head
    return {"cells": cells, "tone": "warn" if row.plan == "held" else ""}


def _short(text: str) -> dict[str, Any]:
    """A cell; a name or a date stays in one line, however long the explanation beside it."""
    return {"text": text, "whole": len(text) <= WHOLE}


def doubts_table(batch: ImportBatch, rows: list[ImportRow]) -> dict[str, Any]:
    """Doubtful rows with what each may mean, for the page that decides them."""
    resource = resource_of(batch)
    keys = _mapped(batch)[:COLUMNS_SHOWN]
    return {
        "heads": [resource.column(key).label for key in keys],
        "rows": [
            {
                "number": row.number,
                "cells": [(resource.column(key).label, row.shown.get(key, "—")) for key in keys],
                "why": [problem_text(problem) for problem in row.problems],
                "choices": _choices(row),
            }
            for row in rows
        ],
    }


def _choices(row: ImportRow) -> list[tuple[int, str]]:
    """Who a row may mean, where there are several."""
    targets = {problem["target"]: problem["message"] for problem in row.problems if problem.get("target")}
    return [(target, text.partition("。")[0]) for target, text in targets.items()] if len(targets) > 1 else []


def explanation(row: ImportRow) -> str:
    """Why a row is held, or what changes: old → new."""
    if row.problems:
        return problems_text(row)
    return "；".join(
        f"{label}：{old or '（空）'} → {new or '（空）'}" for label, (old, new) in row.changes.items()
    )


def problems_text(row: ImportRow) -> str:
    """All problems of a row as one text of whole sentences."""
    texts = [problem_text(problem).rstrip("。") for problem in row.problems]
    return "；".join(texts) + "。" if texts else ""


def problem_text(problem: dict[str, str]) -> str:
    value = f"“{problem['value']}”" if problem.get("value") else ""
    value = "" if value in problem["message"] else value
    return f"{problem['column']}{value}：{problem['message']}"


def buttons(batch: ImportBatch, *, can_return_whole: bool) -> list[dict[str, Any]]:
    """What can be done with the batch now, for components/actions.html."""

    def url(name: str) -> str:
        return reverse(f"imports-{name}", args=[batch.pk])

    good = batch.rows_new + batch.rows_changed
    recheck = {"label": "重新核对", "url": url("recheck"), "method": "post", "icon": "refresh"}
    discard = {"label": "放弃这一批", "url": url("discard"), "method": "post", "icon": "x"}
    held = {"label": "下载有问题的行", "url": url("held"), "icon": "file-spreadsheet"}
    whole = {"label": "下载整张表格", "url": f"{url('held')}?rows=all", "icon": "file-spreadsheet"}
    undo = {"label": "撤销这一批", "url": url("undo"), "kind": "danger", "icon": "arrow-back-up"}
    commit = {"label": "再试一次", "url": url("commit"), "method": "post", "kind": "primary", "icon": "check"}
    fix = {"label": "改正有问题的行", "url": url("fix"), "icon": "edit"}
    decide = {"label": "处理存疑的行", "url": url("doubts"), "icon": "users"}
    goes_on = {
        "label": "接着处理有问题的行",
        "url": url("continue"),
        "method": "post",
        "icon": "edit",
        "kind": "primary",
    }
    dismiss = {"label": "了结有问题的行", "url": url("dismiss"), "icon": "check"}
    has_work = bool(batch.rows_held)
    returned = [whole, held] if can_return_whole else [held]
    left = [] if batch.dismissed_at else [dismiss, goes_on]
    shown: dict[str, list[dict[str, Any]]] = {
        State.CHECKED: [
            discard,
            recheck,
            *([*returned, fix] if has_work else []),
            *([decide] if batch.rows_doubtful else []),
        ],
        State.REFUSED: [discard, recheck],
        # Seen only when the job behind it has given up.
        State.CHECKING: [discard, recheck],
        State.COMMITTING: [recheck, commit],
        State.COMMITTED: [*([undo] if good else []), *([*returned, *left] if has_work else [])],
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
    """The first batch of the same file and content, if this is not it."""
    if batch.continues_id:
        return None
    same = ImportBatch.objects.visible_to(account).filter(
        file__sha256=batch.file.sha256, resource=batch.resource, pk__lt=batch.pk
    )
    return same.exclude(state=State.DISCARDED).select_related("by").order_by("pk").first()
