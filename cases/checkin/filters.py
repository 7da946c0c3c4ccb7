"""What lists of shops' phones and unsuccessful scans can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from cases.filters import own_programmes
from cases.models import AnomalyKind, CheckInDevice, MealCard, RejectedScan, RejectionReason, ScanAnomaly
from core.filters import ChoiceFilter, DayFilter, contains_filter


class DeviceFilter(django_filters.FilterSet):
    state = ChoiceFilter(
        label="状态为",
        choices=[("used", "使用中"), ("waiting", "未配对"), ("revoked", "已停用")],
        method="filter_state",
    )
    shop = contains_filter("门店含", "shop__name")

    class Meta:
        model = CheckInDevice
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "revoked":
            return rows.filter(revoked_at__isnull=False)
        return rows.filter(revoked_at__isnull=True, paired_at__isnull=value != "used")


class CardFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(
        label="属于", queryset=own_programmes, empty_label="全部项目"
    )
    name = contains_filter("姓名含", "person__name")
    number = django_filters.CharFilter(
        label="卡号为", field_name="card_no", widget=forms.TextInput({"size": 12, "inputmode": "numeric"})
    )

    class Meta:
        model = MealCard
        fields: tuple[str, ...] = ()


class RejectedScanFilter(django_filters.FilterSet):
    reason = ChoiceFilter(label="原因为", choices=RejectionReason.choices)
    first = DayFilter(label="从", field_name="scanned_at", lookup_expr="date__gte")
    until = DayFilter(label="到", field_name="scanned_at", lookup_expr="date__lte")
    shop = contains_filter("门店含", "shop__name")

    class Meta:
        model = RejectedScan
        fields: tuple[str, ...] = ()


class AnomalyFilter(django_filters.FilterSet):
    kind = ChoiceFilter(label="异常为", choices=AnomalyKind.choices)
    first = DayFilter(label="从", field_name="day", lookup_expr="gte")
    until = DayFilter(label="到", field_name="day", lookup_expr="lte")
    shop = contains_filter("门店含", "shop__name")

    class Meta:
        model = ScanAnomaly
        fields: tuple[str, ...] = ()
