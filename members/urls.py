"""Addresses of members."""

from django.urls import path

from members import views
from members.screens import MEMBER_SCREEN, TRANSFER_SCREEN

urlpatterns = [
    path("members/find/", views.FindByIdView.as_view(), name="members-find"),
    path("members/<int:pk>/reveal/", views.RevealView.as_view(), name="members-reveal"),
    path("transfers/from-import/<int:pk>/", views.RequestRowsView.as_view(), name="transfers-from-import"),
    *MEMBER_SCREEN.urls(),
    *TRANSFER_SCREEN.urls(),
]
