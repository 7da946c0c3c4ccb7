"""A row's life: its audit events with what each of them changed, read from the history triggers' images."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Count
from django.utils import timezone

from core import scope, tables
from core.exposure import Exposed, exposure_of
from core.models import AuditEvent, History, Versioned

SHOWN = 30
# Who stands for an event of a higher level, and what is said of it.
HIGHER_LEVEL = ("上级工会", "统一登记或修改")
OUT_OF_SIGHT = "(管辖范围以外)"
# JSON fields that their model puts into words: `parts_in_words` gives the parts of an image by label.
PARTED = {"attributes"}
_UNINTERESTING = {"version", "name_sort", "path", "parent_path", "county"}


def timeline(row: models.Model, actor: Any, unseen: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    """Newest first: who did what and when, with old and new values of open fields.

    An event of elsewhere is known only by its changes here; where `unseen` gives words for it (the system's own
    work), its time is looked up and told.
    """
    label = row._meta.label_lower
    events = AuditEvent.objects.visible_to(actor).filter(target_type=label, target_id=row.pk)
    changes = _with_parts(row, actor)
    touched = AuditEvent.objects.visible_to(actor).filter(pk__in=changes)
    told = {event.pk: event for event in (events | touched).select_related("by").order_by("-id")[:SHOWN]}
    numbers = sorted({*told, *changes}, reverse=True)[:SHOWN]
    times = _times_of([number for number in numbers if number not in told]) if unseen else {}
    return [
        _entry(told[number], changes.get(number, []))
        if number in told
        else _unseen(times.get(number), unseen or HIGHER_LEVEL, changes[number])
        for number in numbers
    ]


def touched(event: AuditEvent, actor: Any) -> dict[str, Any]:
    """What one event did: how many rows of each kind, and the first of those it changed, took away or, of a few
    kinds (`is_told_alone`), wrote.
    """
    history = History.objects.visible_to(actor).filter(event_id=event.pk)
    kinds = {model._meta.db_table: model for model in apps.get_models()}
    counts = history.values_list("table_name", "op").annotate(rows=Count("row_id", distinct=True))
    told = [model._meta.db_table for model in kinds.values() if _is_edited(model, event)]
    alone = [table for table, model in kinds.items() if getattr(model, "is_told_alone", False)]
    edited = history.filter(table_name__in=told).exclude(op=History.Op.INSERT).order_by("id")
    written = history.filter(table_name__in=alone, op=History.Op.INSERT).order_by("id")
    first = [*edited[:SHOWN], *written[:SHOWN]]
    return {
        "counts": [
            {"kind": kinds[table]._meta.verbose_name, "what": History.Op(op).label, "rows": tables.text(rows)}
            for table, op, rows in sorted(counts)
        ],
        "images": [one for entry in first if (one := _image(kinds[entry.table_name], entry, actor))],
    }


def _is_edited(model: type[models.Model], event: AuditEvent) -> bool:
    """Whether people edit such rows; what is worked out anew from them is only counted."""
    return issubclass(model, Versioned) or model._meta.label_lower == event.target_type


def _image(model: Any, entry: History, actor: Any) -> dict[str, Any] | None:
    """A row that was written or taken away as it was, one that was changed by what changed; None if nothing is told."""
    name = model._meta.verbose_name
    if entry.op == History.Op.INSERT:
        facts = _facts(model, _written(model, entry, actor), actor)
        return {"title": f"新增的{name}", "facts": facts, "changes": []} if facts else None
    if entry.op == History.Op.DELETE:
        return {"title": f"删除的{name}", "facts": _facts(model, entry.before or {}, actor), "changes": []}
    row = _row_of(model, entry, actor)
    changes = _changes_of(row, actor).get(entry.event_id, []) if row else []
    return {"title": f"修改的{name}：{row}", "facts": [], "changes": changes} if changes else None


def _row_of(model: Any, entry: History, actor: Any) -> Any:
    """The row as it is now, if the actor may see it."""
    manager = model._default_manager
    rows = manager.visible_to(actor) if hasattr(manager, "visible_to") else manager.all()
    return rows.filter(pk=entry.row_id).first()


def _written(model: Any, entry: History, actor: Any) -> dict[str, Any]:
    """The image of a new row: what it was before its first change, or is now."""
    of_row = {"table_name": entry.table_name, "row_id": entry.row_id, "id__gt": entry.pk}
    changed = History.objects.visible_to(actor).filter(**of_row).order_by("id").first()
    if changed is not None:
        return changed.before or {}
    row = _row_of(model, entry, actor)
    return (
        {field.column: field.value_from_object(row) for field in model._meta.concrete_fields} if row else {}
    )


def _facts(model: Any, image: dict[str, Any], actor: Any) -> list[dict[str, str]]:
    """The open fields of an image in words, without those that were empty."""
    told = [field for field in model._meta.concrete_fields if _is_told(field) and not field.primary_key]
    plain = {field: _plain(field, image.get(field.column)) for field in told}
    return [
        {"label": str(field.verbose_name), "value": _words(field, value, actor)}
        for field, value in plain.items()
        if value
    ]


def _changes_of(row: models.Model, actor: Any) -> dict[int, list[dict[str, str]]]:
    history = History.objects.visible_to(actor).filter(table_name=row._meta.db_table, row_id=row.pk)
    return _changes(row, list(history.order_by("id")), actor)


def _with_parts(row: models.Model, actor: Any) -> dict[int, list[dict[str, str]]]:
    """What changed in the row and in those that its model tells of with it (`told_with`)."""
    changes = _changes_of(row, actor)
    for name in getattr(row, "told_with", ()):
        for part in getattr(row, name).visible_to(actor):
            for event, told in _changes_of(part, actor).items():
                changes[event] = [*changes.get(event, []), *told]
    return changes


def _times_of(numbers: list[int]) -> dict[int, datetime]:
    """When events of elsewhere happened that changed a row of here."""
    if not numbers:
        return {}
    with scope.everywhere():
        return dict(AuditEvent._default_manager.filter(pk__in=numbers).values_list("pk", "at"))


def _unseen(at: datetime | None, words: tuple[str, str], changes: list[dict[str, str]]) -> dict[str, Any]:
    who, what = words
    return {"at": tables.text(at) if at else "", "who": who, "what": what, "reason": "", "changes": changes}


def _entry(event: AuditEvent, changes: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "at": tables.text(event.at),
        "who": str(event.by),
        "what": event.verb_label,
        "reason": event.reason,
        "changes": changes,
    }


def _changes(row: models.Model, history: list[History], actor: Any) -> dict[int, list[dict[str, str]]]:
    """What each event changed: the image before it against the image before the next change, or the row."""
    fields = [field for field in row._meta.concrete_fields if _is_told(field)]
    now = {field.column: _plain(field, field.value_from_object(row)) for field in fields}
    result: dict[int, list[dict[str, str]]] = {}
    after = now
    for entry in reversed(history):
        if entry.before is None:
            result.setdefault(entry.event_id, [])
            continue
        # A column that the table did not have yet did not change.
        before = after | {
            field.column: _plain(field, entry.before[field.column])
            for field in fields
            if field.column in entry.before
        }
        told = result.setdefault(entry.event_id, [])
        for field in fields:
            old, new = before[field.column], after[field.column]
            if old != new:
                told += (
                    _parts(row, field, old, new)
                    if field.name in PARTED
                    else [_change(field, old, new, actor)]
                )
        after = before
    return result


def _change(field: Any, old: str, new: str, actor: Any) -> dict[str, str]:
    said = str(field.verbose_name)
    return {"field": said, "before": _words(field, old, actor), "after": _words(field, new, actor)}


def _parts(row: Any, field: Any, old: str, new: str) -> list[dict[str, str]]:
    """A field of several parts, part by part as the row words them."""
    before, after = (row.parts_in_words(json.loads(image or "{}")) for image in (old, new))
    return [
        {"field": label, "before": before.get(label, ""), "after": after.get(label, "")}
        for label in {**before, **after}
        if before.get(label, "") != after.get(label, "")
    ]


def _is_told(field: Any) -> bool:
    is_open = field.name not in _UNINTERESTING and exposure_of(field) is Exposed.OPEN
    return (
        is_open and not field.generated and (field.name in PARTED or not isinstance(field, models.JSONField))
    )


def _plain(field: Any, value: Any) -> str:
    """One form for what the row holds and for what JSON kept of it."""
    if value is None or value == "":
        return ""
    known = field.to_python(value)
    if isinstance(known, dict):
        return json.dumps(known, ensure_ascii=False, sort_keys=True)
    if isinstance(known, datetime):
        return timezone.localtime(known).strftime("%Y-%m-%d %H:%M:%S")
    return format(known.normalize(), "f") if isinstance(known, Decimal) else str(known)


def _words(field: Any, value: str, actor: Any) -> str:
    if not value:
        return ""
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return "是" if value == "True" else "否"
    return _name_of(field.related_model, value, actor) if field.is_relation else value


def _name_of(model: Any, value: str, actor: Any) -> str:
    """A row's name, if the actor may see it."""
    manager = model._default_manager
    rows = manager.visible_to(actor) if hasattr(manager, "visible_to") else manager.all()
    related = rows.filter(pk=value).first()
    return str(related) if related else OUT_OF_SIGHT
