"""Where the pages of rows are."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from core.resource import registry


def page_url(name: str, pk: int) -> str:
    """The address of a row's own page, empty where it has none."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def row_url(kind: str, number: int | None, account: Any) -> str:
    """The page of a row by its model (`cases.project`) and number, empty where the account does not see the row."""
    for resource in registry().values():
        if resource.model._meta.label_lower == kind and (
            url := page_url(f"{resource.key}-detail", number or 0)
        ):
            return url if resource.rows(account).filter(pk=number).exists() else ""
    return ""
