"""Addresses of the lists behind the figures."""

from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, VISIT_SCREEN

urlpatterns = [*ENROLMENT_SCREEN.urls(), *MEAL_SCREEN.urls(), *VISIT_SCREEN.urls()]
