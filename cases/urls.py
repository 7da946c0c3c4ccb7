"""Addresses of shops and of the lists behind the figures."""

from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, SHOP_SCREEN, VISIT_SCREEN

urlpatterns = [*SHOP_SCREEN.urls(), *ENROLMENT_SCREEN.urls(), *MEAL_SCREEN.urls(), *VISIT_SCREEN.urls()]
