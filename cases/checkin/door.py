"""Whether a worker stands at a shop's counter: the live code of the scan, or the six digits beside it.

A code that was opened in time becomes a ticket: signed, bound to the browser that opened it, good for some
minutes, so that a slow connection does not lose the meal. The meal's time is the ticket's.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis import RedisError

from cases.checkin.codes import are_live_digits, is_live, is_same, read, sign
from cases.checkin.reach import reach
from cases.checkin.shopfront import key_of
from cases.models import CheckInDevice, PartnerShop
from core import scope

VISIT = "__Host-visit" if settings.PRODUCTION else "visit"
VISIT_CHARACTERS = 16
TICKET_LASTS = timedelta(minutes=10)
TICKET = "ticket"
REMEMBERED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Presence:
    """Somebody stood before this phone of the shop at this moment."""

    device: CheckInDevice
    at: datetime


@dataclass(frozen=True)
class Ticket:
    """Presence as the browser handed it back: before which phone, in which of its pairings, and when."""

    device_id: int
    epoch: int
    at: datetime


@dataclass(frozen=True)
class Door:
    """A shop as its poster names it, with the phones that show its codes."""

    shop: PartnerShop
    devices: tuple[CheckInDevice, ...]

    def by_code(self, text: str, moment: datetime) -> Presence | None:
        """What the live code proves: `phone.code`."""
        number, _, code = text.partition(".")
        for device in self.devices:
            if str(device.pk) == number and is_live(key_of(device), code, moment):
                return Presence(device, moment)
        return None

    def by_digits(self, text: str, moment: datetime) -> Presence | None:
        """What the typed digits prove; they may be any of the shop's phones'."""
        digits = "".join(text.split())
        for device in self.devices:
            if are_live_digits(key_of(device), digits, moment):
                return Presence(device, moment)
        return None

    def by_ticket(self, text: str, visit: str, moment: datetime) -> Presence | None:
        """What a ticket of this browser proves while it lasts."""
        ticket = ticket_in(text, visit, moment)
        if ticket is None:
            return None
        named = (ticket.device_id, ticket.epoch)
        found = (device for device in self.devices if (device.pk, device.epoch) == named)
        return next((Presence(device, ticket.at) for device in found), None)


def door_of(code: str) -> Door | None:
    """The shop behind a poster; the transaction is left open to what its programme reaches.

    A poster is public and carries no county, so every county is opened for the one question which it is.
    """
    county = _county_of(code)
    if county is None:
        scope.set_counties([])
        return None
    reach(county)
    shop = (
        PartnerShop.objects.select_related("programme")
        .filter(archived_at__isnull=True, door_code=code)
        .first()
    )
    if shop is None:
        return None
    devices = list(CheckInDevice.objects.in_use().filter(shop=shop).select_related("account__union"))
    for device in devices:
        device.shop = shop
    return Door(shop, tuple(devices))


def _county_of(code: str) -> int | None:
    """Asked of the cache first: a poster's county never changes."""
    known: int | None = _cached(lambda: cache.get(f"door:{code}"))
    if known is not None:
        return known
    scope.apply_everywhere()
    county = PartnerShop.objects.filter(door_code=code).values_list("county", flat=True).first()
    if county is not None:
        _cached(lambda: cache.set(f"door:{code}", county, REMEMBERED_SECONDS))
    return county


def _cached(work: Callable[[], Any]) -> Any:
    """Without the cache the database is asked."""
    try:
        return work()
    except RedisError:
        return None


def ticket_of(presence: Presence, visit: str) -> str:
    """Presence as a text that the browser hands back."""
    device = presence.device
    return sign(TICKET, device.pk, device.epoch, int(presence.at.timestamp()), visit)


def ticket_in(text: str, visit: str, moment: datetime) -> Ticket | None:
    """The ticket, if it is ours, of this browser, and still lasts."""
    parts = read(TICKET, text)
    if parts is None or not is_same(parts[3], visit):
        return None
    pk, epoch, second = map(int, parts[:3])
    at = datetime.fromtimestamp(second, UTC)
    return Ticket(pk, epoch, at) if timedelta() <= moment - at <= TICKET_LASTS else None


def visit_of(request: HttpRequest) -> str:
    """The random name of this browser, to which tickets are bound."""
    return request.COOKIES.get(VISIT, "")[:VISIT_CHARACTERS]


def new_visit() -> str:
    return secrets.token_hex(VISIT_CHARACTERS // 2)


def keep_visit(response: HttpResponse, visit: str) -> None:
    response.set_cookie(VISIT, visit, secure=settings.PRODUCTION, httponly=True, samesite="Lax")
