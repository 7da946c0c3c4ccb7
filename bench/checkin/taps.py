"""One tap after the other through the WSGI application, each of another worker."""

from collections.abc import Callable
from io import BytesIO
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.checkin.programme import CLERK, browser_of
from cases.checkin import workers
from cases.checkin.door import VISIT, Presence, ticket_of
from cases.models import CheckInDevice, MealCard
from core import scope
from core.imports.console import account

WARM_UP, MOST = 20, 400
TOKEN = "a" * 32


def run(view: str) -> dict[str, Any]:
    """Median and slowest of the taps, their processor time here, and how many statements one of them needs."""
    changed: dict[str, Any] = {"ROOT_URLCONF": "bench.checkin.urls"}
    if view == "bare":
        changed["MIDDLEWARE"] = []
    with override_settings(**changed):
        application, taps = get_wsgi_application(), requests_of(view)
        for tap in taps[:WARM_UP]:
            _timed(application, tap)
        begun = process_time()
        seconds = [_timed(application, tap) for tap in taps[WARM_UP:-1]]
        busy = (process_time() - begun) / len(seconds)
        with CaptureQueriesContext(connection) as statements:
            _timed(application, taps[-1])
    return {
        "seconds": median(seconds),
        "p95_seconds": quantiles(seconds, n=20)[-1],
        "cpu_seconds": busy,
        "requests": len(seconds),
        "statements": len(statements),
    }


def requests_of(view: str) -> list[dict[str, Any]]:
    """Requests as the workers' phones send them."""
    with scope.applied(account(CLERK)):
        device = CheckInDevice.objects.select_related("shop").get()
        cards = list(MealCard.objects.order_by("pk")[: MOST + WARM_UP])
    path = f"/d/{device.shop.door_code}/" if view == "portal" else f"/bench/{view}/"
    presence = Presence(device, timezone.now())
    return [_request(path, card, presence) for card in cards]


def _request(path: str, card: MealCard, presence: Presence) -> dict[str, Any]:
    browser = browser_of(card.person_id)
    ticket = ticket_of(presence, browser)
    cookies = {
        VISIT: browser,
        workers.COOKIE: workers.token_of(card, workers.REMEMBERED),
        "csrftoken": TOKEN,
    }
    told = {"csrfmiddlewaretoken": TOKEN, "ticket": ticket, "worker": card.person_id}
    body = urlencode(told).encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }


def _timed(application: Callable[..., Any], request: dict[str, Any]) -> float:
    said: list[str] = []
    begun = perf_counter()
    response = application(dict(request), lambda status, headers, error=None: said.append(status))
    body = b"".join(response)
    response.close()
    seconds = perf_counter() - begun
    if not said[0].startswith("200") or not is_well(body):
        raise RuntimeError(f"{request['PATH_INFO']}: {said[0]}")
    return seconds


def is_well(body: bytes) -> bool:
    """Whether a page says that the meal is recorded."""
    return body == b"ok" or "已登记" in body.decode()
