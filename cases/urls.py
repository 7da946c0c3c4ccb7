"""Addresses of the lists behind a programme's figures."""

from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN

urlpatterns = [*ENROLMENT_SCREEN.urls(), *MEAL_SCREEN.urls()]
