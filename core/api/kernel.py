"""Import batches and jobs for programs, to be watched."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view

from core.api.registry import Endpoint
from core.api.views import ReadOnlyViewSet, screen_viewset
from core.audit import AUDIT_SCREEN
from core.filters import ChoiceFilter
from core.models import ImportBatch, Job
from core.rights import Right
from core.serializers import ImportBatchSerializer, JobSerializer


class ImportBatchFilter(django_filters.FilterSet):
    state = ChoiceFilter(label="状态为", choices=ImportBatch.State.choices)
    resource = django_filters.CharFilter(label="内容为")

    class Meta:
        model = ImportBatch
        fields: tuple[str, ...] = ()


class JobFilter(django_filters.FilterSet):
    state = ChoiceFilter(label="状态为", choices=Job.State.choices)
    kind = django_filters.CharFilter(label="种类为")

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()


@extend_schema_view(
    list=extend_schema(summary="导入批次名单"), retrieve=extend_schema(summary="一个导入批次")
)
class ImportBatchViewSet(ReadOnlyViewSet):
    label = "导入批次"
    right = Right.IMPORT
    filterset = ImportBatchFilter
    serializer_class = ImportBatchSerializer
    queryset = ImportBatch.objects.none()

    def rows(self) -> QuerySet[Any]:
        return ImportBatch.objects.visible_to(self.request.user).select_related("union", "file", "by")


@extend_schema_view(
    list=extend_schema(summary="后台任务名单"), retrieve=extend_schema(summary="一个后台任务")
)
class JobViewSet(ReadOnlyViewSet):
    label = "后台任务"
    filterset = JobFilter
    serializer_class = JobSerializer
    queryset = Job.objects.none()

    def rows(self) -> QuerySet[Any]:
        return Job.objects.visible_to(self.request.user).select_related("union", "by")


ENDPOINTS = (
    Endpoint("imports", ImportBatchViewSet),
    Endpoint("jobs", JobViewSet),
    Endpoint(AUDIT_SCREEN.slug, screen_viewset(AUDIT_SCREEN)),
)
