"""Meals that a true date leaves without ground: their worker had left, their shop had closed.

The date is recorded all the same. In a month that is open the settlement lists such meals as doubts; in one that
is approved nothing changes any more.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q

from cases.models import Enrolment, MealCheckIn, MealQuerySet, PartnerShop, Programme, ShopContract
from cases.serving import month_is_closed
from core.actions import Refused
from core.imports import Draft

ONE_DAY = timedelta(days=1)
KEPT = "日期照实际填写：与它不符的就餐记录不删，列为那个月结算的疑点。"


def of_workers(enrolments: Any, first: date, until: date | None = None) -> MealQuerySet:
    """What those enrolled ate from `first` until before `until`, on days that no other spell of theirs covers."""
    others = Enrolment.objects.active().exclude(pk__in=enrolments.values("pk"))
    covering = others.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("served_on")),
        person=OuterRef("person"),
        programme=OuterRef("programme"),
        valid_from__lte=OuterRef("served_on"),
    )
    meals = MealCheckIn.objects.filter(
        ~Exists(covering),
        person__in=enrolments.values("person"),
        programme__in=enrolments.values("programme"),
    )
    return _within(meals, first, until)


def of_ended(programme: Programme, valid_to: date, **chosen: Any) -> MealQuerySet:
    """What those ate afterwards whose enrolment ended on the day; `chosen` narrows them as the form did."""
    narrowed = {name: value for name, value in chosen.items() if value}
    return of_workers(Enrolment.objects.filter(programme=programme, valid_to=valid_to, **narrowed), valid_to)


def at_shop(shop: PartnerShop | int, first: date, until: date | None = None) -> MealQuerySet:
    """What was eaten there from `first` until before `until`."""
    return _within(MealCheckIn.objects.filter(shop=shop), first, until)


def _within(meals: MealQuerySet, first: date, until: date | None) -> MealQuerySet:
    later = meals.filter(served_on__gte=first)
    return later if until is None else later.filter(served_on__lt=until)


def why_settled(meals: MealQuerySet) -> str:
    """That some of the meals are settled for good, and what to do; empty where none is."""
    settled = meals.order_by().alias(is_settled=month_is_closed(F("served_on"))).filter(is_settled=True)
    found = settled.aggregate(number=Count("pk"), last=Max("served_on"))
    if not found["number"]:
        return ""
    last: date = found["last"]
    return (
        f"{last.year}年{last.month}月的结算已批准，其中有 {found['number']} 份就餐与这个日期不符。已批准的月份不能再变："
        f"请填 {last + ONE_DAY} 或以后的日期，多付的在那个月的结算页面登记更正。"
    )


def require_unsettled(meals: MealQuerySet, field: str) -> None:
    if said := why_settled(meals):
        raise Refused(said, field=field)


def doubts_in_words(meals: MealQuerySet) -> str:
    """How many meals become doubts; empty where none does."""
    number = meals.count()
    return f"已有 {number} 份就餐记录与这个日期不符，生成或重新生成月结算时列为疑点。" if number else ""


def outside_in_words(shop: PartnerShop, valid_from: date, valid_to: date | None) -> str:
    """How many meals of open months no contract covers, now that the newest one holds for these days; empty for none."""
    sides = [("起始日期以前", at_shop(shop, date.min, valid_from))]
    if valid_to is not None:
        sides.append(("终止日期起", at_shop(shop, valid_to)))
    said = [words for label, some in sides if (words := _uncovered(label, some))]
    return (
        f"已有就餐记录在更正后的合同以外：{'，'.join(said)}，生成或重新生成月结算时列为疑点。" if said else ""
    )


def _uncovered(label: str, meals: MealQuerySet) -> str:
    """Those that become doubts, with the days of the first and the last."""
    covering = ShopContract.objects.active().filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("served_on")),
        shop=OuterRef("shop"),
        valid_from__lte=OuterRef("served_on"),
    )
    open_ones = meals.order_by().filter(~Exists(covering)).alias(is_settled=month_is_closed(F("served_on")))
    found = open_ones.filter(is_settled=False).aggregate(
        number=Count("pk"), first=Min("served_on"), last=Max("served_on")
    )
    if not found["number"]:
        return ""
    until = "" if found["first"] == found["last"] else f" 至 {found['last']}"
    return f"{label} {found['number']} 份（{found['first']}{until}）"


def tell_late_meals(draft: Draft, key: str, meals: MealQuerySet, label: str) -> None:
    """Of a row of a table that sets such a date: hold it, or say in the preview what follows."""
    if said := why_settled(meals):
        draft.say(label, said, draft.shown[key])
    elif words := doubts_in_words(meals):
        draft.changes["就餐记录"] = [None, words]
