"""The worker's pages: the shop's door, where a meal is confirmed with one tap, and the worker's own page."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from cases.actions import check_in, check_in_crew, crew_of, issue_card, refuse_scan
from cases.checkin import workers
from cases.checkin.codes import STEP_SECONDS, step_of
from cases.checkin.door import (
    Door,
    Presence,
    door_of,
    keep_visit,
    new_visit,
    ticket_of,
    visit_of,
)
from cases.checkin.pace import ADDRESSES, DIGITS, NUMBERS, TAPS, Slow, slow_down
from cases.checkin.pairing import qr_svg
from cases.checkin.rating import rateable
from cases.checkin.scan import Outcome, Scan, masked
from cases.checkin.shopfront import as_nobody
from cases.checkin.tap import tapped
from cases.models import MealCard, MealChannel, MealCheckIn, RejectionReason
from cases.serving import why_not_served
from core.forms import TypedNumberField, WordedForm
from core.requests import client_address
from core.scope import scoped

NO_PRESENCE = "这个码已过期或不是这家门店的。请重新扫店里手机上的码，或者输入码下面的 6 位数字。"
MEALS_SHOWN = 10


class DoorForm(WordedForm):
    """What a worker types, as far as the phone does not know it."""

    digits = TypedNumberField(
        label="店里手机上的 6 位数字",
        max_length=10,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    number = TypedNumberField(
        label="手机号或卡号",
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "tel"}),
        help_text="登记时留的 11 位手机号，或者就餐卡上的 10 位卡号。",
    )
    last4 = TypedNumberField(
        label="身份证号末四位",
        min_length=4,
        max_length=4,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="最后一位是字母的，填 X。",
    )

    def __init__(self, data: Any = None, *, asks_digits: bool, asks_who: bool) -> None:
        super().__init__(data)
        if not asks_digits:
            del self.fields["digits"]
        if not asks_who:
            del self.fields["number"], self.fields["last4"]


@dataclass
class Visit:
    """One request at a shop's door: what is known before anything is typed."""

    door: Door
    name: str
    card: MealCard | None
    presence: Presence | None


