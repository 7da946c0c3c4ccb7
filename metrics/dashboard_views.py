"""The dashboard's page: sent only when it has changed, its board built only when a row of it has."""

from hashlib import sha256
from typing import Any, cast

from django.contrib import messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.safestring import SafeString

from core.quarters import Quarter
from core.rights import Right
from metrics import dashboard, forms
from metrics.dashboard import Dashboard, State
from metrics.indicators import INDICATORS, REGISTRY, Indicator
from metrics.views import Screen, quarter_of
from unions.models import Union

OFFERED_QUARTERS = 12


class DashboardHome(Screen):
    """数据看板: to the account's own place."""

    def get(self, request: HttpRequest) -> HttpResponse:
        union = self.account.union
        if union.is_area:
            return HttpResponseRedirect(reverse("dashboard-place", args=[union.code]))
        return self.page("no_dashboard", {"crumbs": self.crumbs(("数据看板", ""))})


class DashboardView(Screen):
    """One place in one quarter. What has not changed is not sent again, and its board not built again."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        union = self.area(code)
        state = dashboard.state(union)
        etag = self._etag(union, state)
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None and not messages.get_messages(request):
            return unchanged
        response = self.page("dashboard", self._context(union, state))
        response["ETag"] = etag
        patch_cache_control(response, private=True, no_cache=True)
        return response

    def _etag(self, union: Union, state: State) -> str:
        request = self.request
        seen = (
            union.pk,
            state,
            self.account.pk,
            request.session.session_key,
            static("css/portal.css"),
            request.GET.urlencode(),
        )
        return quote_etag(_digest(seen))

    def _context(self, union: Union, state: State) -> dict[str, Any]:
        query = self.request.GET
        quarter = quarter_of(query["quarter"]) if query.get("quarter") else state.latest
        chosen = REGISTRY.get(query.get("indicator", ""), INDICATORS[0])
        return {
            "union": union,
            "place": str(union.county.name),
            "quarter": quarter.label,
            "crumbs": self._crumbs(union),
            "can_compute": self.account.can(Right.COMPUTE),
            "board": self._board(union, state, quarter, chosen),
        }

    def _board(self, union: Union, state: State, quarter: Quarter, chosen: Indicator) -> SafeString:
        """Everything below the head of the page; kept until a row of it changes, per scope."""
        seen = (union.pk, state.latest, state.board, self.account.scope_path, quarter, chosen.code)

        def build() -> SafeString:
            board = Dashboard(self.account, union, quarter, chosen)
            return render_to_string("metrics/board.html", _board_context(board, state.latest))

        return cast(SafeString, caches["pages"].get_or_set(_digest(seen), build))

    def _crumbs(self, union: Union) -> list[dict[str, str]]:
        above = Union.objects.visible_to(self.account).areas().filter(code__in=union.ancestor_codes())
        steps = [(one.name, reverse("dashboard-place", args=[one.code])) for one in above.order_by("path")]
        return [{"label": label, "url": url} for label, url in steps]


def _digest(seen: object) -> str:
    return sha256(repr(seen).encode()).hexdigest()[:32]


def _board_context(board: Dashboard, latest: Quarter) -> dict[str, Any]:
    offered = sorted({*latest.last(OFFERED_QUARTERS), board.quarter}, reverse=True)
    asked = {"quarter": str(board.quarter), "indicator": board.chosen.code}
    return {
        "form": forms.DashboardForm(offered, asked),
        "cards": board.cards(),
        "without_target": len(INDICATORS) - len(board.targets),
        "charts": board.charts(),
        "findings": board.findings(),
        "declared": board.declared(),
        "declared_columns": DECLARED_COLUMNS,
        "printed": board.printed(),
        "printed_columns": PRINTED_COLUMNS,
    }


DECLARED_COLUMNS = [
    {"label": "指标"},
    {"label": "原文"},
    {"label": "申报分子/分母", "numeric": True},
    {"label": "申报数", "numeric": True},
    {"label": "系统计算", "numeric": True},
    {"label": "核对"},
    {"label": "出处"},
]
PRINTED_COLUMNS = [
    {"label": "项目"},
    {"label": "数值", "numeric": True},
    {"label": "截至"},
    {"label": "出处"},
    {"label": "备注"},
]
