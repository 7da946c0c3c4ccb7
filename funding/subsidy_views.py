"""The yearly run of the subsidy: preview, then grant."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core.actions import Refused
from core.money import yuan
from core.requests import AccountView
from core.rights import Right
from funding import actions
from funding.pages import table_columns, table_row
from funding.subsidies import Item, Plan, plan
from funding.subsidy_forms import RunForm

HEADS = ("县级工会", "对口层级", "补助（元）", "情况")
TONES = {"将下达": "info", "已下达": "ok"}


class SubsidyRunView(AccountView):
    """What a year's run would grant to whom; granting is a second, deliberate step."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self._require()
        today = timezone.localdate()
        asked = RunForm({"year": today.year, "granted_on": today, "document_no": "-", **request.GET.dict()})
        first: dict[str, Any] = {"year": today.year, "granted_on": today}
        first |= asked.cleaned_data if asked.is_valid() else {}
        planned = plan(self.account, first["year"], first["granted_on"])
        number = request.GET.get("document_no", "")
        form = RunForm(initial={**first, "document_no": number, "expected": planned.total})
        return self._page(form, planned)

    def post(self, request: HttpRequest) -> HttpResponse:
        self._require()
        form = RunForm(request.POST)
        if not form.is_valid():
            today = timezone.localdate()
            year = form.cleaned_data.get("year", today.year)
            return self._page(
                form, plan(self.account, year, form.cleaned_data.get("granted_on") or today), 422
            )
        given = dict(form.cleaned_data)
        try:
            done = actions.grant_subsidies(by=self.account, **given)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            planned = plan(self.account, given["year"], given["granted_on"])
            fresh = request.POST.copy()
            fresh["expected"] = str(planned.total)
            form.data = fresh
            return self._page(form, planned, 422)
        messages.success(request, f"已下达 {len(done.coming)} 个县，合计 {yuan(done.total)} 元。")
        return HttpResponseRedirect(f"{reverse('subsidy_grants-list')}?year={done.year}")

    def _require(self) -> None:
        if not self.account.can(Right.GRANT):
            raise PermissionDenied(f"您的账号没有“{Right.GRANT.label}”的权限，请联系管理员。")

    def _page(self, form: RunForm, planned: Plan, status: int = 200) -> HttpResponse:
        steps = (("县级工会补助", reverse("subsidy_grants-list")), ("年度下达", ""))
        context: dict[str, Any] = {
            "crumbs": [
                {"label": label, "url": url} for label, url in ((str(self.account.union), "/"), *steps)
            ],
            "form": form,
            "planned": planned,
            "columns": table_columns(HEADS, ("补助（元）",)),
            "rows": [_row(item) for item in planned.items],
            "cancel_url": reverse("subsidy_grants-list"),
        }
        return render(self.request, "funding/run.html", context, status=status)


def _row(item: Item) -> dict[str, Any]:
    amount = item.grant.amount if item.grant else item.standard.amount if item.standard else None
    tier = item.grant or item.tier
    cells = (item.union.name, tier.get_tier_display() if tier else "—", yuan(amount), item.state)
    url = reverse("subsidy_grants-detail", args=[item.grant.pk]) if item.grant else ""
    row = table_row(HEADS, cells, numeric=("补助（元）",), url=url)
    row["cells"][-1]["badge"] = TONES.get(item.state, "warn")
    return row
