"""The gate of the shop's phone: a signed cookie names the device, the device the shop and its account.

A view behind `shop_required` finds `request.shop`, `request.device` and `request.shop_account`, and the
transaction open to what the shop's programme reaches. Nobody signs in: the cookie opens these pages and nothing else.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from cases.checkin.codes import derived_key, read, sign
from cases.checkin.reach import reach
from cases.models import CheckInDevice, PartnerShop
from core import scope
from unions.models import Account

COOKIE = "__Host-shop" if settings.PRODUCTION else "shop"
COOKIE_SECONDS = 400 * 24 * 3600
DEVICE, PAIRING = "device", "pairing"


class ShopRequest(HttpRequest):
    """A request that came through the gate."""

    shop: PartnerShop
    device: CheckInDevice
    shop_account: Account


ShopView = Callable[..., HttpResponse]


def shop_required(view: ShopView) -> ShopView:
    """Only for a phone that is paired with a shop and not revoked."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        as_nobody(request)
        device = device_of(request.COOKIES.get(COOKIE, ""), DEVICE)
        if device is None or not device.is_in_use or device.shop.is_archived:
            return refusal(request)
        request.shop, request.device, request.shop_account = device.shop, device, device.account
        return view(request, *args, **kwargs)

    return guarded


def as_nobody(request: HttpRequest) -> None:
    """These pages are nobody's: whoever is signed in beside them is not asked and not shown."""
    request.user = AnonymousUser()


def refusal(request: HttpRequest) -> HttpResponse:
    """This phone is none of the shops' phones, or no longer."""
    scope.set_counties([])
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": "unpaired"}, status=403)
    return render(request, "shop/unpaired.html", status=403)


def device_of(token: str, purpose: str) -> CheckInDevice | None:
    """The device that a token of ours names, with the transaction open to what its programme reaches."""
    parts = read(purpose, token)
    if parts is None:
        return None
    county, pk, epoch = map(int, parts)
    reach(county)
    devices = CheckInDevice.objects.select_related("shop__programme", "account__union")
    return devices.filter(pk=pk, epoch=epoch).first()


def token_of(device: CheckInDevice, purpose: str) -> str:
    """What the device's cookie or its pairing link carries."""
    return sign(purpose, device.county_id, device.pk, device.epoch)


def key_of(device: CheckInDevice) -> bytes:
    """The key of the device's codes and queue entries; it ends with the pairing."""
    return _key_of(device, device.epoch)


def former_keys_of(device: CheckInDevice) -> Iterator[bytes]:
    """The keys of its earlier pairings, the latest first: they prove whose an entry was, and open nothing."""
    return (_key_of(device, epoch) for epoch in range(device.epoch - 1, 0, -1))


def _key_of(device: CheckInDevice, epoch: int) -> bytes:
    return derived_key("device", device.uuid, epoch)


def remember(response: HttpResponse, device: CheckInDevice) -> None:
    """Make this browser the device."""
    response.set_cookie(
        COOKIE,
        token_of(device, DEVICE),
        max_age=COOKIE_SECONDS,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )
