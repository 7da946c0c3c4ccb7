"""A worker's word about one of his own meals, from the phone that remembers him."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from cases.actions import rate_meal
from cases.checkin import workers
from cases.models import HIGHEST, LOWEST, CheckInDevice, MealCard, MealCheckIn
from core.actions import Refused
from core.forms import WordedForm

RATED_WITHIN = timedelta(days=7)
STARS = {5: "很满意", 4: "满意", 3: "一般", 2: "不满意", 1: "很不满意"}


class RateForm(WordedForm):
    stars = forms.TypedChoiceField(
        label="这份早餐怎么样",
        choices=[(str(stars), f"{stars}分 {STARS[stars]}") for stars in range(HIGHEST, LOWEST - 1, -1)],
        coerce=int,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="想说的话", max_length=200, required=False, help_text="可以不填。门店看不到您的姓名。"
    )


def rateable(card: MealCard) -> Any:
    """The worker's meals of the last days about which nothing is said yet, at shops with a phone."""
    since = timezone.localdate() - RATED_WITHIN
    meals = MealCheckIn.objects.filter(programme=card.programme_id, person=card.person_id)
    return meals.filter(served_on__gt=since, ratings__isnull=True, shop__devices__isnull=False).distinct()


class RateView(View):
    """One meal, five stars, a few words; once."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.meal(pk), RateForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        meal, form = self.meal(pk), RateForm(request.POST)
        if not form.is_valid():
            return self.page(meal, form, 422)
        device = (
            CheckInDevice.objects.filter(shop=meal.shop_id).select_related("account__union").order_by("pk")[0]
        )
        try:
            rate_meal(by=device.account, meal=meal, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
            return self.page(meal, form, 422)
        return HttpResponseRedirect(reverse("worker"))

    def meal(self, pk: int) -> MealCheckIn:
        """A meal of the worker whom this phone remembers; there is no other."""
        card = workers.remembered(self.request)
        meal = rateable(card).select_related("shop").filter(pk=pk).first() if card is not None else None
        if meal is None:
            raise Http404
        found: MealCheckIn = meal
        return found

    def page(self, meal: MealCheckIn, form: RateForm, status: int = 200) -> HttpResponse:
        response = render(self.request, "door/rate.html", {"meal": meal, "form": form}, status=status)
        response["Cache-Control"] = "no-store"
        return response
