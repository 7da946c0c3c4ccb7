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
from funding.subsidy_forms import PreviewForm, RunForm

HEADS = ("县级工会", "对口层级", "补助（元）", "情况")
TONES = {"将下达": "info", "已下达": "ok"}


class SubsidyRunView(AccountView):
    """What a year's run would grant to whom; granting is a second, deliberate step."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self._require()
        today = timezone.localdate()
        first: dict[str, Any] = {"year": today.year, "granted_on": today}
        asked = PreviewForm({**first, **request.GET.dict()})
        if asked.is_valid():
            first |= asked.cleaned_data
        return self._page(asked, None, plan(self.account, first["year"], first["granted_on"]), first)

    def post(self, request: HttpRequest) -> HttpResponse:
        self._require()
        form, today = RunForm(request.POST), timezone.localdate()
        asked = form.cleaned_data if form.is_valid() else {}
        given = dict(asked) if asked else {"year": today.year, "granted_on": today, **_known(form)}
        if asked:
            try:
                done = actions.grant_subsidies(by=self.account, **asked)
            except Refused as refused:
                form.add_error(refused.field if refused.field == "document_no" else None, refused.message)
            else:
                messages.success(request, f"已下达 {len(done.coming)} 个县，合计 {yuan(done.total)} 元。")
                return HttpResponseRedirect(f"{reverse('subsidy_grants-list')}?year={done.year}")
        planned = plan(self.account, given["year"], given["granted_on"])
        return self._page(PreviewForm(given), form, planned, given, 422)

    def _require(self) -> None:
        if not self.account.can(Right.GRANT):
            raise PermissionDenied(f"您的账号没有“{Right.GRANT.label}”的权限，请联系管理员。")

    def _page(
        self,
        asked: PreviewForm,
        form: RunForm | None,
        planned: Plan,
        given: dict[str, Any],
        status: int = 200,
    ) -> HttpResponse:
        steps = (("县级工会补助", reverse("subsidy_grants-list")), ("年度下达", ""))
        shown = {**given, "year": planned.year, "expected": planned.total}
        if form is not None:
            # What is sent next is what is shown now.
            form.data = {**dict(form.data.items()), **{key: str(value) for key, value in shown.items()}}
        context: dict[str, Any] = {
            "crumbs": [
                {"label": label, "url": url} for label, url in ((str(self.account.union), "/"), *steps)
            ],
            "asked": asked,
            "form": form or RunForm(initial=shown),
            "planned": planned,
            "columns": table_columns(HEADS, ("补助（元）",)),
            "rows": [_row(item) for item in planned.items],
            "cancel_url": reverse("subsidy_grants-list"),
            "carry": _carry(planned),
        }
        return render(self.request, "funding/run.html", context, status=status)


def _carry(planned: Plan) -> list[dict[str, Any]]:
    """Where counties are without a tier: take over the last ones they had."""
    if not planned.without_tier:
        return []
    label = f"给{planned.without_tier}个县沿用以前的层级"
    url = reverse("subsidy_grants-carry")
    return [{"label": label, "url": url, "method": "post", "name": "year", "value": str(planned.year)}]


class CarryTiersView(AccountView):
    """The last tiers that they had, for counties that have none."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.account.can(Right.GRANT):
            raise PermissionDenied(f"您的账号没有“{Right.GRANT.label}”的权限，请联系管理员。")
        asked = PreviewForm({"granted_on": timezone.localdate(), "year": request.POST.get("year", "")})
        if not asked.is_valid():
            messages.error(request, "请先写明年度，再沿用以前的层级。")
            return HttpResponseRedirect(reverse("subsidy_grants-run"))
        year = asked.cleaned_data["year"]
        try:
            count = actions.carry_tiers(by=self.account, year=year)
            messages.success(request, f"已给 {count} 个县沿用最近一次登记的对口层级，请核对名单。")
        except Refused as refused:
            messages.error(request, refused.message)
        return HttpResponseRedirect(f"{reverse('subsidy_grants-run')}?year={year}")


def _known(form: RunForm) -> dict[str, Any]:
    """What of a refused form is right."""
    return {name: form.cleaned_data[name] for name in ("year", "granted_on") if name in form.cleaned_data}


def _row(item: Item) -> dict[str, Any]:
    amount = item.grant.amount if item.grant else item.standard.amount if item.standard else None
    tier = item.grant or item.tier
    cells = (item.union.name, tier.get_tier_display() if tier else "—", yuan(amount), item.state)
    url = reverse("subsidy_grants-detail", args=[item.grant.pk]) if item.grant else ""
    row = table_row(HEADS, cells, numeric=("补助（元）",), url=url)
    row["cells"][-1]["badge"] = TONES.get(item.state, "warn")
    return row
