"""Money summed by source and by donor, for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from core.api.views import REFUSALS, ReadOnlyViewSet
from funding.donor_list import page_of
from funding.donors import Donor
from funding.forms import DonorForm
from funding.models import FundingSource, SourceKind
from funding.money import Money
from funding.money_serializers import DonorRowSerializer, DonorSerializer, MoneySerializer


class MoneyMixin:
    """Below a project or programme: `/projects/5/money/`."""

    @extend_schema(
        summary="资金分来源走到哪一步", responses={200: MoneySerializer, 404: REFUSALS[404]}, filters=False
    )
    @action(detail=True, methods=["get"], url_path="money", url_name="money")
    def money(self: Any, request: Request, pk: str) -> Response:
        return Response(MoneySerializer(Money(self.row(), request.user)).data)


class DonorViewSet(ReadOnlyViewSet):
    """Who gave what over all counties that the account sees; one donor by the number of any of its sources."""

    label = "捐助方"
    serializer_class = DonorRowSerializer
    queryset = FundingSource.objects.none()

    def rows(self) -> QuerySet[Any]:
        return FundingSource.objects.visible_to(self.request.user)

    @extend_schema(
        summary="捐助方名单",
        parameters=[
            OpenApiParameter("kind", enum=list(SourceKind.values), description="类别为"),
            OpenApiParameter("q", description="名称含"),
        ],
        responses={200: DonorRowSerializer(many=True)},
    )
    def list(self, request: Request) -> Response:
        asked: Any = DonorForm(request.query_params)
        if not asked.is_valid():
            raise ValidationError(dict(asked.errors))
        paginator: Any = self.paginator
        page = page_of(request.user, request.query_params, **asked.cleaned_data)
        rows = paginator.shown(page, request)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(summary="一个捐助方", responses={200: DonorSerializer, 404: REFUSALS[404]})
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(DonorSerializer(Donor(self.row(), request.user)).data)
