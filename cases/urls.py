"""Addresses of shops and of the lists behind the figures."""

from django.urls import path

from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, SHOP_SCREEN, VISIT_SCREEN
from cases.views import PosterView, ShopView

urlpatterns = [
    path("shops/<int:pk>/poster/", PosterView.as_view(screen=SHOP_SCREEN), name="shops-poster"),
    *SHOP_SCREEN.urls_with(detail=(ShopView, {})),
    *ENROLMENT_SCREEN.urls(),
    *MEAL_SCREEN.urls(),
    *VISIT_SCREEN.urls(),
]
