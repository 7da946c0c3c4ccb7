"""Rows of a resource as tables on the screen: columns, sorting, capped counting, paging."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone

from core.resource import Column, Kind, Resource

PAGE_SIZES = (50, 100, 200)
COUNT_CAP = 10_000
RELATED_SHOWN = 20
Words = Mapping[str, str]
NO_WORDS: Words = MappingProxyType({})


def text(value: Any) -> str:
    """A value in the words of the screen: dates as 2023-03-01, money and counts with separators."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def ordered(rows: QuerySet[Any], resource: Resource, wanted: str, default: tuple[str, ...]) -> QuerySet[Any]:
    """Order by a sortable column's key, `-key` downwards; anything else falls back to the default."""
    descending, key = wanted.startswith("-"), wanted.lstrip("-")
    column = next((column for column in resource.listed if column.key == key and column.sort), None)
    if column is None:
        return rows.order_by(*default)
    return rows.order_by(f"{'-' if descending else ''}{column.sort}", "pk")


def columns(resource: Resource, query: Any) -> list[dict[str, Any]]:
    """Heads of a list with the address that sorts by each."""
    current = query.get("sort", "")
    kept = {key: value for key, value in query.items() if key not in ("sort", "page") and value}
    return [_head(column, current, kept) for column in resource.listed]


def _head(column: Column, current: str, kept: dict[str, str]) -> dict[str, Any]:
    sorted_by = {column.key: "asc", f"-{column.key}": "desc"}.get(current, "")
    following = f"-{column.key}" if sorted_by == "asc" else column.key
    return {
        "key": column.key,
        "label": column.label,
        "numeric": column.is_numeric,
        "sortable": bool(column.sort),
        "sorted": sorted_by,
        "sort_url": "?" + urlencode({**kept, "sort": following}),
    }


def row(resource: Resource, row: Any, url: str) -> dict[str, Any]:
    """One row of a list."""
    return {
        "url": url,
        "pk": row.pk,
        "tone": "muted" if getattr(row, "is_archived", False) else "",
        "cells": [
            {"text": _said(column, column.value(row)), "label": column.label, "numeric": column.is_numeric}
            for column in resource.listed
        ],
    }


def facts(
    resource: Resource, row: Any, *, links: Words = NO_WORDS, badges: Words = NO_WORDS
) -> list[dict[str, Any]]:
    """A row's own page from the same columns; by label what opens (`links`) and what stands out (`badges`)."""
    shown: list[dict[str, Any]] = [
        {
            "label": c.label,
            "value": _said(c, _on_page(c, row)),
            "url": links.get(c.label, ""),
            "badge": badges.get(c.label, ""),
        }
        for c in resource.exportable
        if c.on_page
    ]
    if getattr(row, "is_archived", False):
        shown.insert(0, {"label": "状态", "value": "已归档", "badge": "muted"})
    return shown


def _said(column: Column, value: Any) -> str:
    """A row's number and a year are names and no quantities."""
    return str(value) if column.is_ordinal and value is not None else text(value)


def _on_page(column: Column, row: Any) -> Any:
    """People read a union's name; its code is for spreadsheets."""
    if column.kind is Kind.UNION and column.source.endswith(".code"):
        return attrgetter(column.source.removesuffix(".code"))(row)
    return column.value(row)


def related(declared: Any, row: Any, account: Any, screen: Any) -> dict[str, Any]:
    """One list of what hangs on a row."""
    items = list(declared.rows(row, account)[: RELATED_SHOWN + 1])
    verb = next((verb for verb in screen.verbs if verb.key == declared.verb), None)
    is_offered = verb is not None and not getattr(row, "is_archived", False) and verb.applies(row)
    return {
        "title": declared.title,
        "count": f"前{RELATED_SHOWN}条" if len(items) > RELATED_SHOWN else len(items),
        "columns": [{"label": name, "numeric": name in declared.numeric} for name in declared.columns],
        "rows": [_related_row(declared, item) for item in items[:RELATED_SHOWN]],
        "empty": declared.empty,
        "first_step": {"label": verb.label, "url": screen.url(verb.key, row.pk)}
        if verb and is_offered and account.can(verb.right)
        else None,
    }


def _related_row(declared: Any, item: Any) -> dict[str, Any]:
    cells = zip(declared.columns, declared.cells(item), strict=True)
    return {
        "url": declared.url(item) if declared.url else "",
        "cells": [{"text": text(v), "label": n, "numeric": n in declared.numeric} for n, v in cells],
    }


@dataclass(frozen=True)
class Page:
    """A page of rows with a count that is exact up to 10,000; beyond that the filters narrow."""

    rows: list[Any]
    number: int
    size: int
    total: int

    @classmethod
    def of(cls, rows: QuerySet[Any], query: Any) -> Self:
        size = page_size(query)
        total = rows.order_by().values("pk")[: COUNT_CAP + 1].count()
        last = max(1, -(-min(total, COUNT_CAP) // size))
        number = _number(query.get("page"), 1, last)
        start = (number - 1) * size
        return cls(list(rows[start : start + size]), number, size, total)

    @property
    def total_text(self) -> str:
        return f"{COUNT_CAP:,}+" if self.total > COUNT_CAP else f"{self.total:,}"

    def pager(self, query: dict[str, str]) -> dict[str, Any] | None:
        if not self.rows:
            return None
        start = (self.number - 1) * self.size
        more = start + self.size < min(self.total, COUNT_CAP)

        def url(**changes: Any) -> str:
            return "?" + urlencode({**query, **changes})

        return {
            "start": f"{start + 1:,}",
            "end": f"{start + len(self.rows):,}",
            "total": self.total_text,
            "number": self.number,
            "previous_url": url(page=self.number - 1) if self.number > 1 else "",
            "next_url": url(page=self.number + 1) if more else "",
            "sizes": [{"label": n, "url": url(size=n), "active": n == self.size} for n in PAGE_SIZES],
        }


def page_size(query: Any) -> int:
    """How many rows a page is asked to hold."""
    return _number(query.get("size"), PAGE_SIZES[0], max(PAGE_SIZES))


def page_number(query: Any) -> int:
    """Which page is asked for; the first one where it is not said."""
    return _number(query.get("page"), 1, COUNT_CAP)


def _number(given: Any, default: int, most: int) -> int:
    return min(int(given), most) if str(given or "").isdecimal() and int(given) > 0 else default
