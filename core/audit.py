"""The log of what was done: who did what to which row, when and why, opened down to what it changed."""

from typing import Any

import django_filters
from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import HttpResponse

from core import tables
from core.actions import taps, verbs_called
from core.addresses import row_url
from core.filters import ChoiceFilter, DayFilter, words_filter
from core.models import AuditEvent, History, ImportBatch, Versioned
from core.resource import Column, Resource, registry
from core.rights import Right
from core.screens import Screen
from core.screens.views import ScreenView
from core.timeline import touched


def event_rows(account: Any) -> QuerySet[Any]:
    """The events of the account's places, of its own union's people where it keeps a part of a county only."""
    events = AuditEvent.objects.visible_to(account).exclude(verb__in=taps()).select_related("by", "county")
    if getattr(account, "is_area_wide", True):
        return events
    return events.filter(by__union__path__startswith=account.scope_path)


AUDIT_EVENTS = Resource(
    key="audit_events",
    label="操作记录",
    model=AuditEvent,
    right=Right.VIEW,
    rows=event_rows,
    columns=(
        Column("at", "时间"),
        Column("who", "操作人", source="by"),
        Column("what", "动作", source="verb_label"),
        Column("target_label", "对象"),
        Column("reason", "理由"),
        Column("county_name", "县（市、区）", source="county.name", in_list=False),
    ),
)


def _kinds() -> list[tuple[str, str]]:
    """What rows can be of: those of the resources, in their order, then everything else that people edit."""
    listed: list[Any] = [
        resource.model for resource in registry().values() if resource.model is not AuditEvent
    ]
    edited: list[Any] = [model for model in apps.get_models() if issubclass(model, Versioned)]
    kinds = {
        model._meta.label_lower: str(model._meta.verbose_name) for model in (*listed, *edited, ImportBatch)
    }
    return list(kinds.items())


class AuditEventFilter(django_filters.FilterSet):
    kind = ChoiceFilter(label="对象为", method="filter_kind", choices=_kinds)
    what = words_filter("动作含", "filter_what")
    who = words_filter("操作人含", "filter_who")
    words = words_filter("对象、理由含", "filter_words")
    first = DayFilter(label="从", field_name="at", lookup_expr="date__gte")
    until = DayFilter(label="到", field_name="at", lookup_expr="date__lte")

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()

    def filter_kind(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Events of such rows; of rows that are told alone also those that wrote them on the way."""
        model: Any = apps.get_model(value)
        of_kind = Q(target_type=value)
        if getattr(model, "is_told_alone", False):
            wrote = History.objects.visible_to(self.request.user).filter(table_name=model._meta.db_table)
            of_kind |= Q(pk__in=wrote.values("event_id"))
        return rows.filter(of_kind)

    def filter_what(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(verb__in=verbs_called(value.strip()))

    def filter_who(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(Q(by__name__icontains=words) | Q(by__username__icontains=words))

    def filter_words(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        return rows.filter(Q(target_label__icontains=words) | Q(reason__icontains=words))


AUDIT_SCREEN = Screen(
    resource=AUDIT_EVENTS,
    filterset=AuditEventFilter,
    right=Right.VIEW,
    noun="的操作记录",
    empty="还没有操作记录。",
    order=("-pk",),
)


class AuditEventView(ScreenView):
    """One event: who, when and why, the way to its row, what it changed and what it took away."""

    def get(self, request: Any, pk: int) -> HttpResponse:
        event = self.row()
        facts = tables.facts(
            self.resource, event, links={"对象": row_url(event.target_type, event.target_id, self.account)}
        )
        context = {
            "row": event,
            "crumbs": self.crumbs((str(event), "")),
            "facts": facts,
            **touched(event, self.account),
        }
        return self.render("screens/audit_event.html", context)


urlpatterns = AUDIT_SCREEN.urls_with(detail=(AuditEventView, {}))
