"""All addresses below `/api/v1/`: each package offers its own endpoints."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

import cases.api
import core.api.kernel
import funding.api
import members.api
import metrics.api
import unions.api
from core.api.docs import ApiDocsView

ENDPOINTS = (
    *unions.api.ENDPOINTS,
    *members.api.ENDPOINTS,
    *cases.api.ENDPOINTS,
    *funding.api.ENDPOINTS,
    *metrics.api.ENDPOINTS,
    *core.api.kernel.ENDPOINTS,
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
