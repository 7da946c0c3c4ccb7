"""The page of the shop's phone: the live code, today's meals, and what is scanned there."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View

from cases.actions import sync_scans
from cases.checkin import codes
from cases.checkin.entries import BATCH, Entry, Malformed, tag_of
from cases.checkin.pairing import qr_svg
from cases.checkin.scan import Outcome, Received, hour, worker_of
from cases.checkin.shopfront import ShopRequest, key_of, shop_required
from cases.models import CheckInDevice, MealCheckIn, PartnerShop, RejectionReason
from cases.serving import why_not_served
from core.forms import TypedNumberField
from core.throttle import Throttle
from unions.models import Account


def live_link(request: HttpRequest, device: CheckInDevice, moment: datetime) -> str:
    """The address behind the live code: the shop's door with what only this phone can show now."""
    code = codes.live_code(key_of(device), codes.step_of(moment))
    door = reverse("shop-door", args=[device.shop.door_code])
    return request.build_absolute_uri(f"{door}?c={device.pk}.{code}")


def next_seq(device: CheckInDevice) -> int:
    """The first number above all that were received from the phone."""
    highest = [
        device.meals.aggregate(top=Max("device_seq"))["top"],
        device.rejected_scans.aggregate(top=Max("seq"))["top"],
    ]
    return max(number or 0 for number in highest) + 1


def today(shop: PartnerShop, account: Account) -> Any:
    """Today's meals at the shop, newest first."""
    meals = MealCheckIn.objects.visible_to(account).filter(shop=shop, served_on=timezone.localdate())
    rows = meals.select_related("enrolment").prefetch_related("enrolment__person")
    return rows.order_by("-served_at", "-pk")


def shown(meals: Any) -> list[dict[str, str]]:
    """Meals as the counter may read them."""
    return [
        {
            "worker": worker_of(meal.enrolment),
            "at": hour(meal.served_at) if meal.served_at else "",
            "how": meal.get_channel_display(),
        }
        for meal in meals
    ]


@method_decorator(shop_required, name="dispatch")
class ShopView(View):
    """What lies on the counter."""

    request: ShopRequest

    def get(self, request: ShopRequest) -> HttpResponse:
        return self.page()

    def post(self, request: ShopRequest) -> HttpResponse:
        """A card typed without the script: judged at once, like an entry that was just queued."""
        now, device = timezone.now(), request.device
        typed = TypedNumberField(required=False)
        number = typed.clean(request.POST.get("number", ""))[:120]
        last4 = typed.clean(request.POST.get("last4", ""))[:4]
        seq, key = next_seq(device), key_of(device)
        entry = Entry(seq, now, number, last4, tag_of(key, seq, now, number, last4))
        [received] = sync_scans(
            by=request.shop_account, row=device, entries=[entry], now=now, drift=timedelta()
        )
        return self.page(received.outcome)

    def page(self, outcome: Outcome | None = None) -> HttpResponse:
        now, device, shop = timezone.now(), self.request.device, self.request.shop
        meals = shown(today(shop, self.request.shop_account))
        context = {
            "shop": shop,
            "device": device,
            "code": qr_svg(live_link(self.request, device, now)),
            "digits": codes.digits(key_of(device), codes.step_of(now)),
            "closed": why_not_served(shop, now),
            "count": len(meals),
            "meals": meals,
            "outcome": outcome,
        }
        response = render(self.request, "shop/page.html", context)
        response["Cache-Control"] = "no-store"
        return response


@method_decorator(shop_required, name="dispatch")
class ShopStateView(View):
    """What the phone keeps for the time without a network: its key, its numbers, what stands today."""

    def get(self, request: ShopRequest) -> HttpResponse:
        return JsonResponse(state_of(request))


def state_of(request: ShopRequest) -> dict[str, Any]:
    """The shop's page as data."""
    now, device, shop = timezone.now(), request.device, request.shop
    meals = shown(today(shop, request.shop_account))
    return {
        "device": device.pk,
        "epoch": device.epoch,
        "key": b64encode(key_of(device)).decode(),
        "next_seq": next_seq(device),
        "now": round(now.timestamp() * 1000),
        "door": request.build_absolute_uri(reverse("shop-door", args=[shop.door_code])),
        "csrf": get_token(request),
        "closed": why_not_served(shop, now),
        "day": timezone.localdate(now).isoformat(),
        "count": len(meals),
        "meals": meals,
    }


# Numbers and last fours are tried at the counter, not by the thousand.
WRONG = Throttle("check-in-device", free=60, first_wait=15, longest=120)
GUESSES = {RejectionReason.UNKNOWN_CODE, RejectionReason.WRONG_DIGITS}


@method_decorator(shop_required, name="dispatch")
class ScansView(View):
    """Takes what the phone queued, and says what became of each entry."""

    def post(self, request: ShopRequest) -> HttpResponse:
        try:
            sent = json.loads(request.body)
            entries = {entry.seq: entry for entry in map(Entry.of, sent["entries"][:BATCH])}
            clock = datetime.fromtimestamp(int(sent["now"]) / 1000, UTC)
        except (Malformed, KeyError, TypeError, ValueError, OverflowError, OSError):
            return JsonResponse({"error": "malformed"}, status=400)
        device = str(request.device.pk)
        seconds = WRONG.seconds_to_wait(device)
        if seconds:
            return JsonResponse({"error": "slow"}, status=429, headers={"Retry-After": str(seconds)})
        now = timezone.now()
        received = sync_scans(
            by=request.shop_account,
            row=request.device,
            entries=list(entries.values()),
            now=now,
            drift=now - clock,
        )
        if not any(one.outcome and one.outcome.reason in GUESSES for one in received):
            WRONG.take_back(device)
        return JsonResponse({"results": [_told(one) for one in received], "state": state_of(request)})


def _told(received: Received) -> dict[str, Any]:
    outcome = received.outcome
    if outcome is None:
        return {"seq": received.seq, "state": "taken"}
    state = "meal" if outcome.is_meal else "rejected"
    return {
        "seq": received.seq,
        "state": state,
        "worker": outcome.worker,
        "sentence": outcome.sentence,
        "is_mistyped": outcome.reason == RejectionReason.WRONG_DIGITS,
    }


def shop_script(request: HttpRequest) -> HttpResponse:
    """The script that keeps the shop's page for the time without a network; it must lie below `/shop/`."""
    script = (settings.BASE_DIR / "static/js/shop-offline.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
