"""What workers say about their meals, on their phones or to the union."""

from cases.actions.shared import held, place_of
from cases.models import MealCheckIn, MealRating
from core.actions import action, save_new
from core.rights import Right
from unions.models import Account


@action("cases.record_rating", label="登记评价", right=Right.EDIT_CASES)
def record_rating(*, by: Account, meal: MealCheckIn, stars: int, words: str = "") -> MealRating:
    """What a worker said by phone or on paper."""
    return _rated(meal, stars, words)


@action("cases.rate_meal", label="评价早餐", right=Right.CHECK_IN)
def rate_meal(*, by: Account, meal: MealCheckIn, stars: int, words: str = "") -> MealRating:
    """What a worker says on his own phone; `by` is the shop's account."""
    return _rated(meal, stars, words)


def _rated(meal: MealCheckIn, stars: int, words: str) -> MealRating:
    """At most one for each meal: a second one breaks `rating_once`."""
    meal = held(meal)
    rating = MealRating(**place_of(meal), meal=meal, stars=stars, words=words.strip())
    save_new(rating)
    return rating
