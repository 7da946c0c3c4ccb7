"""All addresses of the portal."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("", include("unions.urls")),
    path("", include("members.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
]
