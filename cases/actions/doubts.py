"""What the union doubts about a meal: raised in words, taken back with a reason."""

from django.utils import timezone

from cases.actions.shared import held_meal, place_of
from cases.models import MealCheckIn, MealDoubt
from core import checks
from core.actions import Refused, action, change, save_new
from core.rights import Right
from unions.models import Account


@action("cases.doubt_meal", label="提出疑问", right=Right.EDIT_CASES, reason_in="words")
def doubt_meal(*, by: Account, meal: MealCheckIn, words: str) -> MealCheckIn:
    """The settlement of the month lists it with these words and does not pay it until somebody decides."""
    meal = held_meal(meal, "疑问不能再提出或撤回")
    save_new(MealDoubt(**place_of(meal), meal=meal, words=checks.written(words)))
    return meal


@action("cases.withdraw_doubt", label="撤回疑问", right=Right.EDIT_CASES)
def withdraw_doubt(*, by: Account, meal: MealCheckIn) -> MealCheckIn:
    """It is clear now, or was never meant: the month, worked out again, lists it no more."""
    meal = held_meal(meal, "疑问不能再提出或撤回")
    doubt = meal.doubts.filter(archived_at__isnull=True).first()
    if doubt is None:
        raise Refused("这份早餐没有可以撤回的疑问，可能刚被别人撤回。")
    change(doubt, archived_at=timezone.now())
    return meal
