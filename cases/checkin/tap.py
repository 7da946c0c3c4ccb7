"""The usual check-in: a worker whom the phone remembers taps once, and nothing stands against it.

Two statements and no transaction around them: what decides is read in one, the meal is written in the other.
Whatever is not usual (nobody remembered, a crew leader, a second meal, a closed shop) is None here, and the
door's page answers it as it answers everything. Taps are counted there: a usual one succeeds once a day.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import escape

from cases.actions import record_tap
from cases.checkin import workers
from cases.checkin.codes import read
from cases.checkin.door import Ticket, ticket_in, visit_of
from cases.checkin.scan import Outcome, masked, served_sentence
from cases.models import PartnerShop, Programme
from cases.serving import Standing, why_not_served
from unions.models import Account

# The columns that are read of each, in the order of the model's fields.
SHOP = ("id", "programme_id", "name", "serves_from", "serves_until")
PROGRAMME = ("id", "archived_at", "name", "attributes", "started_on", "ended_on")
ACCOUNT = ("id", "role", "is_active")


@dataclass(frozen=True)
class Tap:
    """All that decides about a tap, as it was read."""

    county: int
    device_id: int
    at: datetime
    shop: PartnerShop
    account: Account
    enrolment_id: int
    worker: str
    is_crew_leader: bool
    standing: Standing
    is_closed: bool

    @property
    def is_usual(self) -> bool:
        """Whether it is a meal unless the worker has had one."""
        unusual = self.is_crew_leader or self.is_closed
        return not unusual and not why_not_served(self.shop, self.at, self.standing)


def tapped(request: HttpRequest, door: str) -> HttpResponse | None:
    """The answer to a usual check-in; None for every other."""
    token, browser = request.COOKIES.get(workers.COOKIE, ""), visit_of(request)
    ticket = ticket_in(request.POST.get("ticket", ""), browser, timezone.now())
    card = _card_in(token)
    if ticket is None or card is None or "crew" in request.POST:
        return None
    tap = _read(door, ticket, *card)
    if tap is None or not tap.is_usual or _record(tap, browser) is None:
        return None
    return _answer(tap, token)


def _record(tap: Tap, browser: str) -> int | None:
    return record_tap(
        by=tap.account,
        county=tap.county,
        shop=tap.shop,
        enrolment=tap.enrolment_id,
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
    with connection.cursor() as cursor:
        cursor.execute(
            "select * from cases_read_tap(%s, %s, %s, %s, %s, %s, %s)",
            [county, door, ticket.device_id, ticket.epoch, card, epoch, day],
        )
        row = cursor.fetchone()
    return _tap_of(row, county, ticket) if row else None


def _tap_of(row: tuple[Any, ...], county: int, ticket: Ticket) -> Tap:
    shop = PartnerShop.from_db(None, SHOP, row[:5])
    archived_at, name, attributes, *days = row[5:10]
    programme = (shop.programme_id, archived_at, name, json.loads(attributes), *days)
    shop.programme = Programme.from_db(None, PROGRAMME, programme)
    account = Account.from_db(None, ACCOUNT, row[10:13])
    enrolment, worker, leads, *standing, is_closed = row[13:]
    return Tap(
        county,
        ticket.device_id,
        ticket.at,
        shop,
        account,
        enrolment,
        worker,
        leads,
        Standing(*standing),
        is_closed,
    )


def _answer(tap: Tap, token: str) -> HttpResponse:
    before, between, after = _page()
    words = escape(masked(tap.worker)), escape(served_sentence(tap.shop, tap.at))
    page = f"{before}{words[0]}{between}{words[1]}{after}"
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
