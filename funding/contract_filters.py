"""What lists of contracts and payments can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet

from cases.project_filters import PartFilter, own_projects
from core.filters import ArchivedFilter, ChoiceFilter, DayFilter, words_filter
from funding.models import ContractPayment, ContractSupplement, ProjectContract


class ContractFilter(PartFilter):
    state = ChoiceFilter(
        label="付款为",
        choices=[("open", "未付清"), ("paid", "已付清"), ("unpaid", "还没有付款")],
        method="filter_state",
    )
    q = words_filter("编号、单位、内容含", "filter_words")

    class Meta:
        model = ProjectContract
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "unpaid":
            return rows.filter(paid=0)
        is_settled = Q(paid__gte=F("amount") + F("supplemented"))
        return rows.filter(is_settled) if value == "paid" else rows.exclude(is_settled)

    def filter_words(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(
            Q(number__icontains=words) | Q(other_party__icontains=words) | Q(subject__icontains=words)
        )


class SupplementFilter(django_filters.FilterSet):
    project = django_filters.ModelChoiceFilter(
        label="属于", field_name="contract__project", queryset=own_projects, empty_label="全部项目"
    )
    scope = ArchivedFilter()

    class Meta:
        model = ContractSupplement
        fields: tuple[str, ...] = ()


class PaymentFilter(django_filters.FilterSet):
    project = django_filters.ModelChoiceFilter(
        label="属于", field_name="contract__project", queryset=own_projects, empty_label="全部项目"
    )
    first = DayFilter(label="从", field_name="paid_on", lookup_expr="gte")
    until = DayFilter(label="到", field_name="paid_on", lookup_expr="lte")
    state = ChoiceFilter(
        label="资金支出", choices=[("with", "已记"), ("without", "未记")], method="filter_state"
    )
    returned = ChoiceFilter(
        label="退回", choices=[("no", "没有退回"), ("yes", "已退回")], method="filter_returned"
    )
    scope = ArchivedFilter()

    class Meta:
        model = ContractPayment
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(line__isnull=value == "without")

    def filter_returned(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(returned_on__isnull=value == "no")