class NobodysView(View):
    """A page without sign-in: who is known is known by what the phone carries."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        as_nobody(request)


class DoorView(NobodysView):
    """Behind the poster and behind the live code."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A known worker's tap is answered at once; everything else in a transaction with its scope."""
        answer = tapped(request, kwargs["door"]) if request.method == "POST" else None
        return answer or scoped(request, lambda: super(DoorView, self).dispatch(request, *args, **kwargs))

    def get(self, request: HttpRequest, door: str) -> HttpResponse:
        visit = self.visit(door, request.GET.get("c", ""))
        if visit is None:
            return _no_door(request)
        problem = NO_PRESENCE if "c" in request.GET and visit.presence is None else ""
        return self.page(visit, self.form(visit), problem)

    def post(self, request: HttpRequest, door: str) -> HttpResponse:
        visit = self.visit(door, "")
        if visit is None or not visit.door.devices:
            return _no_door(request)
        form = self.form(visit, request.POST)
        if not form.is_valid():
            return self.page(visit, form, status=422)
        try:
            return self.check_in(visit, form)
        except Slow as slow:
            form.add_error(None, f"尝试次数太多，请 {slow.seconds} 秒后再试。")
            response = self.page(visit, form, status=429)
            response["Retry-After"] = str(slow.seconds)
            return response

    # --- what is known

    def visit(self, code: str, live: str) -> Visit | None:
        door = door_of(code)
        if door is None:
            return None
        now, name = timezone.now(), visit_of(self.request)
        if live:
            presence = door.by_code(live, now)
        else:
            presence = door.by_ticket(self.request.POST.get("ticket", ""), name, now)
        return Visit(door, name, self._card(door), presence)

    def _card(self, door: Door) -> MealCard | None:
        """The worker whom this phone remembers, if he belongs to the shop's programme."""
        card = workers.remembered(self.request, door.shop.county_id)
        return card if card is not None and card.programme_id == door.shop.programme_id else None

    def form(self, visit: Visit, data: Any = None) -> DoorForm:
        return DoorForm(data, asks_digits=visit.presence is None, asks_who=visit.card is None)

    # --- one check-in

    def check_in(self, visit: Visit, form: DoorForm) -> HttpResponse:
        device = visit.door.devices[0]
        card = visit.card or self._identified(visit, form)
        if card is None:
            form.add_error(
                "number", "号码和身份证末四位对不上在册的职工。请核对；没有登记的，请联系本单位工会。"
            )
            return self.page(visit, form, status=422)
        slow_down(TAPS, str(card.pk))
        presence = visit.presence or self._by_digits(visit, form.cleaned_data["digits"])
        if presence is None:
            outcome = refuse_scan(
                by=device.account,
                shop=visit.door.shop,
                card=card,
                cause=RejectionReason.EXPIRED_CODE,
                sentence=NO_PRESENCE,
                browser=visit.name,
            )
            return self.result(visit, card, outcome, None)
        if "crew" in self.request.POST:
            return self._crew(visit, card, presence)
        scan = Scan(
            card.person_id, presence.at, MealChannel.WORKER_SCAN, presence.device.pk, browser=visit.name
        )
        outcome = check_in(by=presence.device.account, device=presence.device, scan=scan)
        return self.result(visit, card, outcome, presence)

    def _by_digits(self, visit: Visit, digits: str) -> Presence | None:
        subject = (client_address(self.request), visit.door.shop.door_code)
        slow_down(DIGITS, *subject)
        presence = visit.door.by_digits(digits, timezone.now())
        if presence is not None:
            DIGITS.take_back(*subject)
        return presence

    def _identified(self, visit: Visit, form: DoorForm) -> MealCard | None:
        """The card of who typed his numbers; guessing is slowed down by number and by address."""
        number, address = form.cleaned_data["number"], client_address(self.request)
        slow_down(NUMBERS, number)
        slow_down(ADDRESSES, address)
        shop, account = visit.door.shop, visit.door.devices[0].account
        last4 = form.cleaned_data["last4"]
        person = workers.person_by_numbers(shop.programme, number, last4, timezone.localdate(), account)
        if person is None:
            return None
        NUMBERS.forget(number)
        ADDRESSES.take_back(address)
        return issue_card(by=account, programme=shop.programme, person=person)

    def _crew(self, visit: Visit, card: MealCard, presence: Presence) -> HttpResponse:
        chosen = [int(text) for text in self.request.POST.getlist("member") if text.isdecimal()]
        outcomes = check_in_crew(
            by=presence.device.account, device=presence.device, leader=card, members=chosen, at=presence.at
        )
        return self.render(
            "door/crew.html", visit, {"outcomes": outcomes, "count": sum(o.is_meal for o in outcomes)}
        )

    # --- answers

    def page(self, visit: Visit, form: DoorForm, problem: str = "", status: int = 200) -> HttpResponse:
        now = timezone.now()
        context = {
            "form": form,
            "problem": problem,
            "closed": why_not_served(visit.door.shop, now),
            "worker": masked(visit.card.person.name) if visit.card else "",
            "eaten": _meal_of_today(visit.card) if visit.card else None,
            "ticket": self._ticket(visit),
        }
        return self.render("door/page.html", visit, context, status)

    def _ticket(self, visit: Visit) -> str:
        if visit.presence is None:
            return ""
        visit.name = visit.name or new_visit()
        return ticket_of(visit.presence, visit.name)

    def result(
        self, visit: Visit, card: MealCard, outcome: Outcome, presence: Presence | None
    ) -> HttpResponse:
        visit.presence = presence
        crew = _crew_of(card, presence) if presence and outcome.leads else []
        context = {"outcome": outcome, "crew": crew, "ticket": self._ticket(visit)}
        response = self.render("door/result.html", visit, context)
        workers.remember(response, card)
        return response

    def render(self, template: str, visit: Visit, context: dict[str, Any], status: int = 200) -> HttpResponse:
        response = render(self.request, template, {"shop": visit.door.shop, **context}, status=status)
        response["Cache-Control"] = "no-store"
        if visit.name:
            keep_visit(response, visit.name)
        return response


