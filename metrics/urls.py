"""Addresses of dashboards, figures, computations, findings and targets."""

from django.urls import path

from metrics import dashboard_views, views
from metrics.finding_views import FindingView
from metrics.home import HomeView
from metrics.screens import DECLARED_SCREEN, FINDING_SCREEN, TARGET_SCREEN

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("dashboard/", dashboard_views.DashboardHome.as_view(), name="dashboard"),
    path("dashboard/<str:code>/", dashboard_views.DashboardView.as_view(), name="dashboard-place"),
    path("figures/<str:indicator>/<str:code>/<str:quarter>/", views.FigureView.as_view(), name="figure"),
    path("money/", views.MoneyHome.as_view(), name="money"),
    path("money/<str:code>/", views.MoneyView.as_view(), name="money-place"),
    path("runs/", views.RunsView.as_view(), name="runs-list"),
    path("runs/<int:pk>/", views.RunView.as_view(), name="runs-detail"),
    *FINDING_SCREEN.urls_with(detail=(FindingView, {})),
    *DECLARED_SCREEN.urls(),
    *TARGET_SCREEN.urls(),
]
