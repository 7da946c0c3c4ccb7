"""Sessions end: some time after the last request, and in any case a working day after sign-in.

What was being typed is kept, sealed and for a while, and shown again after the next sign-in.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.deprecation import MiddlewareMixin
from redis import RedisError

from core.crypto import CannotOpen, open_sealed, seal

BEGAN, SEEN = "began_at", "seen_at"
EVERY = 60
KEPT_SECONDS, KEPT_LENGTH = 1800, 100_000
KEPT = "kept"
UNSPOKEN = {"csrfmiddlewaretoken", "once"}


class PassesNobodyBy(MiddlewareMixin):
    """Pages that are nobody's go past what belongs to accounts: a tap in the rush pays for none of it."""

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request) if _is_nobodys(request) else super().__call__(request)


class SessionMiddleware(PassesNobodyBy, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(PassesNobodyBy, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(PassesNobodyBy, messages.MessageMiddleware):
    pass


class SessionAgeMiddleware:
    """Ends sessions that are too old; an API request then goes on without an account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_asked(request) and request.user.is_authenticated:
            why = _ended(request.session, int(time.time()))
            if why:
                return self._end(request, why)
        return self.get_response(request)

    def _end(self, request: HttpRequest, why: str) -> HttpResponse:
        token = keep(request)
        logout(request)
        if request.path.startswith("/api/"):
            return self.get_response(request)
        back = request.get_full_path()
        if token:
            back += ("&" if "?" in back else "?") + urlencode({KEPT: token})
        address = f"{settings.LOGIN_URL}?{urlencode({'expired': why, 'next': back})}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)


def _is_nobodys(request: HttpRequest) -> bool:
    return request.path.startswith(settings.NOBODYS_PATHS)


def _is_asked(request: HttpRequest) -> bool:
    """Whether it matters who sends the request."""
    return request.path not in settings.UNSCOPED_PATHS and not _is_nobodys(request)


def _ended(session: Any, now: int) -> str:
    """Why the session is over; else it is noted, once a minute, that somebody is there."""
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:
        session[BEGAN] = session[SEEN] = now
        return ""
    if now - began > settings.SESSION_LONGEST_SECONDS:
        return "long"
    if now - seen > settings.SESSION_IDLE_SECONDS:
        return "idle"
    if now - seen > EVERY:
        session[SEEN] = now
    return ""


def keep(request: HttpRequest) -> str:
    """Put away what a form sent; the number under which its account finds it again, empty for none."""
    if request.method != "POST" or request.path.startswith("/api/") or request.FILES:
        return ""
    typed = request.POST.copy()
    for name in UNSPOKEN:
        typed.pop(name, None)
    text = typed.urlencode()
    if not typed or len(text) > KEPT_LENGTH:
        return ""
    token = secrets.token_urlsafe(16)
    value = seal(f"{request.user.pk} {request.path} {text}", token)
    try:
        cache.set(f"kept:{token}", value, KEPT_SECONDS)
    except RedisError:
        return ""
    return token


def kept(request: HttpRequest) -> QueryDict | None:
    """What this account had typed into the form of this address before its session ended."""
    token = request.GET.get(KEPT, "")[:40]
    if not token:
        return None
    try:
        value = cache.get(f"kept:{token}")
        account, path, text = open_sealed(value, token).split(" ", 2) if value else ("", "", "")
    except (RedisError, CannotOpen):
        return None
    return QueryDict(text) if (account, path) == (str(request.user.pk), request.path) else None
