"""Addresses of members."""

from django.urls import path

from members import views
from members.screens import MEMBER_SCREEN

urlpatterns = [
    path("members/find/", views.FindByIdView.as_view(), name="members-find"),
    path("members/<int:pk>/reveal/", views.RevealView.as_view(), name="members-reveal"),
    *MEMBER_SCREEN.urls(),
]
