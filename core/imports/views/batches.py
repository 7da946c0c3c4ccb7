"""The batches and what is done to one as a whole: confirm, check again, give up, take back, return."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core import tables
from core.actions import Refused
from core.imports import actions, jobs
from core.imports.clearing import UNDECIDED_DAYS
from core.imports.forms import DismissForm, PlanFilter
from core.imports.marking import has_file
from core.imports.pages import batch as batch_page
from core.imports.pages import columns as columns_page
from core.imports.pages import plan as plan_page
from core.imports.pages.shared import UNSETTLED
from core.imports.returning import return_held
from core.imports.views.base import ImportView, StepView, download
from core.models import ImportBatch

State = ImportBatch.State


class BatchListView(ImportView):
    """Who imported what and when."""

    def get(self, request: HttpRequest) -> HttpResponse:
        batches = ImportBatch.objects.visible_to(self.account).select_related("file", "by")
        if is_held := request.GET.get("held") == "1":
            batches = batches.filter(UNSETTLED)
        page = tables.Page.of(batches.order_by("-pk"), request.GET)
        table = batch_page.list_table(page.rows)
        query = {key: str(value) for key, value in request.GET.items() if key != "page"}
        context = {
            "crumbs": self.crumbs(),
            "resources": self.resources(),
            "is_held": is_held,
            "pager": page.pager(query),
            "new_url": reverse("imports-new"),
            "first_step": {"label": "导入表格", "url": reverse("imports-new")},
            "undecided_days": UNDECIDED_DAYS,
            **table,
        }
        return render(request, "imports/list.html", context)


class BatchView(ImportView):
    """One batch: its progress while it is worked on, then its plan."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        job = batch_page.running_job(batch, self.account)
        if request.headers.get("HX-Request"):
            return self.fragment(batch, job)
        context = {
            "batch": batch,
            "crumbs": self.crumbs(f"第 {batch.pk} 批 {batch.file}"),
            "facts": batch_page.facts(batch),
            "step": batch_page.STEPS.get(State(batch.state), "upload"),
            "job": batch_page.progress(batch, job) if job else None,
            "buttons": [] if job and not job.is_finished else self.buttons(batch),
            "earlier": batch_page.earlier(batch, self.account),
            "reading": columns_page.reading(batch),
            "confirm": None if job and not job.is_finished else batch_page.confirm(batch),
            "done": batch_page.done(batch),
            "said": batch_page.said(batch, self.account),
            "held_work": batch_page.held_work(batch),
            "held_step": plan_page.held_step(batch),
            "sisters": batch.pile is not None and batch_page.sisters(batch, self.account).exists(),
            "other_sheets": batch_page.other_sheets(batch) if batch.pile is None else [],
            **(self.plan(batch) if batch.state not in (State.CHECKING, State.DISCARDED) else {}),
        }
        return render(request, "imports/batch.html", context)

    def buttons(self, batch: ImportBatch) -> list[dict[str, Any]]:
        is_whole = batch.by_id == self.account.pk and bool(batch.reading) and has_file(batch)
        return batch_page.buttons(batch, can_return_whole=is_whole and not batch.continues_id)

    def fragment(self, batch: ImportBatch, job: Any) -> HttpResponse:
        """The progress alone; when the work is over, the browser is sent to the whole page."""
        if job is None or job.is_finished:
            answer = HttpResponse()
            answer["HX-Redirect"] = reverse("imports-detail", args=[batch.pk])
            return answer
        return render(self.request, "components/progress.html", {"job": batch_page.progress(batch, job)})

    def plan(self, batch: ImportBatch) -> dict[str, Any]:
        given = self.request.GET or {"plan": batch_page.shown_first(batch)}
        form = PlanFilter(given)
        query = form.cleaned_data if form.is_valid() else {}
        page = tables.Page.of(plan_page.plan_rows(batch, query), self.request.GET)
        kept = {key: str(value) for key, value in self.request.GET.items() if key != "page" and value}
        return {
            "filter_form": form,
            "count": page.total_text,
            "counts": batch_page.counts(batch),
            "clear_url": reverse("imports-detail", args=[batch.pk]) if query.get("plan") else "",
            "pager": page.pager(kept),
            **plan_page.plan_table(batch, page.rows),
        }


class ContinueView(StepView):
    """Go on with the held rows of a committed batch, as a batch of their own."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            following = actions.continue_held(by=self.account, row=self.batch(pk))
        except Refused as refused:
            messages.error(request, refused.message)
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        return HttpResponseRedirect(reverse("imports-fix", args=[following.pk]))


class DismissView(StepView):
    """Be done with the held rows of a committed batch, with a reason."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.batch(pk), DismissForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch, form = self.batch(pk), DismissForm(request.POST)
        if not form.is_valid():
            return self.page(batch, form, status=422)
        try:
            actions.dismiss_held(by=self.account, row=batch, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(None, refused.message)
            return self.page(batch, form, status=422)
        messages.success(request, "这一批有问题的行已了结，不再列为待办。")
        return HttpResponseRedirect(reverse("imports-detail", args=[pk]))

    def page(self, batch: ImportBatch, form: DismissForm, status: int = 200) -> HttpResponse:
        crumbs = self.crumbs(f"第 {batch.pk} 批", "了结有问题的行")
        context = {"batch": batch, "crumbs": crumbs, "form": form}
        return render(self.request, "imports/dismiss.html", context, status=status)


class CommitView(StepView):
    def step(self, batch: ImportBatch) -> None:
        is_whole = self.request.POST.get("how") == "whole"
        if jobs.start_commit(batch, by=self.account, whole=is_whole) is None:
            messages.info(self.request, "这一批已经确认过，不会重复写入。")


class RecheckView(StepView):
    def step(self, batch: ImportBatch) -> None:
        if jobs.start_recheck(batch, by=self.account) is None:
            batch.refresh_from_db()
            messages.success(self.request, jobs.said_of_recheck(batch))


class DiscardView(StepView):
    def step(self, batch: ImportBatch) -> None:
        actions.discard(by=self.account, row=batch)
        messages.success(self.request, "这一批已放弃，登记册没有改动。")


class UndoView(StepView):
    """Says what will be taken back, then does it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        if not batch_page.can_undo(batch):
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        context = {
            "batch": batch,
            "crumbs": self.crumbs(f"第 {pk} 批", "撤销"),
            "kept": f"{len(batch.kept):,}" if batch.kept else "",
            "added": f"{batch.rows_new:,}",
            "changed": f"{batch.rows_changed:,}",
            "facts": batch_page.facts(batch),
        }
        return render(request, "imports/undo.html", context)

    def step(self, batch: ImportBatch) -> None:
        if batch_page.can_undo(batch):
            jobs.start_undo(batch, by=self.account)


class HeldView(ImportView):
    """The held rows, or with `?rows=all` the whole sheet, as a workbook with a 问题 column."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
        whole = request.GET.get("rows") == "all"
        try:
            return_held(by=self.account, row=self.batch(pk), stream=stream, whole=whole)
        except Refused as refused:
            messages.error(request, refused.message)
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        return download(
            stream, f"{'整张表格' if whole else '有问题的行'}-第{pk}批-{timezone.localdate():%Y-%m-%d}.xlsx"
        )
