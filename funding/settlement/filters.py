"""What lists of months, lines, exceptions and statements can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from cases.filters import own_programmes
from core.filters import ArchivedFilter, ChoiceFilter, UnionBelowFilter, contains_filter
from funding.models import (
    Decision,
    ExceptionReason,
    Payment,
    Settlement,
    SettlementException,
    SettlementLine,
    SettlementStage,
    ShopStatement,
)


def _month(field: str) -> django_filters.DateFilter:
    """`2023-01`: rows of that month."""
    widget = forms.DateInput({"type": "month"}, format="%Y-%m")
    return django_filters.DateFilter(
        label="月份", field_name=field, input_formats=["%Y-%m", "%Y-%m-%d"], widget=widget
    )


def _shop(field: str = "shop__name") -> django_filters.CharFilter:
    return contains_filter("门店含", field)


class SettlementFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    programme = django_filters.ModelChoiceFilter(
        label="属于", queryset=own_programmes, empty_label="全部项目"
    )
    stage = ChoiceFilter(label="阶段为", choices=SettlementStage.choices)
    month = _month("month")

    class Meta:
        model = Settlement
        fields: tuple[str, ...] = ()


class _OfMonth(django_filters.FilterSet):
    """Rows below a month: by its number from its own page, by programme and month otherwise."""

    programme = django_filters.ModelChoiceFilter(
        label="属于",
        field_name="settlement__programme",
        queryset=own_programmes,
        empty_label="全部项目",
    )
    month = _month("settlement__month")
    shop = _shop()


class LineFilter(_OfMonth):
    paid = ChoiceFilter(
        label="付款为",
        choices=[("paid", "已付"), ("due", "待付"), ("returned", "退回待重付")],
        method="filter_paid",
    )

    class Meta:
        model = SettlementLine
        fields: tuple[str, ...] = ()

    def filter_paid(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = getattr(rows, value)()
        return found


class PaymentFilter(_OfMonth):
    shop = _shop("line__shop__name")
    reference = django_filters.CharFilter(
        label="凭证号含", lookup_expr="icontains", widget=forms.TextInput({"size": 12})
    )
    returned = ChoiceFilter(
        label="退回", choices=[("no", "没有退回"), ("yes", "已退回")], method="filter_returned"
    )

    class Meta:
        model = Payment
        fields: tuple[str, ...] = ()

    def filter_returned(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(returned_on__isnull=value == "no")


class ExceptionFilter(_OfMonth):
    reason = ChoiceFilter(label="原因为", choices=ExceptionReason.choices)
    decision = ChoiceFilter(label="处理为", choices=Decision.choices)
    meals = ChoiceFilter(label="份数为", choices=[("withheld", "待定和有异议")], method="filter_meals")

    class Meta:
        model = SettlementException
        fields: tuple[str, ...] = ()

    def filter_meals(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those that make up what the month withholds."""
        return rows.filter(meals_withheld__gt=0)


class StatementFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(
        label="属于", field_name="shop__programme", queryset=own_programmes, empty_label="全部项目"
    )
    month = _month("month")
    shop = _shop()
    scope = ArchivedFilter()

    class Meta:
        model = ShopStatement
        fields: tuple[str, ...] = ()
