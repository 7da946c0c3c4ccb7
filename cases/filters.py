"""What lists of programmes and projects can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.kinds import kind_choices
from cases.models import Programme, Project, ProjectStage
from core.filters import ArchivedFilter, ChoiceFilter, NameFilter, UnionBelowFilter


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
