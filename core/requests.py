"""Who is behind a request: its account, for pages that require sign-in, and the address it came from."""

from collections.abc import Callable
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View


def account_of(request: HttpRequest) -> Any:
    """The signed-in account; callers stand behind a sign-in check."""
    return request.user


def client_address(request: HttpRequest) -> str:
    """The address a request came from.

    `X-Forwarded-For` counts only as far as our own proxies wrote it: its last `TRUSTED_PROXIES` entries.
    """
    written = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies: int = settings.TRUSTED_PROXIES
    forwarded = written[-proxies] if 0 < proxies <= len(written) else ""
    return forwarded or str(request.META.get("REMOTE_ADDR", ""))


class BodyLimitMiddleware:
    """Refuses a body that is larger than any upload before a byte of it is stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.LARGEST_REQUEST:
            return render(request, "413.html", status=413)
        return self.get_response(request)


class NoStoreMiddleware:
    """Pages hold personal data: no browser and no proxy keeps a copy, unless the page says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


class PolicyMiddleware:
    """The Content-Security-Policy is the same on every page: its text is made once, not with every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class AccountView(LoginRequiredMixin, View):
    """A page for signed-in accounts."""

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever comes back from signing in to a step that only a button takes is told so."""
        refused = super().http_method_not_allowed(request, *args, **kwargs)
        if request.method != "GET":
            return refused
        told = render(request, "405.html", status=405)
        told.headers["Allow"] = refused.headers["Allow"]
        return told

    @property
    def account(self) -> Any:
        return account_of(self.request)
