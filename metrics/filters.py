"""What lists of declared figures and targets can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from core.filters import ArchivedFilter, ChoiceFilter, UnionBelowFilter
from metrics.checks.declared import DIFFERS, KNOWN
from metrics.forms import QuarterField
from metrics.indicators import CHOICES
from metrics.models import DeclaredFigure, IndicatorTarget


class QuarterFilter(django_filters.Filter):
    """One quarter, chosen from a list."""

    field_class = QuarterField

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "季度为", "blank": "全部", **options})


class DeclaredFilter(django_filters.FilterSet):
    indicator = ChoiceFilter(label="指标为", choices=CHOICES)
    quarter = QuarterFilter()
    below = UnionBelowFilter()
    verdict = ChoiceFilter(
        label="核对结果为",
        choices=[("same", "与计算一致"), ("different", "与计算不一致"), ("alone", "没有计算数")],
        method="filter_verdict",
    )
    scope = ArchivedFilter(choices=[("all", "全部"), ("archived", "已撤回")])

    class Meta:
        model = DeclaredFigure
        fields: tuple[str, ...] = ()

    def filter_verdict(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "alone":
            return rows.exclude(KNOWN)
        return rows.filter(KNOWN, DIFFERS if value == "different" else ~DIFFERS)


class TargetFilter(django_filters.FilterSet):
    indicator = ChoiceFilter(label="指标为", choices=CHOICES)
    quarter = QuarterFilter(label="适用于", method="filter_quarter")
    union = django_filters.CharFilter(
        label="工会",
        method="filter_union",
        widget=forms.TextInput({"placeholder": "工会名称或编码", "size": 14}),
    )
    scope = ArchivedFilter()

    class Meta:
        model = IndicatorTarget
        fields: tuple[str, ...] = ()

    def filter_quarter(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Targets that hold in a quarter."""
        return rows.filter(Q(until_quarter="") | Q(until_quarter__gte=value), from_quarter__lte=value)

    def filter_union(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(Q(union__code=words) | Q(union__name__icontains=words))
