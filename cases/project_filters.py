"""What lists of what hangs on projects can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.models import (
    Acceptance,
    AcceptanceResult,
    Equipment,
    EquipmentState,
    Milestone,
    ProgressReport,
    Project,
    ProjectPhoto,
    VenueCheck,
    Visit,
)
from cases.models.venues import ALL_SIX
from core.filters import ArchivedFilter, ChoiceFilter, DayFilter, words_filter


def own_projects(request: Any) -> QuerySet[Any]:
    """The projects the account may choose from."""
    return Project.objects.visible_to(request.user).active().order_by("name_sort", "pk")


class PartFilter(django_filters.FilterSet):
    """Of one project, and removed ones only when asked for."""

    project = django_filters.ModelChoiceFilter(label="属于", queryset=own_projects, empty_label="全部项目")
    scope = ArchivedFilter()


class MilestoneFilter(PartFilter):
    state = ChoiceFilter(
        label="状态为",
        choices=[("overdue", "已逾期"), ("open", "未完成"), ("reached", "已完成")],
        method="filter_state",
    )
    q = words_filter("节点含", "filter_label")

    class Meta:
        model = Milestone
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "reached":
            return rows.filter(reached_on__isnull=False)
        is_due = Q(planned_on__lt=timezone.localdate()) if value == "overdue" else Q()
        return rows.filter(is_due, reached_on__isnull=True)

    def filter_label(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(label__icontains=value.strip())


class ProgressFilter(PartFilter):
    first = DayFilter(label="从", field_name="reported_on", lookup_expr="gte")
    until = DayFilter(label="到", field_name="reported_on", lookup_expr="lte")

    class Meta:
        model = ProgressReport
        fields: tuple[str, ...] = ()


class PhotoFilter(PartFilter):
    q = words_filter("说明含", "filter_caption")

    class Meta:
        model = ProjectPhoto
        fields: tuple[str, ...] = ()

    def filter_caption(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(caption__icontains=value.strip())


class EquipmentFilter(PartFilter):
    state = ChoiceFilter(label="状态为", choices=EquipmentState.choices)
    q = words_filter("设备或编号含", "filter_words")

    class Meta:
        model = Equipment
        fields: tuple[str, ...] = ()

    def filter_words(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(Q(name__icontains=words) | Q(serial_no__icontains=words))


class AcceptanceFilter(PartFilter):
    verdict = ChoiceFilter(label="结论为", choices=AcceptanceResult.choices)

    class Meta:
        model = Acceptance
        fields: tuple[str, ...] = ()


class VenueCheckFilter(PartFilter):
    met = ChoiceFilter(label="结果", choices=(("yes", "六有达标"), ("no", "没有达标")), method="filter_met")

    class Meta:
        model = VenueCheck
        fields: tuple[str, ...] = ()

    def filter_met(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(ALL_SIX) if value == "yes" else rows.exclude(ALL_SIX)


class VisitFilter(PartFilter):
    first = DayFilter(label="从", field_name="visited_on", lookup_expr="gte")
    until = DayFilter(label="到", field_name="visited_on", lookup_expr="lte")

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()
