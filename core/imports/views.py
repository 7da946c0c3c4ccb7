"""The pages of an import: upload, watch, look at the plan, confirm, undo."""

from __future__ import annotations

import tempfile
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from core import tables
from core.actions import Refused
from core.exports import EXCEL
from core.imports import actions, grid, jobs, pages
from core.imports.clearing import UNDECIDED_DAYS
from core.imports.deciding import Decision
from core.imports.forms import (
    ColumnsForm,
    DismissForm,
    FillForm,
    KindFilter,
    PileForm,
    PlanFilter,
    SheetForm,
    UploadForm,
)
from core.imports.marking import has_file
from core.imports.returning import return_held, update_response, write_template
from core.imports.sorting import start_sort, upload_pile
from core.models import ImportBatch, ImportRow
from core.resource import Resource, registry
from core.rights import Right

State = ImportBatch.State


class ImportView(LoginRequiredMixin, View):
    """What all pages of imports share: the right, and batches of the own scope."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> Any:
        if request.user.is_authenticated and not self.account.can(Right.IMPORT):
            raise PermissionDenied(f"您的账号没有“{Right.IMPORT.label}”的权限，请联系管理员。")
        return super().dispatch(request, *arguments, **options)

    @property
    def account(self) -> Any:
        return self.request.user

    def batch(self, pk: int) -> ImportBatch:
        visible = ImportBatch.objects.visible_to(self.account)
        return get_object_or_404(visible.select_related("file", "by"), pk=pk)

    def crumbs(self, *steps: str) -> list[dict[str, str]]:
        first = {"label": str(self.account.union), "url": "/"}
        second = {"label": "导入", "url": reverse("imports-list")}
        return [first, second, *({"label": step, "url": ""} for step in steps)]

    def resources(self) -> list[Resource]:
        return [r for r in registry().values() if r.importer and self.account.can(r.right)]

    def resource(self, key: str) -> Resource:
        found = next((resource for resource in self.resources() if resource.key == key), None)
        if found is None:
            raise Http404
        return found


class BatchListView(ImportView):
    """Who imported what and when."""

    def get(self, request: HttpRequest) -> HttpResponse:
        batches = ImportBatch.objects.visible_to(self.account).select_related("file", "by")
        if is_held := request.GET.get("held") == "1":
            batches = batches.filter(pages.UNSETTLED)
        page = tables.Page.of(batches.order_by("-pk"), request.GET)
        table = pages.list_table(page.rows)
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


class UploadView(ImportView):
    """Choose what is imported, then the file; the check starts at once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        key = request.GET.get("resource", "")
        if not key:
            return self.choose(PileForm())
        resource = self.resource(key)
        return self.page(resource, UploadForm(resource=resource, account=self.account))

    def choose(self, form: PileForm, status: int = 200) -> HttpResponse:
        context = {"crumbs": self.crumbs("选择内容"), "resources": self.resources(), "pile_form": form}
        return render(self.request, "imports/choose.html", context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.GET.get("resource"):
            return self.pile(PileForm(request.POST, request.FILES))
        resource = self.resource(request.GET["resource"])
        form = UploadForm(request.POST, request.FILES, resource=resource, account=self.account)
        if not form.is_valid():
            return self.page(resource, form, status=422)
        try:
            batch = actions.upload(
                by=self.account,
                resource=resource.key,
                file=form.cleaned_data["file"],
                defaults=form.defaults(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(resource, form, status=422)
        jobs.start_check(batch, by=self.account)
        return HttpResponseRedirect(reverse("imports-detail", args=[batch.pk]))

    def page(self, resource: Resource, form: UploadForm, status: int = 200) -> HttpResponse:
        context = {"crumbs": self.crumbs(resource.label), "resource": resource, "form": form}
        return render(self.request, "imports/new.html", context, status=status)

    def pile(self, form: PileForm) -> HttpResponse:
        if not form.is_valid():
            return self.choose(form, status=422)
        pile = uuid.uuid4()
        upload_pile(by=self.account, files=form.chosen, pile=pile)
        return HttpResponseRedirect(reverse("imports-pile", args=[pile]))


class PileView(ImportView):
    """Batches that were uploaded together, with their common progress."""

    def get(self, request: HttpRequest, **given: uuid.UUID) -> HttpResponse:
        pile = given["uuid"]
        batches = list(pages.pile_batches(pile, self.account))
        sorting = pages.sort_job(pile, self.account)
        if not batches and sorting is None:
            raise Http404
        job = pages.pile_progress(pile, batches, sorting, self.account)
        if request.headers.get("HX-Request") and job is not None:
            return render(request, "components/progress.html", {"job": job})
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": request.path})
        context = {
            "crumbs": self.crumbs("一起上传的表格"),
            "job": job,
            "unclear": pages.unclear(sorting),
            "failed": sorting.error if sorting is not None else "",
            **pages.pile_table(batches),
        }
        return render(request, "imports/pile.html", context)


class TemplateView(ImportView):
    """The empty Excel table of a resource, or with `?rows=1` the one filled with what is registered."""

    def get(self, request: HttpRequest, key: str) -> FileResponse:
        resource = self.resource(key)
        if request.GET.get("rows") == "1":
            rows = resource.rows(self.account).order_by("pk")
            return update_response(by=self.account, resource=resource, rows=rows)
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
        write_template(stream, resource)
        return download(stream, f"{resource.label}导入模板.xlsx")


class BatchView(ImportView):
    """One batch: its progress while it is worked on, then its plan."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        job = pages.running_job(batch, self.account)
        if request.headers.get("HX-Request"):
            return self.fragment(batch, job)
        context = {
            "batch": batch,
            "crumbs": self.crumbs(f"第 {batch.pk} 批 {batch.file}"),
            "facts": pages.facts(batch),
            "step": pages.STEPS.get(State(batch.state), "upload"),
            "job": pages.progress(batch, job) if job else None,
            "buttons": [] if job and not job.is_finished else self.buttons(batch),
            "earlier": pages.earlier(batch, self.account),
            "reading": pages.reading(batch),
            "confirm": None if job and not job.is_finished else pages.confirm(batch),
            "held_work": pages.held_work(batch),
            "held_step": pages.held_step(batch),
            "other_sheets": pages.other_sheets(batch) if batch.pile is None else [],
            **(self.plan(batch) if batch.state not in (State.CHECKING, State.DISCARDED) else {}),
        }
        return render(request, "imports/batch.html", context)

    def buttons(self, batch: ImportBatch) -> list[dict[str, Any]]:
        is_whole = batch.by_id == self.account.pk and bool(batch.reading) and has_file(batch)
        return pages.buttons(batch, can_return_whole=is_whole and not batch.continues_id)

    def fragment(self, batch: ImportBatch, job: Any) -> HttpResponse:
        """The progress alone; when the work is over, the browser is sent to the whole page."""
        if job is None or job.is_finished:
            answer = HttpResponse()
            answer["HX-Redirect"] = reverse("imports-detail", args=[batch.pk])
            return answer
        return render(self.request, "components/progress.html", {"job": pages.progress(batch, job)})

    def plan(self, batch: ImportBatch) -> dict[str, Any]:
        given = self.request.GET or {"plan": pages.shown_first(batch)}
        form = PlanFilter(given)
        query = form.cleaned_data if form.is_valid() else {}
        page = tables.Page.of(pages.plan_rows(batch, query), self.request.GET)
        kept = {key: str(value) for key, value in self.request.GET.items() if key != "page" and value}
        return {
            "filter_form": form,
            "count": page.total_text,
            "counts": pages.counts(batch),
            "clear_url": reverse("imports-detail", args=[batch.pk]) if query.get("plan") else "",
            "pager": page.pager(kept),
            **pages.plan_table(batch, page.rows),
        }


class StepView(ImportView):
    """One step forward or back with a batch; a repeated click finds it done."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        actions.require_right(self.account, pages.resource_of(batch))
        try:
            self.step(batch)
        except Refused as refused:
            messages.error(request, refused.message)
        return HttpResponseRedirect(reverse("imports-detail", args=[pk]))

    def step(self, batch: ImportBatch) -> None:
        raise NotImplementedError


class ColumnsView(StepView):
    """Which column is read as what, and the choice of another."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        if not batch.reading.get("columns") or batch.state not in actions.READABLE:
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        resource = pages.resource_of(batch)
        return self.page(batch, ColumnsForm(reading=batch.reading, resource=resource))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        resource = pages.resource_of(batch)
        actions.require_right(self.account, resource)
        form = ColumnsForm(request.POST, reading=batch.reading, resource=resource)
        if not form.is_valid():
            return self.page(batch, form, status=422)
        try:
            actions.map_columns(by=self.account, row=batch, columns=form.columns())
            jobs.start_check(batch, by=self.account)
        except Refused as refused:
            form.add_error(None, refused.message)
            return self.page(batch, form, status=422)
        return HttpResponseRedirect(reverse("imports-detail", args=[pk]))

    def page(self, batch: ImportBatch, form: ColumnsForm, status: int = 200) -> HttpResponse:
        sheet = {"sheet": batch.reading.get("sheet"), "header_row": batch.reading.get("header_row")}
        context = {
            "batch": batch,
            "crumbs": self.crumbs(f"第 {batch.pk} 批", "列的对应"),
            "form": form,
            "columns": pages.columns_to_choose(batch, form),
            "missing": pages.missing(batch),
            "sheet_form": SheetForm(initial=sheet, reading=batch.reading),
        }
        return render(self.request, "imports/columns.html", context, status=status)


class SheetView(StepView):
    """Another worksheet or header row; the check starts anew."""

    def step(self, batch: ImportBatch) -> None:
        form = SheetForm(self.request.POST, reading=batch.reading)
        if not form.is_valid():
            raise Refused("请从列表中选择工作表；表头行填大于 0 的行号，或留空。")
        actions.choose_sheet(by=self.account, row=batch, **form.cleaned_data)
        jobs.start_check(batch, by=self.account)


class OtherSheetsView(StepView):
    """Every other sheet of the workbook as a batch of its own, shown together with this one."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        others = pages.other_sheets(batch)
        if not others or not has_file(batch):
            messages.info(request, "没有别的工作表可以读取。")
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        pile = batch.pile or uuid.uuid4()
        ImportBatch.objects.visible_to(self.account).filter(pk=pk).update(pile=pile)
        start_sort(by=self.account, pile=pile, files=[batch.file_id], skip=[batch.reading["sheet"]])
        return HttpResponseRedirect(reverse("imports-pile", args=[pile]))


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
            "fill_form": FillForm(resource=pages.resource_of(batch)),
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
        rows = list(grid.held(batch, "").filter(number__in=numbers))
        changed = grid.changes(batch, rows, data)
        if not changed and not again:
            messages.info(self.request, "没有改动，什么也没有核对。")
            return
        actions.fix_rows(by=self.account, row=batch, cells=changed, again=again)
        checked = sorted(changed.keys() | again)
        left = batch.rows.filter(plan="held", number__in=checked).count()
        text = f"核对了改动的 {len(checked)} 行，{len(checked) - left} 行已没有问题"
        messages.success(self.request, f"{text}，{left} 行还有问题。" if left else f"{text}。")


FIXED_AT_ONCE = 50
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
            **pages.doubts_table(batch, page.rows),
        }
        return render(request, "imports/doubts.html", context)

    def kind(self, batch: ImportBatch) -> tuple[str, KindFilter]:
        form = KindFilter(self.request.GET, kinds=grid.kinds(batch, DOUBTFUL))
        return (form.cleaned_data["kind"] if form.is_valid() else ""), form

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        super().post(request, pk)
        batch = self.batch(pk)
        is_done = not batch.rows_doubtful or pages.running_job(batch, self.account) is not None
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
            self.report(decision, before - batch.rows_doubtful, len(numbers))

    def report(self, decision: str, decided: int, asked: int) -> None:
        text = f"已{Decision(decision).label}处理 {decided:,} 行" if decided else "一行也没有处理"
        left = asked - decided
        why = {
            Decision.NEW: "已有登记的人不能按新增",
            Decision.KNOWN: "请先选定是哪一个人，或按新增、暂不处理",
        }.get(Decision(decision), "")
        messages.info(self.request, f"{text}，{left:,} 行仍存疑：{why}。" if left and why else f"{text}。")


class FillView(StepView):
    """One value for a column of all held rows."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        super().post(request, pk)
        is_busy = pages.running_job(self.batch(pk), self.account) is not None
        return HttpResponseRedirect(reverse("imports-detail" if is_busy else "imports-fix", args=[pk]))

    def step(self, batch: ImportBatch) -> None:
        form = FillForm(self.request.POST, resource=pages.resource_of(batch))
        if not form.is_valid():
            raise Refused("请选择一列，并填写要统一填入的值。")
        before = batch.rows_held
        if jobs.start_fill(batch, by=self.account, **form.cleaned_data) is None:
            batch.refresh_from_db()
            left = f"{before - batch.rows_held:,} 行已没有问题，{batch.rows_held:,} 行还有问题。"
            messages.success(self.request, f"已统一填写并核对：{left}")


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
            messages.success(self.request, f"已重新核对，{batch.rows_held:,} 行还有问题。")


class ForgetView(StepView):
    """Forget how tables with this header were read; the check starts anew."""

    def step(self, batch: ImportBatch) -> None:
        actions.forget_mapping(by=self.account, row=batch)
        jobs.start_check(batch, by=self.account)
        messages.success(self.request, "已忘记这种表头的对应，按表头重新核对。")


class DiscardView(StepView):
    def step(self, batch: ImportBatch) -> None:
        actions.discard(by=self.account, row=batch)
        messages.success(self.request, "这一批已放弃，登记册没有改动。")


class UndoView(StepView):
    """Says what will be taken back, then does it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        if batch.state != State.COMMITTED:
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        context = {"batch": batch, "crumbs": self.crumbs(f"第 {pk} 批", "撤销"), "facts": pages.facts(batch)}
        return render(request, "imports/undo.html", context)

    def step(self, batch: ImportBatch) -> None:
        if batch.state == State.COMMITTED:
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


def download(stream: Any, name: str) -> FileResponse:
    stream.seek(0)
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=EXCEL)
    response["Cache-Control"] = "private, no-store"
    return response
