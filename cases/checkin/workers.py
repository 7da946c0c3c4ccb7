"""Who stands at the counter: a card that the worker's phone remembers, or a number with the ID's last four."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cases.checkin.codes import derived_key, live_code, read, sign
from cases.checkin.reach import reach
from cases.checkin.shopfront import COOKIE_SECONDS
from cases.models import Enrolment, MealCard, Programme
from core.checks import Problem, mobile_phone
from members.models import Person
from unions.models import Account

COOKIE = "__Host-worker" if settings.PRODUCTION else "worker"
REMEMBERED, PRINTED = "worker", "card"
CARD_DIGITS = 10
SCANNED_STEPS = 10


def card_of(token: str, purpose: str, county: int | None = None) -> MealCard | None:
    """The card that a token of ours names, with the transaction open to what its programme reaches; None
    once it was renewed.

    Where the transaction is open to a `county` already, cards of others are none.
    """
    parts = read(purpose, token)
    if parts is None:
        return None
    own, pk, epoch = map(int, parts)
    if county is None:
        reach(own)
    elif county != own:
        return None
    cards = MealCard.objects.select_related("person", "programme")
    return cards.filter(pk=pk, epoch=epoch, archived_at__isnull=True).first()


def remembered(request: HttpRequest, county: int | None = None) -> MealCard | None:
    """The card this phone remembers."""
    return card_of(request.COOKIES.get(COOKIE, ""), REMEMBERED, county)


def token_of(card: MealCard, purpose: str) -> str:
    return sign(purpose, card.county_id, card.pk, card.epoch)


def remember(response: HttpResponse, card: MealCard) -> None:
    """Let this phone stand for the worker until the card is renewed."""
    keep(response, token_of(card, REMEMBERED))


def keep(response: HttpResponse, token: str) -> None:
    """Let the phone keep what names the worker's card."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_SECONDS,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )


def key_of(card: MealCard) -> bytes:
    """The key of the codes that the worker's phone shows."""
    return derived_key("worker", card.pk, card.epoch)


def shown_code(card: MealCard, step: int) -> str:
    """What the worker's phone shows to the shop's during a step."""
    return f"W.{card.pk}.{live_code(key_of(card), step)}"


def person_by_numbers(
    programme: Programme, number: str, last4: str, day: date, account: Account
) -> Person | None:
    """The enrolled worker of a card's or a phone's number whose ID ends in these four."""
    digits = "".join(number.split())
    enrolled = Enrolment.objects.visible_to(account).on(day).filter(programme=programme)
    persons = Person.objects.visible_to(account).filter(
        enrolments__in=enrolled, id_last4=last4.strip().upper()
    )
    if len(digits) == CARD_DIGITS:
        cards = {"meal_cards__programme": programme, "meal_cards__card_no": digits}
        return persons.filter(**cards).first()
    return _of_mobile(persons, digits)


def _of_mobile(persons: Any, number: str) -> Person | None:
    """Numbers are sealed: those that end alike are opened and compared."""
    try:
        mobile = mobile_phone(number)
    except Problem:
        return None
    if mobile is None:
        return None
    sealed: Any = Person._meta.get_field("mobile")
    alike = persons.filter(mobile_last4=mobile[-4:])
    return next((person for person in alike if sealed.unseal(person) == mobile), None)
