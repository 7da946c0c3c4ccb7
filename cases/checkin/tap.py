"""The usual check-in: a worker whom the phone remembers taps once, and nothing stands against it.

One statement and no transaction around it: it reads what decides, and writes the meal where the shop is still
as this process found it at an earlier tap and judges it for this one. A shop that is new or has changed is
judged first, and the meal is written in a second statement. Where something stands against it (a second meal,
a closed shop), the action judges by what was read. Whoever is not known here (nobody remembered, a crew
leader, no enrolment) is None, and the door's page answers it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import escape

from cases.actions import check_in, record_tap
from cases.actions.basis import Basis
from cases.checkin import workers
from cases.checkin.codes import read
from cases.checkin.door import Ticket, ticket_in, visit_of
from cases.checkin.pace import TAPS
from cases.checkin.scan import Outcome, Scan, masked, served_sentence
from cases.checkin.shop_day import ShopDay, shop_day
from cases.models import CheckInDevice, Enrolment, MealChannel, PartnerShop
from members.models import Person

ENROLMENT = ("id", "person_id", "is_crew_leader")
PERSON = ("id", "name")
# By the shop's phone, as it was found at the last tap there.
_FOUND: dict[int, ShopDay] = {}


@dataclass(frozen=True)
class Tap:
    """What `cases_tap` answers: the shop's day as a text, the meal if it was written, and who tapped."""

    basis: str
    meal: int | None
    enrolment_id: int
    person_id: int
    worker: str
    leads: bool


def tapped(request: HttpRequest, door: str) -> HttpResponse | None:
    """The answer to a known worker's check-in; None for every other, and for who taps without end."""
    token, browser = request.COOKIES.get(workers.COOKIE, ""), visit_of(request)
    ticket = ticket_in(request.POST.get("ticket", ""), browser, timezone.now())
    card = _card_in(token)
    if ticket is None or card is None or "crew" in request.POST:
        return None
    known = _known(ticket)
    tap = _read(door, ticket, card, browser, known)
    if tap is None or tap.leads:
        return None
    day = _served(tap, ticket, browser, known)
    if day is not None:
        return _answer(tap, ticket, day.shop, token)
    if TAPS.seconds_to_wait(str(card[1])):
        return None
    return _shown(_judged(tap, ticket, browser), token)


def _known(ticket: Ticket) -> ShopDay | None:
    """The shop as it was found at the last tap, where that makes this one a meal."""
    day = _FOUND.get(ticket.device_id)
    return day if day and day.serves(ticket.at) else None


def _served(tap: Tap, ticket: Ticket, browser: str, known: ShopDay | None) -> ShopDay | None:
    """What the shop was like when the meal was written, now or with the reading; None where there is none."""
    if known and known.basis == tap.basis:
        return known if tap.meal else None
    day = _FOUND[ticket.device_id] = shop_day(tap.basis)
    return day if day.serves(ticket.at) and _record(tap, ticket, browser, day) else None


def _record(tap: Tap, ticket: Ticket, browser: str, day: ShopDay) -> int | None:
    return record_tap(
        by=day.account,
        county=day.shop.county_id,
        shop=day.shop,
        enrolment=tap.enrolment_id,
        device=ticket.device_id,
        at=ticket.at,
        browser=browser,
    )


def _judged(tap: Tap, ticket: Ticket, browser: str) -> Outcome:
    """What the action makes of a tap that something stands against: as a rule a reason, which it keeps."""
    day = shop_day(tap.basis)
    enrolment = Enrolment.from_db(None, ENROLMENT, (tap.enrolment_id, tap.person_id, tap.leads))
    enrolment.person = Person.from_db(None, PERSON, (tap.person_id, tap.worker))
    device = CheckInDevice(pk=ticket.device_id, county_id=day.shop.county_id, shop=day.shop)
    scan = Scan(tap.person_id, ticket.at, MealChannel.WORKER_SCAN, ticket.device_id, browser=browser)
    return check_in(by=day.account, device=device, scan=scan, basis=Basis(enrolment, day.standing))


def _card_in(token: str) -> tuple[int, int, int] | None:
    """County, number and epoch of the card that the phone carries."""
    parts = read(workers.REMEMBERED, token)
    if parts is None:
        return None
    county, pk, epoch = map(int, parts)
    return county, pk, epoch


def _read(
    door: str, ticket: Ticket, card: tuple[int, int, int], browser: str, known: ShopDay | None
) -> Tap | None:
    county, pk, epoch = card
    day, judged = timezone.localdate(ticket.at), known.basis if known else ""
    asked = [county, door, ticket.device_id, ticket.epoch, pk, epoch, day, ticket.at, browser, judged]
    row = _first_row("select * from cases_tap(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", asked)
    return Tap(*row) if row else None


def _first_row(statement: str, values: list[Any]) -> Any:
    """Asked on a connection that is not asked first whether it still lives: where it does not, asked anew."""
    spared: Any = connection
    spared.health_check_done = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def _answer(tap: Tap, ticket: Ticket, shop: PartnerShop, token: str) -> HttpResponse:
    before, between, after = _page()
    words = escape(masked(tap.worker)), escape(served_sentence(shop, ticket.at))
    return _kept(f"{before}{words[0]}{between}{words[1]}{after}", token)


def _shown(outcome: Outcome, token: str) -> HttpResponse:
    return _kept(get_template("door/result.html").render({"outcome": outcome}), token)


def _kept(page: str, token: str) -> HttpResponse:
    response = HttpResponse(page, headers={"Cache-Control": "no-store"})
    workers.keep(response, token)
    return response


@cache
def _page() -> tuple[str, str, str]:
    """The page of a meal without its two words, rendered once in a process: before, between and after them."""
    worker, sentence = uuid4().hex, uuid4().hex
    outcome = Outcome(worker, timezone.now(), sentence)
    before, _, rest = get_template("door/result.html").render({"outcome": outcome}).partition(worker)
    between, _, after = rest.partition(sentence)
    return before, between, after
