"""The shop's months on its own phone: what was served, what is in doubt, what it is paid; agree or object."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from cases.checkin.scan import worker_of
from cases.checkin.shopfront import ShopRequest, shop_required
from cases.models import MealCheckIn
from core.actions import Refused, Stale
from core.money import yuan
from funding.actions import confirm_own_line, object_to_line
from funding.models import Decision, SettlementException, SettlementLine, SettlementShare
from funding.models.settlements import OPEN_STAGES
from funding.settling.capitals import capitals

SHOWN = 24


def _lines(request: ShopRequest) -> Any:
    found = SettlementLine.objects.visible_to(request.shop_account).filter(shop=request.shop)
    return found.select_related("settlement__programme", "shop").prefetch_related("payments")


def _state(line: SettlementLine) -> tuple[str, str]:
    """Where the shop stands with its month: a tone and a word."""
    if line.payment:
        return "ok", f"{line.payment.paid_on} 已付款"
    if line.last_return:
        return "warn", "付款被银行退回"
    if line.confirmed_at:
        return "ok", "已确认"
    if line.objection:
        return "bad", "有异议"
    return "warn", "待确认"


def _month(line: SettlementLine) -> dict[str, str]:
    tone, state = _state(line)
    url = reverse("shop-month", args=[line.pk])
    payable = f"{yuan(line.payable)} 元"
    return {"text": line.settlement.month_text, "url": url, "payable": payable, "tone": tone, "state": state}


@method_decorator(shop_required, name="dispatch")
class ShopMonthsView(View):
    """The months that were worked out, the latest first."""

    request: ShopRequest

    def get(self, request: ShopRequest) -> HttpResponse:
        lines = _lines(request).order_by("-settlement__month")[:SHOWN]
        months = [_month(line) for line in lines]
        return _shown(request, "shop/months.html", {"shop": request.shop, "months": months})


@method_decorator(shop_required, name="dispatch")
class ShopMonthView(View):
    """One month: its statement, and the two answers to it."""

    request: ShopRequest

    def get(self, request: ShopRequest, pk: int) -> HttpResponse:
        return self.page(self.line(pk))

    def post(self, request: ShopRequest, pk: int) -> HttpResponse:
        """The same answer may come twice, from a double tap or a connection that dropped: it counts once."""
        line, words = self.line(pk), request.POST.get("words", "").strip()
        seen = request.POST.get("seen", "")
        try:
            self.answer(line, int(seen) if seen.isdecimal() else 0, words)
        except Refused as refused:
            line = self.line(pk)
            if not self.is_answered(line, words):
                return self.page(line, refused.message, words, 409 if isinstance(refused, Stale) else 422)
        return HttpResponseRedirect(reverse("shop-month", args=[pk]))

    def line(self, pk: int) -> SettlementLine:
        line: SettlementLine | None = _lines(self.request).filter(pk=pk).first()
        if line is None:
            raise Http404
        return line

    def answer(self, line: SettlementLine, seen: int, words: str) -> None:
        by = self.request.shop_account
        if "object" in self.request.POST:
            object_to_line(by=by, line=line, seen=seen, words=words)
        else:
            confirm_own_line(by=by, line=line, seen=seen)

    def is_answered(self, line: SettlementLine, words: str) -> bool:
        if "object" in self.request.POST:
            return bool(words) and line.objection == words
        return line.confirmed_at is not None

    def page(
        self, line: SettlementLine, problem: str = "", words: str = "", status: int = 200
    ) -> HttpResponse:
        context = {
            "shop": self.request.shop,
            "line": line,
            "month": line.settlement,
            "is_open": line.settlement.stage in OPEN_STAGES,
            "problem": problem,
            "words": words,
            **statement(line, self.request.shop_account),
        }
        return _shown(self.request, "shop/month.html", context, status)


def _shown(request: ShopRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def statement(line: SettlementLine, account: Any) -> dict[str, Any]:
    """What the month is made of: sums, days, doubtful check-ins, payers."""
    month = line.settlement
    meals = MealCheckIn.objects.visible_to(account).filter(
        programme=month.programme_id,
        shop=line.shop_id,
        served_on__gte=month.month,
        served_on__lt=month.following,
    )
    found = SettlementException.objects.visible_to(account).filter(settlement=month, shop=line.shop_id)
    doubts = found.exclude(decision=Decision.ACCEPTED).select_related("meal__enrolment__person")
    tone, state = _state(line)
    return {
        "tone": tone,
        "state": state,
        "facts": _facts(line),
        "payable": yuan(line.payable),
        "capitals": capitals(line.payable),
        "days": _days(meals, doubts),
        "doubts": [_doubt(row) for row in doubts.order_by("meal__served_on", "pk")],
        "shares": _shares(line, account),
    }


def _facts(line: SettlementLine) -> list[tuple[str, str]]:
    facts = [
        ("打卡", f"{line.meals_recorded:,} 份"),
        ("本店报数", "没有报" if line.meals_stated is None else f"{line.meals_stated:,} 份"),
        ("暂不结算", f"{line.meals_withheld:,} 份"),
        ("结算", f"{line.meals_valid:,} 份"),
    ]
    if line.correction_meals:
        facts.append(("以前更正", f"{line.correction_meals:+,} 份"))
    return facts


def _days(meals: Any, doubts: Any) -> list[dict[str, Any]]:
    """Every day with its check-ins, and how many of them are in doubt."""
    doubtful = doubts.filter(meal__isnull=False).order_by().values_list("meal__served_on")
    withheld = dict(doubtful.annotate(number=Count("meal", distinct=True)))
    counted = meals.order_by("served_on").values("served_on").annotate(meals=Count("pk"))
    return [{**day, "withheld": withheld.get(day["served_on"], 0)} for day in counted]


def _doubt(row: SettlementException) -> dict[str, str]:
    """A doubtful check-in as the counter may read it; one about the shop's own number has no worker."""
    who = f"{row.meal.served_on:%m-%d} {worker_of(row.meal.enrolment)}" if row.meal else ""
    decision = "不结算" if row.decision == Decision.DISPUTED else "工会核实中"
    return {
        "who": who,
        "reason": row.get_reason_display(),
        "detail": row.detail,
        "decision": decision,
        "words": row.decision_reason,
    }


def _shares(line: SettlementLine, account: Any) -> list[dict[str, str]]:
    shares = SettlementShare.objects.visible_to(account).filter(line=line)
    return [
        {
            "name": f"{share.share.name}（更正 {share.meals:+,} 份）"
            if share.correction_id
            else share.share.name,
            "how": "由工会付给门店" if share.share.is_public else "不经工会",
            "amount": yuan(share.amount),
        }
        for share in shares.select_related("share__source").order_by("correction", "share__position", "pk")
    ]
