"""What lists of tiers, grants and targets can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet

from core.filters import ArchivedFilter, ChoiceFilter, UnionBelowFilter
from funding.models import (
    TARGET_KINDS,
    CountyTier,
    EntryStage,
    FundingTarget,
    PairingTier,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)


def _year(field: str = "year") -> django_filters.NumberFilter:
    widget = forms.TextInput({"inputmode": "numeric", "size": 5})
    return django_filters.NumberFilter(label="年度", field_name=field, widget=widget)


class TierFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    year = _year()
    tier = ChoiceFilter(label="层级为", choices=PairingTier.choices)
    scope = ArchivedFilter()

    class Meta:
        model = CountyTier
        fields: tuple[str, ...] = ()


class StandardFilter(django_filters.FilterSet):
    tier = ChoiceFilter(label="层级为", choices=PairingTier.choices)
    scope = ArchivedFilter()

    class Meta:
        model = SubsidyStandard
        fields: tuple[str, ...] = ()


class GrantFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    year = _year()
    tier = ChoiceFilter(label="层级为", choices=PairingTier.choices)
    state = ChoiceFilter(
        label="情况为",
        choices=[("waiting", "未足额到账"), ("unspent", "有结余"), ("overdue", "超期未支出")],
        method="filter_state",
    )
    scope = ArchivedFilter()

    class Meta:
        model = SubsidyGrant
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "waiting":
            return rows.filter(received__lt=F("amount"))
        return rows.filter(**{f"{value}__gt": 0})


class EntryFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    year = _year("grant__year")
    stage = ChoiceFilter(label="收支为", choices=EntryStage.choices)
    scope = ArchivedFilter()

    class Meta:
        model = SubsidyEntry
        fields: tuple[str, ...] = ()


class TargetFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    year = _year()
    kind = ChoiceFilter(label="类别为", choices=TARGET_KINDS)
    scope = ArchivedFilter()

    class Meta:
        model = FundingTarget
        fields: tuple[str, ...] = ()
