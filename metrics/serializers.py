"""Figures and the declarations behind them, as programs read them."""

from typing import Any

from rest_framework import serializers

from core.api.rows import LabelledSerializer, UnionCodeField
from metrics.indicators import REGISTRY
from metrics.models import Figure


class FigureSerializer(LabelledSerializer):
    """Both halves; the rate is divided last and is unknown (null) without a denominator."""

    union = UnionCodeField()
    indicator_name = serializers.SerializerMethodField(label="指标名称")
    group_label = serializers.SerializerMethodField(label="分组名称")
    rate = serializers.DecimalField(
        max_digits=18, decimal_places=6, read_only=True, allow_null=True, label="分子除以分母"
    )
    is_impossible = serializers.BooleanField(read_only=True, label="分子大于分母")

    class Meta:
        model = Figure
        fields = (
            "id",
            "indicator",
            "indicator_name",
            "quarter",
            "union",
            "group_key",
            "group_value",
            "group_label",
            "numerator",
            "denominator",
            "rate",
            "is_impossible",
            "run",
        )

    def get_indicator_name(self, row: Figure) -> str:
        declared = REGISTRY.get(row.indicator)
        return declared.name if declared else ""

    def get_group_label(self, row: Figure) -> str:
        declared = REGISTRY.get(row.indicator)
        return declared.group_label(row.group_key, row.group_value) if declared else ""


class HalfSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(label="含义")  # type: ignore[assignment]
    unit = serializers.CharField(label="单位")


class IndicatorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(label="编号")
    key = serializers.CharField(label="程序用名")
    name = serializers.CharField(label="名称")
    unit = serializers.CharField(label="单位")
    direction = serializers.CharField(source="direction.value", label="方向")
    numerator = HalfSerializer(label="分子")
    denominator = HalfSerializer(label="分母")
    rule = serializers.CharField(label="口径")
    owner = serializers.CharField(label="责任部门")
    since = serializers.CharField(label="自哪个季度起")
    groups = serializers.ListField(child=serializers.CharField(), label="分组")


class QuarterSerializer(serializers.Serializer[Any]):
    quarter = serializers.CharField(source="*", label="季度")
    label = serializers.CharField(label="名称")  # type: ignore[assignment]
    start = serializers.DateField(label="第一天")
    end = serializers.DateField(label="最后一天")