def _no_door(request: HttpRequest) -> HttpResponse:
    return render(request, "door/unknown.html", status=404)


def _meals_of(card: MealCard) -> Any:
    """The worker's meals that the card's county knows, in whatever programme."""
    return MealCheckIn.objects.filter(person=card.person_id).select_related("shop").order_by("-served_on")


def _meal_of_today(card: MealCard) -> MealCheckIn | None:
    meal: MealCheckIn | None = _meals_of(card).filter(served_on=timezone.localdate()).first()
    return meal


def _crew_of(leader: MealCard, presence: Presence) -> list[dict[str, Any]]:
    """The leader's crew who have not eaten today, as a leader tells them apart."""
    day = timezone.localdate(presence.at)
    eaten = MealCheckIn.objects.filter(person=OuterRef("person"), served_on=day)
    rows = crew_of(leader, day).exclude(Exists(eaten)).select_related("person")
    return [
        {"pk": row.person_id, "name": row.person.name, "last4": row.person.id_last4}
        for row in rows.order_by("person__name_sort", "pk")
    ]


class WorkerView(NobodysView):
    """The worker's own page: the code for the shop to scan, and the last meals."""

    def get(self, request: HttpRequest) -> HttpResponse:
        card = workers.remembered(request)
        if card is None:
            return render(request, "door/nobody.html")
        now = timezone.now()
        step = step_of(now)
        codes = [workers.shown_code(card, step + later) for later in range(workers.SCANNED_STEPS)]
        context = {
            "worker": masked(card.person.name),
            "programme": card.programme,
            "code": qr_svg(codes[0]),
            "codes": {"codes": codes, "step": step, "seconds": STEP_SECONDS, "now": now.timestamp()},
            "meals": _meals_of(card)[:MEALS_SHOWN],
            "rateable": set(rateable(card).values_list("pk", flat=True)),
            "eaten": _meal_of_today(card),
        }
        response = render(request, "door/worker.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def post(self, request: HttpRequest) -> HttpResponse:
        """Another worker uses this phone from now on."""
        response = HttpResponseRedirect(reverse("worker"))
        response.delete_cookie(workers.COOKIE, samesite="Lax")
        return response


class CardForm(WordedForm):
    last4 = TypedNumberField(
        label="身份证号末四位",
        min_length=4,
        max_length=4,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="最后一位是字母的，填 X。",
    )


class CardView(NobodysView):
    """The printed card, scanned by the worker's own phone: from then on the phone is the card."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        card = workers.card_of(token, workers.PRINTED)
        return self.page(card, CardForm()) if card else _no_card(request)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        card = workers.card_of(token, workers.PRINTED)
        if card is None:
            return _no_card(request)
        form = CardForm(request.POST)
        if not form.is_valid():
            return self.page(card, form, 422)
        seconds = NUMBERS.seconds_to_wait(f"card {card.pk}")
        if seconds:
            form.add_error(None, f"尝试次数太多，请 {seconds} 秒后再试。")
            return self.page(card, form, 429)
        if form.cleaned_data["last4"].upper() != card.person.id_last4:
            form.add_error("last4", "与这张卡的持卡人不符。请填持卡人本人身份证号的末四位。")
            return self.page(card, form, 422)
        NUMBERS.forget(f"card {card.pk}")
        response = HttpResponseRedirect(reverse("worker"))
        workers.remember(response, card)
        return response

    def page(self, card: MealCard, form: CardForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "worker": masked(card.person.name), "programme": card.programme}
        return render(self.request, "door/card.html", context, status=status)


def _no_card(request: HttpRequest) -> HttpResponse:
    return render(request, "door/no_card.html", status=404)
