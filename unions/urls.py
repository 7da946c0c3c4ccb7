"""Addresses of unions, employers, sign-in and the account's own page."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from unions import views
from unions.screens import EMPLOYER_SCREEN, UNION_SCREEN

urlpatterns = [
    path("accounts/login/", views.SignInView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/me/", views.OwnAccountView.as_view(), name="account"),
    path("accounts/me/token/", views.TokenView.as_view(), name="account-token"),
    *UNION_SCREEN.urls(),
    *EMPLOYER_SCREEN.urls(),
]
