"""All addresses below `/api/v1/`: each package offers its own endpoints."""

from core.api.docs import ApiDocsView
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

import members.api
import unions.api

ENDPOINTS = (
    *unions.api.ENDPOINTS,
    *members.api.ENDPOINTS,
)


def _router() -> SimpleRouter:
    router = SimpleRouter()
    for endpoint in ENDPOINTS:
        router.register(endpoint.slug, endpoint.viewset, basename=f"api-{endpoint.slug}")
    return router


urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", ApiDocsView.as_view(), name="api-docs"),
    *_router().urls,
]
