"""All addresses of the portal."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz
from core.manual import ManualView, TopicView

handler500 = "config.errors.server_error"
urlpatterns = [
    path("", include("cases.checkin.urls")),
    path("", include("core.imports.urls")),
    path("", include("core.audit")),
    path("", include("unions.urls")),
    path("", include("members.urls")),
    path("", include("cases.urls")),
    path("", include("funding.urls")),
    path("", include("metrics.urls")),
    path("help/", ManualView.as_view(), name="manual"),
    path("help/<str:topic>/", TopicView.as_view(), name="manual-topic"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("healthz", healthz),
]
