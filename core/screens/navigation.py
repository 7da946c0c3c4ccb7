"""The frame of every page: primary navigation and the account's own line."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav` from `settings.NAVIGATION` (label, url name, icon), `me` from the account."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {}
    entries = [
        (label, _url(name), icon)
        for label, name, icon, right in settings.NAVIGATION
        if right is None or account.can(right)
    ]
    open_here = (url for _, url, _ in entries if url and _leads_to(url, request.path))
    current = max(open_here, key=len, default="")
    return {
        "nav": [
            {"label": label, "url": url, "icon": icon, "active": url == current}
            for label, url, icon in entries
            if url
        ],
        "me": {
            "name": str(account),
            "union": str(account.union),
            "role": account.get_role_display(),
            "url": _url("account"),
        },
    }


def _leads_to(url: str, path: str) -> bool:
    return path.startswith(url) if url != "/" else path == url


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
