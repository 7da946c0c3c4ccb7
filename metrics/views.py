"""Pages of figures: one figure opened, computations, findings, targets."""

from typing import Any, cast

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import View

from core.actions import Refused, Stale
from core.models import Finding
from core.quarters import Quarter
from core.rights import Right
from core.tables import Page, text
from metrics import actions, checks, dashboard, forms
from metrics.dashboard import cell
from metrics.engine import DENOMINATOR, NUMERATOR
from metrics.figure_page import FigurePage
from metrics.finding_lines import lines_of
from metrics.indicators import REGISTRY
from metrics.models import ComputationRun
from metrics.money import MoneyOverview
from unions.models import Account, Union

RUN_TONES = {"queued": "muted", "running": "info", "succeeded": "ok", "failed": "bad"}
# Where the row of a finding stands, where it is no project.
SUBJECT_PAGES = {
    "funding.fundingline": "funding_lines-detail",
    "funding.subsidygrant": "subsidy_grants-detail",
}
FINDING_TONES = {"open": "warn", "explained": "ok", "corrected": "ok", "kept": "muted"}


class Screen(LoginRequiredMixin, View):
    """A page of the portal; `crumbs` are the steps after the account's own place."""

    @property
    def account(self) -> Account:
        """Who asks; the mixin lets nobody else in."""
        return cast(Account, self.request.user)

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


class FindingsView(Screen):
    """Findings of the account's scope, the open ones first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = {"state": "open", **request.GET.dict()}
        findings = Finding.objects.visible_to(self.account).select_related("union")
        places = findings.order_by("county").values_list("county_id", "county__name").distinct()
        form = forms.FindingFilterForm(query, counties=[(str(code), name) for code, name in places])
        if form.is_valid():
            asked = {"state": form.cleaned_data["state"], "county": form.cleaned_data.get("county")}
            findings = findings.filter(**{name: value for name, value in asked.items() if value})
        page = Page.of(findings, request.GET)
        heads = ("发现", "对象", "工会", "核对规则", "状态", "发现时间")
        context = {
            "crumbs": self.crumbs(("待核事项", "")),
            "form": form,
            "count": page.total_text,
            "columns": [{"label": head} for head in heads],
            "rows": [_finding_row(one) for one in page.rows],
            "pager": page.pager({name: query[name] for name in ("state", "county") if query.get(name)}),
        }
        return self.page("findings", context)


def _finding_row(one: Finding) -> dict[str, Any]:
    cells = [
        cell("发现", one.message),
        cell("对象", one.subject_label),
        cell("工会", one.union.name),
        cell("核对规则", checks.LABELS.get(one.check_key, one.check_key)),
        cell("状态", one.get_state_display(), badge=FINDING_TONES[one.state]),
        cell("发现时间", text(one.opened_at)),
    ]
    return {"url": reverse("findings-detail", args=[one.pk]), "cells": cells}


class FindingView(Screen):
    """One finding: what contradicts what, and its explanation."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        finding = self._finding(pk)
        return self._shown(finding, forms.ExplainForm(initial={"version": finding.version}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        finding = self._finding(pk)
        form = forms.ExplainForm(request.POST)
        if not form.is_valid():
            return self._shown(finding, form, 422)
        try:
            actions.explain_finding(by=self.account, row=finding, **form.cleaned_data)
        except Refused as refused:
            return self._shown(self._finding(pk), form, self.refused(form, refused))
        messages.success(request, "已记下处理结果。")
        return HttpResponseRedirect(reverse("findings-list"))

    def _finding(self, pk: int) -> Finding:
        found: Finding = get_object_or_404(Finding.objects.visible_to(self.account), pk=pk)
        return found

    def _shown(self, finding: Finding, form: forms.ExplainForm, status: int = 200) -> HttpResponse:
        may = finding.state == Finding.State.OPEN and self.account.can(Right.EXPLAIN)
        facts = [
            {"label": "对象", "value": finding.subject_label, "url": _subject_url(finding)},
            {"label": "发现", "value": finding.message},
            {"label": "核对规则", "value": checks.LABELS.get(finding.check_key, finding.check_key)},
            {"label": "状态", "value": finding.get_state_display(), "badge": FINDING_TONES[finding.state]},
            {"label": "发现时间", "value": text(finding.opened_at)},
            {"label": "说明", "value": finding.explanation},
        ]
        steps = ("待核事项", reverse("findings-list")), (finding.subject_label, "")
        lines = lines_of(finding, self.account)
        shown = {"facts": facts, "lines": lines, "form": form if may else None}
        return self.page("finding", {**shown, "crumbs": self.crumbs(*steps)}, status)


def _subject_url(finding: Finding) -> str:
    """The page of the row that a finding is about."""
    detail = finding.detail
    if "indicator" in detail:
        group = detail["group_key"], detail["group_value"]
        return dashboard.figure_url(detail["indicator"], finding.union.code, detail["quarter"], group)
    page = SUBJECT_PAGES.get(finding.subject_type, "projects-detail")
    return dashboard.page_url(page, finding.subject_id)
