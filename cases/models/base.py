"""What programmes and projects share, and what holds for a span of days."""

from datetime import date
from types import SimpleNamespace
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from cases.kinds import Kind, kind_of
from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet


class CaseQuerySet(ScopedQuerySet["Case"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)


class Case(Scoped, Versioned):
    """What programmes and projects share: a declared kind, a name and the kind's own fields."""

    kind = models.CharField("种类", max_length=30)
    name = models.CharField("名称", max_length=120)
    name_sort = models.CharField("拼音", max_length=400, editable=False, default="")
    attributes = models.JSONField("种类字段", default=dict, blank=True)
    note = models.TextField("说明", max_length=2000, blank=True)

    objects: ClassVar[CaseQuerySet] = CaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def declared_kind(self) -> Kind | None:
        """The declaration of the row's kind."""
        return kind_of(self.kind)

    @property
    def own_fields(self) -> SimpleNamespace:
        """The kind's own fields as a spreadsheet shows them and an import reads them again."""
        fields = self.declared_kind.fields if self.declared_kind else ()
        return SimpleNamespace(**{field.key: field.cell(self.attributes.get(field.key)) for field in fields})

    def parts_in_words(self, attributes: dict[str, Any]) -> dict[str, str]:
        """The kind's fields by label, of the row as it is or was."""
        kind = self.declared_kind
        return {fact["label"]: fact["value"] for fact in kind.facts(attributes)} if kind else {}


class DatedQuerySet(ScopedQuerySet[Any]):
    """Shops and enrolments: what holds from one day to the day before another."""

    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)

    def on(self, day: date) -> Self:
        return self.active().filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def within(self, first: date, until: date) -> Self:
        """Whatever holds on any day from `first` until before `until`."""
        return self.active().filter(Q(valid_to__isnull=True) | Q(valid_to__gt=first), valid_from__lt=until)

    def open(self) -> Self:
        return self.active().filter(valid_to__isnull=True)
