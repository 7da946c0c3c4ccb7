"""What lists of declared figures and targets can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from core.filters import ArchivedFilter, ChoiceFilter, UnionBelowFilter
from core.models import Finding
from metrics.checks import LABELS
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


class OpenFilter(django_filters.ChoiceFilter):
    """What is open until something else is asked for."""

    def __init__(self, **options: Any) -> None:
        others = [choice for choice in Finding.State.choices if choice[0] != Finding.State.OPEN]
        super().__init__(**{"empty_label": "待核", "choices": [("all", "全部"), *others], **options})

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs if value == "all" else qs.filter(state=value or Finding.State.OPEN)


class FindingFilter(django_filters.FilterSet):
    state = OpenFilter(label="状态为")
    check_key = ChoiceFilter(label="核对规则为", choices=tuple(LABELS.items()))
    county = ChoiceFilter(label="县（市、区）为")

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any = None, queryset: Any = None, **options: Any) -> None:
        """The places that have findings; who sees one place only is not asked."""
        super().__init__(data, queryset, **options)
        places = self.queryset.order_by("county").values_list("county_id", "county__name").distinct()
        self.filters["county"].extra["choices"] = [(str(code), name) for code, name in places]
        if len(places) < 2:
            del self.filters["county"]
