"""The usual check-in: a worker whom the phone remembers taps once, and nothing stands against it.

Two statements and no transaction around them: what decides is read in one, the meal is written in the other.
Where something stands against it (a second meal, a closed shop), the action judges by what was read. Whoever
is not known here (nobody remembered, a crew leader, no enrolment) is None, and the door's page answers it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
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
from cases.models import CheckInDevice, Enrolment, MealChannel, PartnerShop, Programme
from cases.serving import Standing, why_not_served
from members.models import Person
from unions.models import Account

# The columns that are read of each, in the order of the model's fields.
SHOP = ("id", "union_id", "county_id", "programme_id", "name", "serves_from", "serves_until")
PROGRAMME = ("id", "archived_at", "name", "attributes", "started_on", "ended_on")
ACCOUNT = ("id", "role", "union_id", "county_id", "is_active")
ENROLMENT = ("id", "person_id", "is_crew_leader")
PERSON = ("id", "name")


@dataclass(frozen=True)
class Tap:
    """All that decides about a tap, as it was read."""

    device_id: int
    at: datetime
    shop: PartnerShop
    account: Account
    enrolment: Enrolment
    standing: Standing

    @property
    def is_usual(self) -> bool:
        """Whether it is a meal unless the worker has had one."""
        return not self.standing.is_settled and not why_not_served(self.shop, self.at, self.standing)


def tapped(request: HttpRequest, door: str) -> HttpResponse | None:
    """The answer to a known worker's check-in; None for every other, and for who taps without end."""
    token, browser = request.COOKIES.get(workers.COOKIE, ""), visit_of(request)
    ticket = ticket_in(request.POST.get("ticket", ""), browser, timezone.now())
    card = _card_in(token)
    if ticket is None or card is None or "crew" in request.POST:
        return None
    tap = _read(door, ticket, *card)
    if tap is None or tap.enrolment.is_crew_leader:
        return None
    if tap.is_usual and _record(tap, browser) is not None:
        return _answer(tap, token)
    if TAPS.seconds_to_wait(str(card[1])):
        return None
    return _shown(_judged(tap, browser), token)


def _judged(tap: Tap, browser: str) -> Outcome:
    """What the action makes of a tap that something stands against: as a rule a reason, which it keeps."""
    device = CheckInDevice(pk=tap.device_id, county_id=tap.shop.county_id, shop=tap.shop)
    scan = Scan(tap.enrolment.person_id, tap.at, MealChannel.WORKER_SCAN, tap.device_id, browser=browser)
    return check_in(by=tap.account, device=device, scan=scan, basis=Basis(tap.enrolment, tap.standing))


def _record(tap: Tap, browser: str) -> int | None:
    return record_tap(
        by=tap.account,
        county=tap.shop.county_id,
        shop=tap.shop,
        enrolment=tap.enrolment.pk,
        device=tap.device_id,
        at=tap.at,
        browser=browser,
    )


def _card_in(token: str) -> tuple[int, int, int] | None:
    """County, number and epoch of the card that the phone carries."""
    parts = read(workers.REMEMBERED, token)
    if parts is None:
        return None
    county, pk, epoch = map(int, parts)
    return county, pk, epoch


def _read(door: str, ticket: Ticket, county: int, card: int, epoch: int) -> Tap | None:
    day = timezone.localdate(ticket.at)
    asked = [county, door, ticket.device_id, ticket.epoch, card, epoch, day]
    row = _first_row("select * from cases_read_tap(%s, %s, %s, %s, %s, %s, %s)", asked)
    return _tap_of(row, county, ticket) if row else None


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


def _tap_of(row: tuple[Any, ...], county: int, ticket: Ticket) -> Tap:
    number, union, *rest = row[:6]
    shop = PartnerShop.from_db(None, SHOP, (number, union, county, *rest))
    archived_at, name, attributes, *days = row[6:11]
    programme = (shop.programme_id, archived_at, name, json.loads(attributes), *days)
    shop.programme = Programme.from_db(None, PROGRAMME, programme)
    number, role, own, is_active = row[11:15]
    account = Account.from_db(None, ACCOUNT, (number, role, own, county, is_active))
    enrolment = Enrolment.from_db(None, ENROLMENT, row[15:18])
    enrolment.person = Person.from_db(None, PERSON, (row[16], row[18]))
    return Tap(ticket.device_id, ticket.at, shop, account, enrolment, Standing(*row[19:]))


def _answer(tap: Tap, token: str) -> HttpResponse:
    before, between, after = _page()
    words = escape(masked(tap.enrolment.person.name)), escape(served_sentence(tap.shop, tap.at))
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
