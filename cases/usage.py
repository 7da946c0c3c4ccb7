"""How an opened project is used: person-times in all and day by day."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Sum
from django.urls import reverse

from cases.models import Project, Visit

DAYS_SHOWN = 60


def page(project: Project, account: Any) -> dict[str, Any]:
    """Facts and a chart of the last sixty days with a record; nothing before the first record."""
    visits = Visit.objects.visible_to(account).filter(project=project, archived_at__isnull=True)
    total = visits.aggregate(
        person_times=Sum("person_times"), days=Count("pk"), hours=Sum("oxygen_hours"), last=Max("visited_on")
    )
    if not total["days"]:
        return {}
    first = total["last"] - timedelta(days=DAYS_SHOWN - 1)
    recent = visits.filter(visited_on__gte=first).values_list("visited_on", "person_times")
    return {"facts": _facts(project, total), "chart": _chart(project, first, dict(recent))}


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
