"""The peer: check-in by check-in in Python, the same questions asked. It counts, and writes nothing."""

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from time import perf_counter
from typing import Any

from django.db import transaction
from django.utils import timezone

from bench.settlement.floor import scan
from cases.models import MealCheckIn, ShopContract, ShopPause
from core import scope
from funding.settling.month import LIMITS

OPENS, CLOSES = time(6, 30), time(9, 30, 59, 999_999)
APART = timedelta(minutes=LIMITS.minutes_between_shops)
Booked = dict[tuple[int, int], list[int]]


def run() -> dict[str, Any]:
    """Seconds, and the same numbers as the portal's."""
    scan()
    begun = perf_counter()
    with transaction.atomic():
        scope.apply_everywhere()
        total, doubtful = _walk()
    return {"seconds": perf_counter() - begun, "meals": total - len(doubtful), "doubtful": len(doubtful)}


def _walk() -> tuple[int, set[int]]:
    """How many check-ins there are, and which of them are doubtful."""
    contracts, pauses = _spans(ShopContract), _spans(ShopPause)
    meals: Counter[int] = Counter()
    moments: dict[tuple[int, int], list[int]] = defaultdict(list)
    booked: Booked = defaultdict(list)
    last: dict[int, tuple[int, datetime]] = {}
    doubtful: set[int] = set()
    rows = MealCheckIn.objects.select_related("enrolment").filter(served_on__year=2023, served_on__month=1)
    for meal in rows.order_by("served_at", "pk").iterator(chunk_size=5_000):
        shop, day, spell = meal.shop_id, meal.served_on, meal.enrolment
        at: Any = meal.served_at
        meals[shop] += 1
        moments[shop, int(at.timestamp()) // LIMITS.burst_seconds].append(meal.pk)
        is_open = _covers(contracts[shop], day) and not _covers(pauses[shop], day)
        is_enrolled = _covers([(spell.valid_from, spell.valid_to)], day)
        is_far = False
        if meal.proxy_by_id:
            booked[shop, meal.proxy_by_id].append(meal.pk)
            elsewhere, before = last.get(meal.proxy_by_id, (shop, at))
            is_far = elsewhere != shop and at - before < APART
            last[meal.proxy_by_id] = shop, at
        if not (OPENS <= timezone.localtime(at).time() <= CLOSES and is_enrolled and is_open) or is_far:
            doubtful.add(meal.pk)
    crowds = (pks for pks in moments.values() if len(pks) > LIMITS.burst_meals)
    return meals.total(), doubtful.union(*crowds, _too_many(booked, meals))


def _spans(model: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for shop, first, until in model.objects.active().values_list("shop", "valid_from", "valid_to"):
        found[shop].append((first, until))
    return found


def _covers(spans: list[Any], day: Any) -> bool:
    return any(first <= day and (until is None or day < until) for first, until in spans)


def _too_many(booked: Booked, meals: Counter[int]) -> set[int]:
    """What one person booked at one shop, where it is too much of what the shop served."""
    return {
        pk
        for (shop, _), pks in booked.items()
        if len(pks) >= LIMITS.proxy_least and 100 * len(pks) > LIMITS.proxy_percent * meals[shop]
        for pk in pks
    }
