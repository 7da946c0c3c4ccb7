"""Requests one after the other through the WSGI application, without a network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from django.core.cache import caches
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from core.imports.console import account

OFFICIAL = "630000.official"
WARM_UP, BUDGET_SECONDS, LEAST = 5, 2.0, 20
PLACE = "630000"
PATHS = {
    "portal": f"/dashboard/{PLACE}/",
    "kept": f"/dashboard/{PLACE}/",
    "unchanged": f"/dashboard/{PLACE}/",
    "orm_page": f"/bench/orm/{PLACE}/",
    "bare": "/bench/bare/",
    "bare_with_session": "/bench/bare/",
}


@dataclass
class Answer:
    """What one request brought."""

    status: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Caller:
    """Calls the application as a web server does."""

    application: Callable[..., Any]
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    is_kept: bool = True

    def ask(self) -> Answer:
        answer = Answer()

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
            answer.status, answer.headers = status, dict(headers)

        response = self.application(self._environ(), start)
        answer.body = b"".join(response)
        response.close()
        return answer

    def _environ(self) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": self.path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            **self.headers,
        }


def run(page: str) -> dict[str, Any]:
    """The median of single requests, and what the answer weighs."""
    changed: dict[str, Any] = {"ROOT_URLCONF": "bench.dashboard.urls"}
    if page == "bare":
        changed["MIDDLEWARE"] = []
    with override_settings(**changed):
        caller = Caller(get_wsgi_application(), PATHS[page], is_kept=page != "portal")
        if page != "bare":
            caller.headers["HTTP_COOKIE"] = f"sessionid={_session()}"
        return _measure(caller, page)


def _session() -> str:
    client = Client()
    client.force_login(account(OFFICIAL))
    return client.cookies["sessionid"].value


def _measure(caller: Caller, page: str) -> dict[str, Any]:
    answer = caller.ask()
    if page == "unchanged":
        caller.headers["HTTP_IF_NONE_MATCH"] = answer.headers["ETag"]
        answer = caller.ask()
    expected = "304" if page == "unchanged" else "200"
    if not answer.status.startswith(expected):
        raise RuntimeError(f"{caller.path}: {answer.status}")
    for _ in range(WARM_UP):
        caller.ask()
    seconds = _seconds(caller)
    _forget(caller)
    with CaptureQueriesContext(connection) as queries:
        caller.ask()
    return {
        "seconds": median(seconds),
        "p95_seconds": quantiles(seconds, n=20)[-1],
        "requests": len(seconds),
        "bytes": len(answer.body),
        "queries": len(queries),
    }


def _forget(caller: Caller) -> None:
    if not caller.is_kept:
        caches["pages"].clear()


def _seconds(caller: Caller) -> list[float]:
    found: list[float] = []
    begun = perf_counter()
    while len(found) < LEAST or perf_counter() - begun < BUDGET_SECONDS:
        _forget(caller)
        started = perf_counter()
        caller.ask()
        found.append(perf_counter() - started)
    return found
