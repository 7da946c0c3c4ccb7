"""How the columns and sheets of a table are read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from core.actions import Refused
from core.imports import actions, jobs
from core.imports.forms import ColumnsForm, SheetForm
from core.imports.pages import columns as columns_page
from core.imports.pages.shared import resource_of
from core.imports.views.base import StepView
from core.models import ImportBatch


class ColumnsView(StepView):
    """Which column is read as what, and the choice of another."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        is_open = batch.state in actions.READABLE and not batch.continues_id
        if not batch.reading.get("columns") or not is_open:
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        resource = resource_of(batch)
        return self.page(batch, ColumnsForm(reading=batch.reading, resource=resource))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        resource = resource_of(batch)
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
            "columns": columns_page.columns_to_choose(batch, form),
            "missing": columns_page.missing(batch),
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


class ForgetView(StepView):
    """Forget how tables with this header were read; the check starts anew."""

    def step(self, batch: ImportBatch) -> None:
        actions.forget_mapping(by=self.account, row=batch)
        jobs.start_check(batch, by=self.account)
        messages.success(self.request, "已忘记这种表头的对应，按表头重新核对。")
