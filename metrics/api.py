"""Figures, findings and declarations for programs."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from core.api.forms import form_serializer
from core.api.registry import Endpoint
from core.api.views import REFUSALS, STALE, ReadOnlyViewSet, screen_viewset
from core.filters import ChoiceFilter, UnionBelowFilter
from core.models import Finding
from core.quarters import Quarter
from core.rights import Right
from core.serializers import FindingSerializer
from metrics.actions import explain_finding
from metrics.forms import ExplainForm
from metrics.indicators import CHOICES, INDICATORS, REGISTRY
from metrics.models import Figure
from metrics.money_api import MoneyViewSet
from metrics.screens import DECLARED_SCREEN, TARGET_SCREEN
from metrics.serializers import FigureSerializer, IndicatorSerializer, QuarterSerializer

Explanation = form_serializer("FindingExplanation", ExplainForm)


class FigureFilter(django_filters.FilterSet):
    indicator = ChoiceFilter(label="指标为", choices=CHOICES)
    quarter = django_filters.CharFilter(label="季度为，如 2023Q1")
    union = django_filters.CharFilter(field_name="union__code", label="工会编码为")
    below = UnionBelowFilter()
    group_key = django_filters.CharFilter(label="分组为", method="filter_group")

    class Meta:
        model = Figure
        fields: tuple[str, ...] = ()

    def filter_group(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """`none` asks for the wholes only."""
        return rows.filter(group_key="" if value == "none" else value)


class FindingQuery(django_filters.FilterSet):
    state = ChoiceFilter(label="状态为", choices=Finding.State.choices)
    below = UnionBelowFilter()
    check_key = django_filters.CharFilter(label="核对规则为")

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()


@extend_schema_view(
    list=extend_schema(summary="指标数值名单"), retrieve=extend_schema(summary="一个指标数值")
)
class FigureViewSet(ReadOnlyViewSet):
    label = "指标数值"
    filterset = FigureFilter
    serializer_class = FigureSerializer
    queryset = Figure.objects.none()

    def rows(self) -> QuerySet[Any]:
        return Figure.objects.visible_to(self.request.user).select_related("union").order_by("-quarter", "id")


@extend_schema_view(
    list=extend_schema(summary="待核事项名单"), retrieve=extend_schema(summary="一个待核事项")
)
class FindingViewSet(ReadOnlyViewSet):
    label = "待核事项"
    filterset = FindingQuery
    serializer_class = FindingSerializer
    queryset = Finding.objects.none()

    def rows(self) -> QuerySet[Any]:
        return Finding.objects.visible_to(self.request.user).select_related("union")

    @extend_schema(
        summary="处理待核事项", request=Explanation, responses={200: FindingSerializer, **REFUSALS, **STALE}
    )
    @action(detail=True, methods=["post"])
    def explain(self, request: Request, pk: str) -> Response:
        self.require(Right.EXPLAIN)
        row = self.row()
        explain_finding(by=request.user, row=row, **self.checked(Explanation))
        return self.now(row.pk)


class IndicatorViewSet(ViewSet):
    """What is declared is the same for everybody."""

    lookup_value_regex = r"\w+"

    @extend_schema(summary="指标名单", responses={200: IndicatorSerializer(many=True)})
    def list(self, request: Request) -> Response:
        return Response(IndicatorSerializer(INDICATORS, many=True).data)

    @extend_schema(
        summary="一个指标",
        parameters=[OpenApiParameter("id", str, "path", description="编号，如 I01")],
        responses={200: IndicatorSerializer, 404: REFUSALS[404]},
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        declared = REGISTRY.get(pk)
        if declared is None:
            raise Http404
        return Response(IndicatorSerializer(declared).data)


class QuarterViewSet(ViewSet):
    """The quarters that have figures in the account's scope."""

    @extend_schema(summary="有数值的季度", responses={200: QuarterSerializer(many=True)})
    def list(self, request: Request) -> Response:
        figures = Figure.objects.visible_to(request.user).order_by("-quarter")
        quarters = [Quarter.parse(one) for one in figures.values_list("quarter", flat=True).distinct()]
        return Response(QuarterSerializer(quarters, many=True).data)


ENDPOINTS = (
    Endpoint("figures", FigureViewSet),
    Endpoint("findings", FindingViewSet),
    Endpoint("indicators", IndicatorViewSet),
    Endpoint("quarters", QuarterViewSet),
    Endpoint("money", MoneyViewSet),
    Endpoint("declared_figures", screen_viewset(DECLARED_SCREEN)),
    Endpoint("targets", screen_viewset(TARGET_SCREEN)),
)
