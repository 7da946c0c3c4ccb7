"""Pages of figures: one figure opened, money, computations."""

from typing import Any

from django import forms as django_forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from core.actions import Refused, Stale
from core.quarters import Quarter
from core.requests import AccountView
from core.rights import Right
from core.tables import Page, text
from metrics import actions, dashboard, forms
from metrics.dashboard import cell
from metrics.engine import DENOMINATOR, NUMERATOR
from metrics.figure_page import FigurePage
from metrics.indicators import REGISTRY
from metrics.models import ComputationRun
from metrics.money import MoneyOverview
from unions.models import Union

RUN_TONES = {"queued": "muted", "running": "info", "succeeded": "ok", "failed": "bad"}


class Screen(AccountView):
    """A page of the portal; `crumbs` are the steps after the account's own place."""

    def crumbs(self, *steps: tuple[str, str]) -> list[dict[str, str]]:
        first = (str(self.account.union), "/")
        return [{"label": label, "url": url} for label, url in (first, *steps)]

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return render(self.request, f"metrics/{template}.html", context, status=status)

    def area(self, code: str) -> Union:
        areas = Union.objects.visible_to(self.account).areas()
        return get_object_or_404(areas.select_related("county", "parent"), code=code)

    def require(self, right: Right) -> None:
        if not self.account.can(right):
            raise PermissionDenied(f"您的账号没有“{right.label}”的权限，请联系管理员。")

    def refused(self, form: django_forms.Form, refused: Refused) -> int:
        """Put a refusal where it belongs in the form; the status to answer with."""
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return 409 if isinstance(refused, Stale) else 422


def quarter_of(written: str) -> Quarter:
    """A quarter from an address; anything else is not found."""
    try:
        return Quarter.parse(written)
    except ValueError as error:
        raise Http404 from error


class MoneyHome(Screen):
    """资金总览: to the account's own place."""

    def get(self, request: HttpRequest) -> HttpResponse:
        union = self.account.union
        if union.is_area:
            return HttpResponseRedirect(reverse("money-place", args=[union.code]))
        return HttpResponseRedirect(reverse("funding_lines-list"))


