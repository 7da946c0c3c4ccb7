"""Rows that need a person: held ones corrected, doubtful ones decided."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from core import tables
from core.actions import Refused
from core.imports import actions, grid, jobs
from core.imports.deciding import Decision
from core.imports.forms import FillForm, KindFilter
from core.imports.pages import batch as batch_page
from core.imports.pages import plan as plan_page
from core.imports.pages.shared import resource_of
from core.imports.repeating import repeated
from core.imports.units import unclear, unclear_said, units_of
from core.imports.views.base import StepView
from core.imports.views.batches import State
from core.models import ImportBatch, ImportRow


@method_decorator(sensitive_post_parameters(), "dispatch")
class FixView(StepView):
    """Held rows in a table of fields; saving checks the changed rows again and leaves the others."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        if batch.state != State.CHECKED:
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        form = KindFilter(request.GET, kinds=grid.kinds(batch))
        kind = form.cleaned_data["kind"] if form.is_valid() else ""
        page = tables.Page.of(grid.held(batch, kind), {**request.GET.dict(), "size": str(FIXED_AT_ONCE)})
        kept = {"kind": kind} if kind else {}
        context = {
            "batch": batch,
            "crumbs": self.crumbs(f"第 {pk} 批", "改正有问题的行"),
            "filter_form": form,
            "clear_url": reverse("imports-fix", args=[pk]) if kind else "",
            "count": page.total_text,
            "pager": {**(page.pager(kept) or {}), "sizes": []},
            "query": request.GET.urlencode(),
            "good": f"{batch.rows_new + batch.rows_changed:,}",
            "fill_form": FillForm(resource=resource_of(batch), units=units_of(batch)),
            "repeated": repeated(batch, self.account),
            **grid.grid(batch, page.rows),
        }
        return render(request, "imports/fix.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        super().post(request, pk)
        query = request.GET.urlencode()
        return HttpResponseRedirect(reverse("imports-fix", args=[pk]) + (f"?{query}" if query else ""))

    def step(self, batch: ImportBatch) -> None:
        data = self.request.POST
        numbers = [int(number) for number in data.getlist("row") if number.isdecimal()][:FIXED_AT_ONCE]
        again = {int(number) for number in data.getlist("again") if number.isdecimal()} & set(numbers)
        rows = self.as_opened(batch, numbers)
        again &= {row.number for row in rows}
        changed = self.with_clear_units(batch, grid.changes(batch, rows, data))
        if not changed and not again:
            messages.info(self.request, "没有改动，什么也没有核对。")
            return
        actions.fix_rows(by=self.account, row=batch, cells=changed, again=again)
        checked = sorted(changed.keys() | again)
        left = batch.rows.filter(plan="held", number__in=checked).count()
        text = f"核对了改动的 {len(checked)} 行，{len(checked) - left} 行已没有问题"
        messages.success(self.request, f"{text}，{left} 行还有问题。" if left else f"{text}。")

    def with_clear_units(self, batch: ImportBatch, typed: Typed) -> Typed:
        """What was typed without the amounts of which nobody knows the unit; they are named."""
        lost = {(key, number) for number, cells in typed.items() for key in unclear(batch, cells)}
        for key in sorted({key for key, _ in lost}):
            numbers = _named(sorted(number for other, number in lost if other == key))
            text = f"第 {numbers}行的{unclear_said(batch, key)}；这一次没有保存。"
            messages.warning(self.request, text)
        kept = {n: {k: v for k, v in cells.items() if (k, n) not in lost} for n, cells in typed.items()}
        return {number: cells for number, cells in kept.items() if cells}

    def as_opened(self, batch: ImportBatch, numbers: list[int]) -> list[ImportRow]:
        """The rows of the form that are as they were when it was opened; the others are named and left alone."""
        ImportBatch.objects.visible_to(self.account).select_for_update(of=("self",)).get(pk=batch.pk)
        rows = list(grid.held(batch, "").filter(number__in=numbers))
        same = [row for row in rows if not grid.is_changed(batch, row, self.request.POST)]
        if others := sorted(set(numbers) - {row.number for row in same}):
            text = (
                f"第 {_named(others)}行在这一页打开之后已经改过或不再有问题，这一次对这些行的改动没有保存。"
            )
            messages.warning(self.request, f"{text}请看现在的内容。")
        return same


def _named(numbers: list[int]) -> str:
    more = f" 等 {len(numbers)} " if len(numbers) > NAMED else " "
    return "、".join(map(str, numbers[:NAMED])) + more


Typed = dict[int, dict[str, str | None]]
FIXED_AT_ONCE = 50
NAMED = 10
DOUBTFUL = ImportRow.Plan.DOUBTFUL


class DoubtsView(StepView):
    """Doubtful rows with who they may mean; a decision for the ticked ones or for all of a kind."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        if batch.state != State.CHECKED:
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        kind, form = self.kind(batch)
        page = tables.Page.of(grid.held(batch, kind, DOUBTFUL), request.GET)
        kept = {"kind": kind} if kind else {}
        context = {
            "batch": batch,
            "crumbs": self.crumbs(f"第 {pk} 批", "处理存疑的行"),
            "filter_form": form,
            "clear_url": reverse("imports-doubts", args=[pk]) if kind else "",
            "count": page.total_text,
            "pager": page.pager(kept),
            "query": request.GET.urlencode(),
            "decisions": Decision.choices,
            **plan_page.doubts_table(batch, page.rows),
        }
        return render(request, "imports/doubts.html", context)

    def kind(self, batch: ImportBatch) -> tuple[str, KindFilter]:
        form = KindFilter(self.request.GET, kinds=grid.kinds(batch, DOUBTFUL))
        return (form.cleaned_data["kind"] if form.is_valid() else ""), form

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        super().post(request, pk)
        batch = self.batch(pk)
        is_done = not batch.rows_doubtful or batch_page.running_job(batch, self.account) is not None
        query = request.GET.urlencode()
        page = reverse("imports-detail" if is_done else "imports-doubts", args=[pk])
        return HttpResponseRedirect(page + (f"?{query}" if query and not is_done else ""))

    def step(self, batch: ImportBatch) -> None:
        data = self.request.POST
        if data.get("which") == "all":
            rows = grid.held(batch, self.kind(batch)[0], DOUBTFUL)
            numbers = list(rows.values_list("number", flat=True))
        else:
            numbers = [int(number) for number in data.getlist("row") if number.isdecimal()]
        if not numbers:
            raise Refused("还没有勾选任何一行。请勾选要处理的行，或选择“这里列出的全部”。")
        before = batch.rows_doubtful
        given = {number: data.get(f"target-{number}", "") for number in numbers}
        targets = {number: int(text) for number, text in given.items() if text.isdecimal()}
        decision = data.get("decision", "")
        job = jobs.start_decide(batch, by=self.account, decision=decision, numbers=numbers, targets=targets)
        if job is None:
            batch.refresh_from_db()
            decided = before - batch.rows_doubtful
            messages.info(self.request, jobs.said_of_decision(decision, decided, len(numbers)))


class FillView(StepView):
    """One value for a column of all held rows."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        super().post(request, pk)
        is_busy = batch_page.running_job(self.batch(pk), self.account) is not None
        return HttpResponseRedirect(reverse("imports-detail" if is_busy else "imports-fix", args=[pk]))

    def step(self, batch: ImportBatch) -> None:
        form = FillForm(self.request.POST, resource=resource_of(batch), units=units_of(batch))
        if not form.is_valid():
            raise Refused("请选择一列，并填写要统一填入的值。")
        before = batch.rows_held
        if jobs.start_fill(batch, by=self.account, **form.cleaned_data) is None:
            batch.refresh_from_db()
            messages.success(self.request, jobs.said_of_fill(before, batch))
