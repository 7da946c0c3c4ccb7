"""The name that a row had: what was settled keeps the names it was settled under."""

from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from core.models import AuditEvent, History


def name_at(model: type[Model], row: str, moment: str) -> Coalesce:
    """The name at the time in `moment` of the row of `model` that the path `row` leads to, as the history knows it.

    Today's name where there is no such time yet. Null where the path leads to no row.
    """
    afterwards = AuditEvent.objects.filter(pk=OuterRef("event_id"), at__gt=OuterRef(OuterRef(moment)))
    changes: Any = History.objects.filter(
        Exists(afterwards),
        table_name=model._meta.db_table,
        row_id=OuterRef(f"{row}_id"),
        op=History.Op.UPDATE,
    )
    first = changes.order_by("pk").annotate(name=KeyTextTransform("name", "before")).values("name")[:1]
    return Coalesce(Subquery(first), F(f"{row}__name"), output_field=TextField())