class MoneyView(Screen):
    """The money of one place and of everything below it."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        union = self.area(code)
        overview = MoneyOverview(self.account, union)
        quarter, cards = overview.cards()
        context = {
            "place": overview.place,
            "quarter": quarter.label,
            "crumbs": self.crumbs(("资金总览", "")),
            "facts": overview.facts(),
            "cards": cards,
            "charts": overview.charts(),
            "counties": overview.counties(),
            "waiting": overview.longest(),
            "targets": overview.targets(),
        }
        return self.page("money", context)


class FigureView(Screen):
    """One figure: the rule, both halves, its past, and the rows behind it."""

    def get(self, request: HttpRequest, indicator: str, code: str, quarter: str) -> HttpResponse:
        if indicator not in REGISTRY:
            raise Http404
        figure = FigurePage(
            account=self.account,
            union=self.area(code),
            indicator=REGISTRY[indicator],
            quarter=quarter_of(quarter),
            group=self._group(indicator),
            half=DENOMINATOR if request.GET.get("half") == DENOMINATOR else NUMERATOR,
            after=int(after) if (after := request.GET.get("after", "")).isdigit() else 0,
        )
        return self.page("figure", self._context(figure))

    def _group(self, code: str) -> tuple[str, str]:
        key, _, value = self.request.GET.get("group", "").partition(":")
        indicator = REGISTRY[code]
        companions = [companion.key for companion in indicator.companions]
        if key and (key not in companions if not value else key not in indicator.groups):
            raise Http404
        return key, value

    def _context(self, figure: FigurePage) -> dict[str, Any]:
        top, bottom = figure.indicator.halves()
        heads = ["数值", f"{top.label}（{top.unit}）", f"{bottom.label}（{bottom.unit}）"]
        place = dashboard.dashboard_url(figure.union.code, figure.quarter, figure.indicator.code)
        return {
            "figure": figure,
            "title": figure.title,
            "quarter": figure.quarter.label,
            "crumbs": self.crumbs((f"{figure.union.county.name}数据看板", place), (figure.title, "")),
            "facts": figure.facts(),
            "declared": figure.declared(),
            "findings": figure.findings(),
            "trend": figure.trend(),
            "groups": [] if figure.group[0] else figure.groups(),
            "group_columns": [{"label": "组别"}, *({"label": head, "numeric": True} for head in heads)],
            "tabs": figure.tabs(),
            "opened": figure.opened(),
            "parted": figure.parted(),
            "outside": figure.outside(),
        }


class RunsView(Screen):
    """Computations, newest first, and the button that asks for one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._listed(forms.ComputeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.ComputeForm(request.POST)
        if not form.is_valid():
            return self._listed(form, 422)
        try:
            run = actions.request_computation(by=self.account, quarters=[form.cleaned_data["quarter"]])
        except Refused as refused:
            return self._listed(form, self.refused(form, refused))
        return HttpResponseRedirect(reverse("runs-detail", args=[run.pk]))

    def _listed(self, form: forms.ComputeForm, status: int = 200) -> HttpResponse:
        runs = ComputationRun.objects.visible_to(self.account).select_related("by", "union")
        page = Page.of(runs, self.request.GET)
        heads = ("季度", "范围", "状态", "写入指标数", "用时（秒）", "发起人", "时间", "错误")
        context = {
            "form": form if self.account.can(Right.COMPUTE) else None,
            "crumbs": self.crumbs(("指标计算", "")),
            "columns": [{"label": head, "numeric": head in ("写入指标数", "用时（秒）")} for head in heads],
            "rows": [_run_row(run) for run in page.rows],
            "pager": page.pager({}),
        }
        return self.page("runs", context, status)


def _run_row(run: ComputationRun) -> dict[str, Any]:
    seconds = "—" if run.seconds is None else f"{run.seconds:.1f}"
    cells = [
        cell("季度", str(run)),
        cell("范围", run.union.name),
        cell("状态", run.get_state_display(), badge=RUN_TONES[run.state]),
        cell("写入指标数", text(run.figures_written), numeric=True),
        cell("用时（秒）", seconds, numeric=True),
        cell("发起人", str(run.by)),
        cell("时间", text(run.created_at)),
        cell("错误", run.error or "—", muted=True),
    ]
    return {"url": reverse("runs-detail", args=[run.pk]), "cells": cells}


class RunView(Screen):
    """One computation and how far it is; asked again every second until it is done."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(ComputationRun.objects.visible_to(self.account), pk=pk)
        context = {
            "job": self._job(run),
            "crumbs": self.crumbs(("指标计算", reverse("runs-list")), (str(run), "")),
        }
        if request.headers.get("HX-Request"):
            return render(request, "components/progress.html", context)
        return self.page("run", context)

    def _job(self, run: ComputationRun) -> dict[str, Any]:
        quarter = Quarter.parse(run.quarters[-1])
        finished = run.state in (ComputationRun.State.SUCCEEDED, ComputationRun.State.FAILED)
        seconds = f"，用时 {run.seconds:.1f} 秒" if run.seconds is not None else ""
        return {
            "title": f"计算{quarter.label}指标",
            "state": "done" if run.state == ComputationRun.State.SUCCEEDED else run.state,
            "state_label": run.get_state_display(),
            "done": run.progress,
            "total": 100,
            "note": f"写入 {run.figures_written:,} 个指标数值{seconds}。" if finished else "",
            "url": reverse("runs-detail", args=[run.pk]),
            "error": run.error,
            "finished": finished,
            "result_url": dashboard.dashboard_url(run.union.code, quarter),
            "result_label": "打开数据看板",
        }
