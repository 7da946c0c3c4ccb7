"""What lists of programmes and projects can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.kinds import kind_choices
from cases.models import (
    Enrolment,
    MealCheckIn,
    MealDoubt,
    PartnerShop,
    Programme,
    Project,
    ProjectStage,
    ShopStage,
)
from cases.shops import STANDINGS
from core.filters import (
    ArchivedFilter,
    ChoiceFilter,
    DayFilter,
    NameFilter,
    RowNumberFilter,
    UnionBelowFilter,
    words_filter,
)


class ProgrammeFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    kind = ChoiceFilter(label="种类为", choices=kind_choices("programme"))
    state = ChoiceFilter(
        label="状态为",
        choices=[("running", "进行中"), ("planned", "未开始"), ("ended", "已结束")],
        method="filter_state",
    )
    q = NameFilter("name")
    scope = ArchivedFilter()

    class Meta:
        model = Programme
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        today = timezone.localdate()
        if value == "planned":
            return rows.filter(started_on__gt=today)
        if value == "ended":
            return rows.filter(ended_on__lt=today)
        return rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=today), started_on__lte=today)


class ProjectFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    kind = ChoiceFilter(label="种类为", choices=kind_choices("project"))
    stage = ChoiceFilter(label="阶段为", choices=ProjectStage.choices)
    q = NameFilter("name")
    scope = ArchivedFilter()

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()


def own_programmes(request: Any) -> QuerySet[Any]:
    """The programmes that the request's account may choose from."""
    return Programme.objects.visible_to(request.user).active().order_by("name_sort", "pk")


class EnrolmentFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(
        label="属于", queryset=own_programmes, empty_label="全部项目"
    )
    state = ChoiceFilter(
        label="状态为", choices=[("open", "在册"), ("ended", "已终止")], method="filter_state"
    )
    office = django_filters.CharFilter(
        label="街道（镇）含", lookup_expr="icontains", widget=forms.TextInput({"size": 10})
    )
    q = words_filter("姓名或证件后四位为", "filter_person")

    class Meta:
        model = Enrolment
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Whether the enrolment holds today."""
        today = timezone.localdate()
        over = Q(valid_to__lte=today) | Q(archived_at__isnull=False)
        return rows.filter(over) if value == "ended" else rows.exclude(over)

    def filter_person(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(Q(person__name__icontains=words) | Q(person__id_last4=words.upper()))


class ShopFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(
        label="属于", queryset=own_programmes, empty_label="全部项目"
    )
    standing = ChoiceFilter(label="今天", choices=STANDINGS)
    stage = ChoiceFilter(label="阶段为", choices=ShopStage.choices)
    office = django_filters.CharFilter(
        label="街道（镇）含", lookup_expr="icontains", widget=forms.TextInput({"size": 10})
    )
    q = words_filter("名称含", "filter_name")
    scope = ArchivedFilter()

    class Meta:
        model = PartnerShop
        fields: tuple[str, ...] = ()

    def filter_name(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(name__icontains=value.strip())


class MealFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(
        label="属于", queryset=own_programmes, empty_label="全部项目"
    )
    first = DayFilter(label="从", field_name="served_on", lookup_expr="gte")
    until = DayFilter(label="到", field_name="served_on", lookup_expr="lte")
    shop = words_filter("门店含", "filter_shop")
    at = RowNumberFilter("shop_id")
    office = words_filter("街道（镇）为", "filter_office")
    doubt = ChoiceFilter(
        label="疑问", choices=[("standing", "有疑问"), ("withdrawn", "撤回过疑问")], method="filter_doubt"
    )

    class Meta:
        model = MealCheckIn
        fields: tuple[str, ...] = ()

    def filter_shop(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(shop__name__icontains=value.strip())

    def filter_doubt(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What the union doubts, or doubted once."""
        doubts = MealDoubt.objects.visible_to(self.request.user)
        return rows.filter(pk__in=doubts.filter(archived_at__isnull=value == "standing").values("meal"))

    def filter_office(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The office that the worker is enrolled under; a dash for those without one."""
        return rows.filter(enrolment__office="" if value.strip() == "-" else value.strip())
