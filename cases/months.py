"""How far the settlement of a meal's month is; money stands above this package, so the database is asked."""

from datetime import date
from enum import StrEnum

from django.db import connection

from cases.models import MealCheckIn, PartnerShop


class MonthState(StrEnum):
    """What has become of a month, for those who look after its meals."""

    NONE = ""
    GENERATED = "generated"
    CHECKED = "checked"
    APPROVED = "approved"


def month_state(meal: MealCheckIn) -> MonthState:
    """The meal's month as it is now."""
    return _asked("cases_month_state", meal)


def hold_month(meal: MealCheckIn) -> MonthState:
    """The meal's month, which nobody works out, checks or approves until the transaction ends."""
    return _asked("cases_hold_month", meal)


def _asked(function: str, meal: MealCheckIn) -> MonthState:
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}(%s, %s)", [meal.programme_id, meal.served_on])
        return MonthState(cursor.fetchone()[0])


def is_approved(meal: MealCheckIn) -> bool:
    """Whether the meal is paid for, or is about to be: nothing of it changes any more."""
    return month_state(meal) is MonthState.APPROVED


def month_to_approve(shop: PartnerShop) -> date | None:
    """The first month in which the shop has meals that are to be settled and not approved yet."""
    with connection.cursor() as cursor:
        cursor.execute("select cases_month_to_approve(%s)", [shop.pk])
        found: date | None = cursor.fetchone()[0]
    return found


def month_text(meal: MealCheckIn) -> str:
    return f"{meal.served_on.year}年{meal.served_on.month}月"


def to_work_out(meal: MealCheckIn) -> str:
    """What has to be done for the settlement to take notice of the meal, as the beginning of a sentence."""
    month = month_text(meal)
    return {
        MonthState.NONE: f"生成{month}的结算时",
        MonthState.GENERATED: f"{month}的结算已经生成，请在它的页面上重新生成；重新生成时",
        MonthState.CHECKED: f"{month}的结算已经核对，请先退回，再重新生成；重新生成时",
        MonthState.APPROVED: f"{month}的结算已经批准，不再变动；",
    }[month_state(meal)]
