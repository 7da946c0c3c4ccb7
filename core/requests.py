"""The account behind a request, for pages that require sign-in."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest
from django.views import View


def account_of(request: HttpRequest) -> Any:
    """The signed-in account; callers stand behind a sign-in check."""
    return request.user


class AccountView(LoginRequiredMixin, View):
    """A page for signed-in accounts."""

    @property
    def account(self) -> Any:
        return account_of(self.request)
