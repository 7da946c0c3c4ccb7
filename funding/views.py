"""Pages that show money, and the download of a line's document."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views import View

from cases import breakfast, project_page
from cases.views import CARDS, SHOPS, CaseView
from core import evidence
from core.models import StoredFile
from core.rights import Right
from core.screens.views import DetailView
from funding.banners import banners
from funding.money import Money
from funding.pages import lines_url, money_section, source_section
from funding.spending import contract_facts, spent_on

# What a kind of programme adds to its page: context from (row, account, query), and the template for it.
PROGRAMME_PAGES = {"breakfast": (breakfast.page, "cases/breakfast.html")}


class MoneyView(CaseView):
    """A page with the money of its row."""

    def render(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        row, account = context["row"], self.request.user
        money = Money(row, account)
        shown = {"money": money_section(money), "findings": banners(money, account)}
        return super().render(template, {**context, **shown, **self.own(row)}, status)

    def own(self, row: Any) -> dict[str, Any]:
        """What this page shows beside its money."""
        return {}


def _begin(slug: str, label: str) -> Callable[[Any, Any], list[dict[str, str]]]:
    """The button to a form of money for a programme, for who may fill it in."""

    def buttons(row: Any, account: Any) -> list[dict[str, str]]:
        if row.is_archived or not account.can(Right.EDIT_FUNDING):
            return []
        return [{"label": label, "url": f"{reverse(f'{slug}-new')}?programme={row.pk}"}]

    return buttons


class ProgrammeView(MoneyView):
    beside = {
        SHOPS: ("add-shop",),
        "登记职工": ("enrol", "enrol-by-id", "end-enrolment", "end-enrolments"),
        CARDS: ("cards",),
    }
    begins = {
        "费用分担": _begin("cost_share_rules", "登记费用分担"),
        "月结算": _begin("settlements", "生成月结算"),
    }
    elsewhere = {
        SHOPS: lambda row: f"{reverse('shops-list')}?programme={row.pk}",
        "登记职工": lambda row: f"{reverse('enrolments-list')}?programme={row.pk}",
        CARDS: lambda row: f"{reverse('meal_cards-list')}?programme={row.pk}",
        "费用分担": lambda row: f"{reverse('cost_share_rules-list')}?programme={row.pk}",
        "月结算": lambda row: f"{reverse('settlements-list')}?programme={row.pk}",
        "资金明细": lines_url,
    }

    def own(self, row: Any) -> dict[str, Any]:
        context, template = PROGRAMME_PAGES.get(row.kind, (None, ""))
        if context is None:
            return {}
        return {**context(row, self.request.user, self.request.GET), "own_template": template}


class ProjectView(MoneyView):
    beside = {
        "项目节点": ("milestone",),
        "进度报告": ("progress",),
        "照片": ("photo",),
        "合同": ("contract",),
        "设备": ("equipment",),
        "验收记录": ("acceptance",),
        "六有检查": ("venue-check",),
        "使用记录": ("visits",),
    }

    elsewhere = {
        "合同": lambda row: f"{reverse('project_contracts-list')}?project={row.pk}",
        "进度报告": lambda row: f"{reverse('progress_reports-list')}?project={row.pk}",
        "设备": lambda row: f"{reverse('equipment-list')}?project={row.pk}",
        "验收记录": lambda row: f"{reverse('acceptances-list')}?project={row.pk}",
        "六有检查": lambda row: f"{reverse('venue_checks-list')}?project={row.pk}",
        "使用记录": lambda row: f"{reverse('visits-list')}?project={row.pk}",
        "资金明细": lines_url,
    }

    def own(self, row: Any) -> dict[str, Any]:
        account = self.request.user
        return {
            **project_page.page(row, account, spent=partial(spent_on, row, account)),
            "contracts": contract_facts(row, account),
        }


class SourceView(DetailView):
    def render(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        shown = {"given": source_section(context["row"], self.request.user)}
        return super().render(template, {**context, **shown}, status)


class EvidenceView(LoginRequiredMixin, View):
    """A line's document, as a download and never shown inside the portal's own pages."""

    def get(self, request: HttpRequest, uuid: UUID) -> FileResponse:
        visible = StoredFile.objects.visible_to(request.user).filter(purpose=evidence.PURPOSE)
        stored = get_object_or_404(visible, uuid=uuid)
        response = FileResponse(
            stored.file.open("rb"),
            as_attachment=True,
            filename=stored.name,
            content_type=evidence.content_type(stored),
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response
