"""What the breakfast's page shows: enrolment, meals by day and shop, take-up, reach."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils import timezone

from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, ShopContract, ShopPause
from cases.take_up import ShopSpan, in_service, person_days, serving_spans
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


def totals(programme: Programme, until: date, account: Any) -> Totals:
    contracts = _of_shops(ShopContract, programme, account)
    serving = in_service(contracts, _of_shops(ShopPause, programme, account))
    enrolments = (
        Enrolment.objects.visible_to(account).active().filter(programme=programme, valid_from__lte=until)
    )
    meals = _meals(programme, account).filter(served_on__lte=until)
    eaten = meals.aggregate(meals=Count("pk"), reached=Count("enrolment__person", distinct=True))
    counted = enrolments.aggregate(
        ever=Count("person", distinct=True),
        now=Count("pk", filter=Q(valid_to__isnull=True) | Q(valid_to__gt=until)),
    )
    runs = (programme.started_on, programme.ended_on and programme.ended_on + timedelta(days=1))
    spells = enrolments.order_by().values_list("valid_from", "valid_to").annotate(number=Count("pk"))
    return Totals(
        meals=eaten["meals"],
        meal_days=person_days(serving_spans(runs, serving, until), spells),
        enrolled=counted["now"],
        reached=eaten["reached"],
        ever_enrolled=counted["ever"],
        shops=sum(start <= until and (end is None or end > until) for _, start, end in contracts),
    )


def _of_shops(
    model: type[ShopContract] | type[ShopPause], programme: Programme, account: Any
) -> list[ShopSpan]:
    """Shop, first day and day after the last of the programme's contracts or pauses."""
    rows = model.objects.visible_to(account).active()
    shops = rows.filter(shop__programme=programme, shop__archived_at__isnull=True)
    return list(shops.order_by().values_list("shop_id", "valid_from", "valid_to"))


def page(programme: Programme, account: Any, query: Any) -> dict[str, Any]:
    """Everything the breakfast adds to its programme's page."""
    form = PeriodForm(query or None)
    shown = period(programme, form, account)
    now = totals(programme, shown.until, account)
    form = form if form.is_bound else PeriodForm(initial={"until": shown.until})
    return {
        "period_form": form,
        "period_clear": "?" if query else "",
        "figures": _figures(now, shown),
        "cards": [_take_up_card(programme, now, shown), _reach_card(programme, now, shown)],
        "daily": _daily_chart(programme, shown, account),
        "by_shop": _shop_chart(programme, shown, account),
    }


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


def _shop_chart(programme: Programme, shown: Period, account: Any) -> dict[str, Any]:
    shops = (
        PartnerShop.objects.visible_to(account)
        .active()
        .filter(programme=programme)
        .annotate(
            total=Count("meals", filter=Q(meals__served_on__lte=shown.until)),
            recent=Count("meals", filter=Q(meals__served_on__range=(shown.first, shown.last))),
        )
        .order_by("-total", "name")
    )
    rows = list(shops)
    return {
        "id": "meals-by-shop",
        "title": f"{programme.name}：各门店累计就餐份数，截至 {shown.until}",
        "summary": f"{len(rows)} 家门店，合计 {sum(shop.total for shop in rows):,} 份。",
        "data": {
            "kind": "ranking",
            "labels": [shop.name for shop in rows],
            "series": [{"name": "就餐", "values": [shop.total for shop in rows]}],
            "unit": "份",
        },
        "head": ["门店", "街道（镇）", f"{shown.first} 至 {shown.last}（份）", "累计（份）"],
        "rows": [
            {"label": shop.name, "cells": [shop.office or "—", f"{shop.recent:,}", f"{shop.total:,}"]}
            for shop in rows
        ],
    }
