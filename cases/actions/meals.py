"""What is recorded when a meal is served."""

from datetime import date

from cases.actions.shared import held, held_meal, place_of, require_current, require_not_future, require_own
from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme
from cases.serving import why_closed
from core.actions import Refused, action, save_new
from core.rights import Right
from members.models import Person
from unions.models import Account


@action("cases.record_meal", label="登记就餐", right=Right.EDIT_CASES)
def record_meal(
    *, by: Account, programme: Programme, shop: PartnerShop, person: Person, served_on: date
) -> MealCheckIn:
    """One valid meal: on that day the programme runs, the shop serves under contract and the worker is enrolled.

    A second meal of the same worker on one day, in whatever programme, breaks `meal_once_a_day`.
    """
    require_not_future(served_on, "served_on")
    programme, shop = held(programme), held(shop)
    require_own(shop, programme, "programme")
    require_current(programme)
    if not programme.runs_on(served_on):
        raise Refused(f"“{programme}”在 {served_on} 没有运行。", field="served_on")
    closed = why_closed(shop, served_on)
    if closed:
        raise Refused(f"{closed}请核对日期和门店。", field="shop")
    spell = Enrolment.objects.on(served_on).filter(programme=programme, person=person).first()
    if spell is None:
        raise Refused(f"{person}在 {served_on} 没有登记在这个项目中，请先登记职工。", field="person")
    meal = MealCheckIn(
        **place_of(programme),
        programme=programme,
        shop=shop,
        enrolment=held(spell),
        person=person,
        served_on=served_on,
    )
    save_new(meal)
    return meal


@action("cases.withdraw_meal", label="撤销登记", right=Right.EDIT_CASES)
def withdraw_meal(*, by: Account, meal: MealCheckIn) -> MealCheckIn:
    """A wrong record makes room for the right one of the worker's day; what it said stays in the history.

    Its rating, doubts and what an open month lists of it go along; a month that has it is to be worked out again.
    """
    meal = held_meal(meal, "就餐登记不能再撤销")
    if meal.is_scan:
        raise Refused(f"这是{meal.get_channel_display()}，留作凭据，不能撤销。有疑问的请“提出疑问”。")
    MealCheckIn.objects.filter(pk=meal.pk).delete()
    return meal
