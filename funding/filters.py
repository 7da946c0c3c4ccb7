"""What lists of money can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from core.filters import (
    ArchivedFilter,
    ChoiceFilter,
    NameFilter,
    RowNumberFilter,
    UnionBelowFilter,
    words_filter,
)
from funding.models import FundingLine, FundingSource, FundStage, SourceKind


class DonorFilter(RowNumberFilter):
    """A donor by the number of one of its sources: all of the same name that the account sees."""

    def __init__(self) -> None:
        super().__init__("source_id")

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return qs
        given = FundingSource.objects.visible_to(self.parent.request.user).filter(pk=value)
        return qs.filter(source__name_key__in=given.values("name_key"))

    def named(self, value: Any, account: Any) -> str:
        return super().named(value, account).replace("资金来源", "捐助方", 1)


class LineFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    subject = words_filter("用于", "filter_subject")
    source = words_filter("来源含", "filter_source")
    source_kind = ChoiceFilter(label="来源类别为", field_name="source__kind", choices=SourceKind.choices)
    stage = ChoiceFilter(label="阶段为", choices=FundStage.choices)
    year = django_filters.NumberFilter(
        label="年份",
        field_name="recorded_on__year",
        widget=forms.TextInput({"inputmode": "numeric", "size": 5}),
    )
    form = ChoiceFilter(label="形式为", choices=[("cash", "资金"), ("kind", "实物")], method="filter_form")
    scope = ArchivedFilter()
    project = RowNumberFilter("project_id")
    programme = RowNumberFilter("programme_id")
    source_id = RowNumberFilter("source_id")
    donor = DonorFilter()

    class Meta:
        model = FundingLine
        fields: tuple[str, ...] = ()

    def filter_subject(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(Q(project__name__icontains=words) | Q(programme__name__icontains=words))

    def filter_form(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(goods="") if value == "cash" else rows.exclude(goods="")

    def filter_source(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(
            Q(source__name__icontains=words) | Q(document_no__icontains=words) | Q(note__icontains=words)
        )


class SourceNameFilter(NameFilter):
    """Sources have no pinyin of their own."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = (value or "").strip()
        return qs.filter(name__icontains=words) if words else qs


class SourceFilter(django_filters.FilterSet):
    below = UnionBelowFilter(label="登记于")
    kind = ChoiceFilter(label="类别为", choices=SourceKind.choices)
    q = SourceNameFilter("name")
    scope = ArchivedFilter()

    class Meta:
        model = FundingSource
        fields: tuple[str, ...] = ()
