"""All addresses below `/api/v1/`: each package offers its own endpoints."""

from django.urls import URLPattern, URLResolver, path, reverse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

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


LABELS = {"indicators": "指标", "quarters": "有数值的季度"}


def _router() -> SimpleRouter:
    router = SimpleRouter()
    for endpoint in ENDPOINTS:
        router.register(endpoint.slug, endpoint.viewset, basename=f"api-{endpoint.slug}")
    return router


class RootView(APIView):
    """What there is, with addresses: where a program begins."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        found = {
            endpoint.slug: {
                "label": str(getattr(endpoint.viewset, "label", "") or LABELS.get(endpoint.slug, "")),
                "url": reverse(f"api-{endpoint.slug}-list"),
            }
            for endpoint in ENDPOINTS
        }
        return Response({"docs": reverse("api-docs"), "schema": reverse("api-schema"), "resources": found})


urlpatterns: list[URLPattern | URLResolver] = [
    path("", RootView.as_view(), name="api-root"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", ApiDocsView.as_view(), name="api-docs"),
    *_router().urls,
]
