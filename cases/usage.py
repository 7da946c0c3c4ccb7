"""How an opened project is used: person-times in all, month by month and day by day, and what one cost."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone

from cases.models import Project, ProjectStage, Visit
from core.money import yuan
from core.words import first_few

DAYS_SHOWN = 60
DAYS_WATCHED = 30
MONTHS_SHOWN = 12
CENT = Decimal("0.01")
Visits = QuerySet[Any]
Spent = Callable[[], Decimal | None]


def page(project: Project, account: Any, *, spent: Spent, is_writable: bool = False) -> dict[str, Any]:
    """Facts, months and a chart of the last sixty days with a record; nothing before the opening.

    `spent` is asked for the money only where there was use to divide it by.
    """
    visits = Visit.objects.visible_to(account).filter(project=project, archived_at__isnull=True)
    total = visits.aggregate(
        person_times=Sum("person_times"),
        days=Count("pk"),
        hours=Sum("oxygen_hours"),
        last=Max("visited_on"),
    )
    is_open = project.stage == ProjectStage.IN_USE
    month_url = reverse("projects-month", args=[project.pk]) if is_writable and is_open else ""
    if not total["days"]:
        return {"month_url": month_url, "facts": [], "months": [], "chart": None} if is_open else {}
    first = total["last"] - timedelta(days=DAYS_SHOWN - 1)
    recent = visits.filter(visited_on__gte=first).values_list("visited_on", "person_times")
    return {
        "facts": [*_facts(project, total), _cost(spent(), total["person_times"]), *_missing(project, visits)],
        "months": _months(visits, month_url),
        "month_heads": MONTH_HEADS,
        "chart": _chart(project, first, dict(recent)),
        "month_url": month_url,
    }


def _facts(project: Project, total: dict[str, Any]) -> list[dict[str, Any]]:
    hours = total["hours"]
    return [
        {
            "label": "累计使用",
            "value": f"{total['person_times']:,} 人次",
            "note": f"登记 {total['days']:,} 天",
            "url": f"{reverse('visits-list')}?project={project.pk}",
        },
        {"label": "供氧时长", "value": f"{hours:,} 小时" if hours is not None else ""},
        {"label": "最近登记", "value": total["last"].isoformat()},
    ]


def cost_per_visit(spent: Decimal | None, person_times: int) -> Decimal | None:
    """What was spent for one person-time; unknown while either half is missing."""
    if spent is None or not person_times:
        return None
    return (spent / person_times).quantize(CENT, ROUND_HALF_UP)


def _cost(spent: Decimal | None, person_times: int) -> dict[str, Any]:
    cost = cost_per_visit(spent, person_times)
    note = f"已支出 {yuan(spent)} 元 ÷ {person_times:,} 人次" if spent is not None else "还没有“支出”明细"
    return {"label": "每人次成本", "value": f"{yuan(cost)} 元" if cost is not None else "", "note": note}


def missing_days(opened: date, today: date, recorded: set[date]) -> list[date]:
    """Days of the last month, up to yesterday, on which nobody wrote down how many came."""
    first = max(opened, today - timedelta(days=DAYS_WATCHED))
    days = [first + timedelta(days=number) for number in range((today - first).days)]
    return [day for day in days if day not in recorded]


def _missing(project: Project, visits: Visits) -> list[dict[str, Any]]:
    """Only while the project is in use: a closed one has nobody to write it down."""
    if project.stage != ProjectStage.IN_USE or project.opened_on is None:
        return []
    today = timezone.localdate()
    since = today - timedelta(days=DAYS_WATCHED)
    recorded = set(visits.filter(visited_on__gte=since).values_list("visited_on", flat=True))
    missing = missing_days(project.opened_on, today, recorded)
    if not missing:
        return [{"label": f"近{DAYS_WATCHED}天未登记", "value": "没有", "badge": "ok"}]
    shown = first_few([f"{day:%m-%d}" for day in missing], 8)
    value = f"{len(missing)} 天"
    return [{"label": f"近{DAYS_WATCHED}天未登记", "value": value, "note": shown, "badge": "warn"}]


MONTH_HEADS: list[dict[str, Any]] = [
    {"label": "月份"},
    {"label": "人次", "numeric": True},
    {"label": "供氧时长（小时）", "numeric": True},
    {"label": "登记天数", "numeric": True},
    {"label": "平均每天（人次）", "numeric": True},
]


def _months(visits: Visits, month_url: str) -> list[dict[str, Any]]:
    """The newest months with a record, each leading to its table."""
    by_month = (
        visits.annotate(month=TruncMonth("visited_on"))
        .values("month")
        .annotate(times=Sum("person_times"), hours=Sum("oxygen_hours"), days=Count("pk"))
        .order_by("-month")[:MONTHS_SHOWN]
    )
    return [_month(row, month_url) for row in by_month]


def _month(row: dict[str, Any], month_url: str) -> dict[str, Any]:
    cells = (
        f"{row['month']:%Y-%m}",
        f"{row['times']:,}",
        f"{row['hours']:,}" if row["hours"] is not None else "—",
        f"{row['days']}",
        f"{Decimal(row['times']) / row['days']:,.1f}",
    )
    shown = [
        {"text": text, "label": head["label"], "numeric": head.get("numeric", False)}
        for text, head in zip(cells, MONTH_HEADS, strict=True)
    ]
    return {"url": f"{month_url}?month={row['month']:%Y-%m}" if month_url else "", "cells": shown}


def _chart(project: Project, first: date, served: dict[date, int]) -> dict[str, Any]:
    days = [first + timedelta(days=number) for number in range(DAYS_SHOWN)]
    values = [served.get(day) for day in days]
    return {
        "id": "visits-by-day",
        "title": f"{project.name}：每天使用人次，{days[0]} 至 {days[-1]}",
        "note": "没有登记的日子不画，不等于没有人使用。",
        "data": {
            "kind": "daily",
            "labels": [day.strftime("%m-%d") for day in days],
            "series": [{"name": "使用", "values": values}],
            "unit": "人次",
        },
        "head": ["日期", "人次"],
        "rows": [
            {"label": day.isoformat(), "cells": ["—" if value is None else f"{value:,}"]}
            for day, value in zip(days, values, strict=True)
        ],
    }
