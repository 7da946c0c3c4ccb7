"""资金总览 for programs: the money of a place and its counties."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from core.api.views import REFUSALS
from funding.money_serializers import AmountField, WaterfallSerializer
from funding.reconciliation import aged
from funding.standing import lines_of
from metrics.money import MoneyOverview, by_county
from unions.models import Union

LONGEST = 200


class CountyMoneySerializer(serializers.Serializer[Any]):
    union = serializers.CharField(source="key", label="工会编码")
    union_label = serializers.CharField(source="name", label="县（市、区）")
    subjects = serializers.IntegerField(label="项目（个）")
    money = WaterfallSerializer(label="资金")


class AgeSerializer(serializers.Serializer[Any]):
    span = serializers.CharField(label="已等")
    amount = AmountField(label="尚未到位")


class WaitingSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(source="line_id", label="资金编号")
    days = serializers.IntegerField(label="已等（天）")
    amount = AmountField(label="尚未到位")


class PlaceMoneySerializer(serializers.Serializer[Any]):
    """The money of a place and everything below it; joint money is counted once, goods are not in it."""

    union = serializers.CharField(label="工会编码")
    union_label = serializers.CharField(label="地方")
    counties = serializers.IntegerField(label="有资金的县（个）")
    subjects = serializers.IntegerField(label="项目（个）")
    money = WaterfallSerializer(label="资金")
    by_county = CountyMoneySerializer(many=True, label="各县")
    ageing = AgeSerializer(many=True, label="已承诺未到位的账龄")
    waiting = WaitingSerializer(many=True, label=f"等得最久的承诺，最多 {LONGEST} 笔")


class MoneyViewSet(ViewSet):
    """Counties with money in the account's scope; one place by its code."""

    label = "资金总览"
    lookup_field = "code"
    lookup_value_regex = r"\d{6}"

    @extend_schema(summary="各县资金名单", responses={200: CountyMoneySerializer(many=True)})
    def list(self, request: Request) -> Response:
        return Response(CountyMoneySerializer(_counties(lines_of(request.user)), many=True).data)

    @extend_schema(
        summary="一个地方的资金总览",
        parameters=[OpenApiParameter("code", str, "path", description="县、市州或省的工会编码，如 632322")],
        responses={200: PlaceMoneySerializer, 404: REFUSALS[404]},
    )
    def retrieve(self, request: Request, code: str) -> Response:
        areas = Union.objects.visible_to(request.user).areas().select_related("county")
        account: Any = request.user
        place: Any = get_object_or_404(areas, code=code)
        overview = MoneyOverview(account, place)
        found = {
            "union": place.code,
            "union_label": overview.place,
            "counties": overview.whole.counties,
            "subjects": overview.whole.subjects,
            "money": overview.whole.money,
            "by_county": _counties(overview.lines),
            "ageing": [{"span": span, "amount": amount} for span, amount in aged(overview.waiting)],
            "waiting": overview.waiting[:LONGEST],
        }
        return Response(PlaceMoneySerializer(found).data)


def _counties(lines: Any) -> list[dict[str, Any]]:
    return [
        {"key": one.key, "name": name, "subjects": one.subjects, "money": one.money}
        for one, name in by_county(lines)
    ]
