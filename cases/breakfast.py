"""What the breakfast's page shows: enrolment, meals by day and shop, take-up, reach."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils import timezone

from cases.models import MealCheckIn, Programme
from cases.shares import Breakdown, Share, office_chart, shop_chart, shop_map, week_chart
from core.forms import DayField

DAYS_SHOWN = 60
LATELY = timedelta(days=14)  # longer than any holiday without breakfast


class PeriodForm(forms.Form):
    """`?until=` closes the running totals at a day; `?month=` chooses the days that are shown one by one."""

    until = DayField(label="截至", required=False)
    month = forms.DateField(
        label="逐日看",
        required=False,
        input_formats=["%Y-%m"],
        widget=forms.DateInput({"type": "month"}, format="%Y-%m"),
    )


@dataclass(frozen=True)
class Period:
    """Totals up to and including `until`; single days from `first` to `last`."""

    until: date
    first: date
    last: date


def period(programme: Programme, form: PeriodForm, account: Any) -> Period:
    """The period asked for, else the sixty days that end with the last meal."""
    asked = form.cleaned_data if form.is_valid() else {}
    until = min(asked.get("until") or _reported_until(programme, account), timezone.localdate())
    month = asked.get("month")
    if month:
        following = (month + timedelta(days=31)).replace(day=1)
        return Period(until, month, following - timedelta(days=1))
    last = _last_meal(_meals(programme, account).filter(served_on__lte=until)) or until
    return Period(until, max(programme.started_on, last - timedelta(days=DAYS_SHOWN - 1)), last)


def _reported_until(programme: Programme, account: Any) -> date:
    """Today; where no meals were recorded lately, the last day with meals: days that nobody reported would
    only thin the take-up.
    """
    today, last = timezone.localdate(), _last_meal(_meals(programme, account))
    return last if last is not None and last < today - LATELY else today


def _last_meal(meals: Any) -> date | None:
    found: date | None = meals.aggregate(last=Max("served_on"))["last"]
    return found


def _meals(programme: Programme, account: Any) -> Any:
    return MealCheckIn.objects.visible_to(account).filter(programme=programme)


@dataclass(frozen=True)
class Totals:
    """Running totals at a day. Both halves of each rate; division is last."""

    meals: int
    meal_days: int
    enrolled: int
    reached: int
    ever_enrolled: int
    shops: int

    @property
    def take_up(self) -> float | None:
        return 100 * self.meals / self.meal_days if self.meal_days else None

    @property
    def reach(self) -> float | None:
        return 100 * self.reached / self.ever_enrolled if self.ever_enrolled else None


def totals(parts: Breakdown) -> Totals:
    until = parts.until
    eaten = parts.meals().aggregate(meals=Count("pk"), reached=Count("enrolment__person", distinct=True))
    counted = parts.enrolments().aggregate(
        ever=Count("person", distinct=True),
        now=Count("pk", filter=Q(valid_to__isnull=True) | Q(valid_to__gt=until)),
    )
    return Totals(
        meals=eaten["meals"],
        meal_days=parts.meal_days(until),
        enrolled=counted["now"],
        reached=eaten["reached"],
        ever_enrolled=counted["ever"],
        shops=sum(start <= until and (end is None or end > until) for _, start, end in parts.contracts),
    )


def page(programme: Programme, account: Any, query: Any) -> dict[str, Any]:
    """Everything the breakfast adds to its programme's page."""
    form = PeriodForm(query or None)
    shown = period(programme, form, account)
    parts = Breakdown(programme, shown.until, account)
    now = totals(parts)
    shops = parts.by_shop(now.meal_days, now.ever_enrolled)
    form = form if form.is_bound else PeriodForm(initial={"until": shown.until})
    return {
        "period_form": form,
        "period_clear": "?" if query else "",
        "figures": _figures(now, shown),
        "cards": [_take_up_card(programme, now, shown), _reach_card(programme, now, shown)],
        "charts": _charts(parts, shown, shops, account) if shown.first <= shown.last else [],
    }


def _charts(
    parts: Breakdown, shown: Period, shops: list[tuple[Any, Share]], account: Any
) -> list[dict[str, Any]]:
    """What there is to draw once the programme has begun."""
    programme = parts.programme
    return [
        _daily_chart(programme, shown, account),
        week_chart(programme, shown.first, shown.last, parts.by_week(shown.first, shown.last)),
        office_chart(programme, shown.until, parts.by_office()),
        shop_chart(programme, shown.until, shops, parts.ratings()),
        shop_map(programme, shown.until, shops),
    ]


def _figures(now: Totals, shown: Period) -> list[dict[str, Any]]:
    until = f"截至 {shown.until}"
    return [
        {"label": "累计就餐", "value": f"{now.meals:,} 份", "note": until},
        {"label": "登记职工", "value": f"{now.enrolled:,} 人", "note": f"{until} 在册"},
        {"label": "签约门店", "value": f"{now.shops:,} 家", "note": f"{until} 有合同"},
    ]


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}%"


def _take_up_card(programme: Programme, now: Totals, shown: Period) -> dict[str, Any]:
    return {
        "label": f"就餐率（截至 {shown.until}）",
        "url": f"{reverse('meals-list')}?programme={programme.pk}&until={shown.until}",
        "value": _rate(now.take_up),
        "unknown": "缺登记职工或签约门店",
        "numerator": {"label": "就餐", "value": f"{now.meals:,}", "unit": "份"},
        "denominator": {"label": "登记职工×供餐日", "value": f"{now.meal_days:,}", "unit": "人天"},
        "percent": now.take_up if now.take_up is not None and now.take_up <= 100 else None,
        "finding": "就餐份数多于可就餐的人天，待核" if now.take_up and now.take_up > 100 else "",
    }


def _reach_card(programme: Programme, now: Totals, shown: Period) -> dict[str, Any]:
    return {
        "label": f"覆盖面（截至 {shown.until}）",
        "url": f"{reverse('enrolments-list')}?programme={programme.pk}&sort=-meals_total",
        "value": _rate(now.reach),
        "unknown": "还没有登记职工",
        "numerator": {"label": "至少就餐一次", "value": f"{now.reached:,}", "unit": "人"},
        "denominator": {"label": "登记过的职工", "value": f"{now.ever_enrolled:,}", "unit": "人"},
        "percent": now.reach if now.reach is not None and now.reach <= 100 else None,
    }


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _daily_chart(programme: Programme, shown: Period, account: Any) -> dict[str, Any]:
    meals = _meals(programme, account).between(shown.first, shown.last).order_by()
    served = dict(meals.values_list("served_on").annotate(number=Count("pk")))
    days = list(_days(shown.first, shown.last))
    values = [served.get(day, 0) for day in days]
    return {
        "id": "meals-by-day",
        "title": f"{programme.name}：每天就餐份数，{shown.first} 至 {shown.last}",
        "summary": f"共 {sum(values):,} 份，最多的一天 {max(values, default=0):,} 份。",
        "note": f"共 {sum(values):,} 份。每名登记职工每天最多计一份。",
        "data": {
            "kind": "daily",
            "labels": [day.strftime("%m-%d") for day in days],
            "series": [{"name": "就餐", "values": values}],
            "unit": "份",
        },
        "head": ["日期", "就餐（份）"],
        "rows": [
            {"label": day.isoformat(), "cells": [f"{value:,}"]}
            for day, value in zip(days, values, strict=True)
        ],
    }
