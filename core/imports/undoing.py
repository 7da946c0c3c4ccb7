"""Undo: reverse what one event did, as the history tells it, wherever nobody has touched it since.

What was touched, is used by rows of others, or may no longer change as its importer knows, stays and is named
with the reason. A thing stays whole: with a row stay the rows it needs and the rows that are part of it.
"""

from __future__ import annotations

import json
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models.fields.reverse_related import ManyToOneRel
from django.utils import timezone

from core import scope
from core.actions import label_of
from core.imports.applying import SORT_IN_MEMORY
from core.imports.images import insertable, quoted
from core.models import AuditEvent, ImportBatch

TOUCHED = "导入之后又被修改过"
USED = "已被其他记录使用（{noun}）"
WHOLE = "与保留的记录是一个整体"
KEPT_SHOWN = 1_000

_COLLECT = """
drop table if exists pg_temp.undoing;
create temporary table undoing on commit drop as
select distinct on (table_name, row_id) id, table_name, row_id, op, before, ''::text as reason
from core_history where event_id = %s order by table_name, row_id, id;
create index on undoing (table_name, row_id);
analyze undoing"""
_TOUCHED = """
update undoing u set reason = %s where exists (
  select from core_history h
  where h.table_name = u.table_name and h.row_id = u.row_id and h.id > u.id and h.event_id <> %s)"""
# Whoever changes such a row waits until it is taken back, or is seen as having touched it.
_LOCK = """
select count(*) from (
  select from {table} t join undoing u on u.table_name = %s and u.row_id = t.id order by t.id for update of t) held"""
# What an earlier undoing of the same batch has taken back already.
_DONE = """
delete from undoing u using core_history h
where h.table_name = u.table_name and h.row_id = u.row_id and h.id > u.id and h.event_id = any(%s)"""
# What somebody took away by hand has nothing left to be taken back.
_GONE = """
delete from undoing u using core_history h
where u.op = 'I' and h.table_name = u.table_name and h.row_id = u.row_id and h.id > u.id and h.op = 'D'"""
# What was changed and put back since, as by the undoing of a later import, counts as nobody's touch.
_AS_LEFT = """
update undoing u set reason = '' from {table} t
where u.table_name = %s and u.reason = %s and t.id = u.row_id and not exists (
  select from jsonb_each((
    select h.before from core_history h
    where h.table_name = u.table_name and h.row_id = u.row_id and h.id > u.id and h.event_id <> %s
    order by h.id limit 1)) as left_as
  where left_as.key <> 'version' and left_as.value is distinct from to_jsonb(t) -> left_as.key)"""
_USED = """
update undoing u set reason = %s
where u.table_name = %s and u.op = 'I' and u.reason = '' and exists (
  select from {table} t where t.{column} = u.row_id and not exists (
    select from undoing own
    where own.table_name = %s and own.row_id = t.id and own.op = 'I' and own.reason = ''))"""
_WHOLE = """
update undoing u set reason = %s from {table} t, undoing main
where u.table_name = %s and u.reason = '' and t.id = u.row_id
  and main.table_name = %s and main.row_id = t.{column} and main.reason <> ''"""
_DELETE = """
delete from {table} t using undoing u
where u.table_name = %s and u.op = 'I' and u.reason = '' and t.id = u.row_id"""
# Columns that were added after the import are not in its history: they stay as they are.
_RESTORE = """
update {table} t set ({names}) = (select {values} from jsonb_populate_record(t, u.before) v)
from undoing u where u.table_name = %s and u.op = 'U' and u.reason = '' and t.id = u.row_id"""
_KEPT = """
select r.number, r.shown, u.reason, (
  select max(h.event_id) from core_history h
  where h.table_name = u.table_name and h.row_id = u.row_id and h.id > u.id and h.event_id <> %s)
from undoing u join core_importrow r on r.batch_id = %s and r.target_id = u.row_id
where u.table_name = %s and u.reason <> '' order by r.number limit %s"""

# What came along with a row that itself was taken back.
_KEPT_PARTS = """
select min(r.number), u.table_name, u.row_id, u.reason, (
  select max(h.event_id) from core_history h
  where h.table_name = u.table_name and h.row_id = u.row_id and h.id > u.id and h.event_id <> %s)
from core_importrow r
cross join lateral (values (r."values" -> 'add'), (r."values" -> 'edit')) written (parts)
cross join lateral jsonb_each(written.parts) part (table_name, rows)
cross join lateral jsonb_array_elements(part.rows) one (image)
join undoing u on u.table_name = part.table_name and u.row_id = (one.image ->> 'id')::bigint
where r.batch_id = %s and u.table_name <> %s and u.reason <> '' and not exists (
  select from undoing main where main.table_name = %s and main.row_id = r.target_id and main.reason <> '')
group by u.id, u.table_name, u.row_id, u.reason order by 1, u.id limit %s"""


class Undoer:
    """Takes back one committed batch; runs inside the undo action."""

    def __init__(self, batch: ImportBatch, importer: Any, model: type[models.Model], actor: Any) -> None:
        self.batch, self.importer, self.model, self.actor = batch, importer, model, actor
        self.event: int = batch.committed_event_id or 0
        self.by_table = {m._meta.db_table: m for m in apps.get_models()}

    def run(self) -> list[dict[str, Any]]:
        """Delete what was inserted, restore what was changed. Returns what was kept, by row of the file."""
        execute(SORT_IN_MEMORY, [])
        execute(_COLLECT, [self.event])
        execute(_DONE, [self._undoings()])
        execute(_GONE, [])
        execute(_LOCK.format(table=self.model._meta.db_table), [self.model._meta.db_table])
        execute(_TOUCHED, [TOUCHED, self.event])
        touched = self._tables()
        for model in touched:
            table = model._meta.db_table
            execute(_AS_LEFT.format(table=table), [table, TOUCHED, self.event])
        self.importer.keep_settled()
        self._keep_what_is_needed(touched)
        for model in touched:
            execute(_DELETE.format(table=model._meta.db_table), [model._meta.db_table])
            self._restore(model)
        execute("set constraints all immediate; set constraints all deferred", [])
        return self._kept()

    def _undoings(self) -> list[int]:
        """Earlier undoings of the batch: they kept something."""
        events = AuditEvent.objects.visible_to(self.actor).filter(
            verb="imports.undo", target_type=ImportBatch._meta.label_lower, target_id=self.batch.pk
        )
        return list(events.values_list("pk", flat=True))

    def _tables(self) -> list[type[models.Model]]:
        with connection.cursor() as cursor:
            cursor.execute("select distinct table_name from undoing")
            return _users_first([self.by_table[name] for (name,) in cursor.fetchall()])

    def _keep_what_is_needed(self, touched: list[type[models.Model]]) -> None:
        """Until nothing more is found. Uses in other counties count too, so every county is open for it."""
        scope.apply_everywhere()
        while sum(self._keep_used(model) for model in touched) + self._keep_parts(touched):
            pass
        scope.apply(self.actor)

    def _keep_used(self, model: type[models.Model]) -> int:
        kept = 0
        for user, column in users_of(model):
            table = user._meta.db_table
            statement = _USED.format(table=table, column=column)
            noun = str(user._meta.verbose_name)
            kept += execute(statement, [USED.format(noun=noun), model._meta.db_table, table])
        return kept

    def _keep_parts(self, touched: list[type[models.Model]]) -> int:
        kept = 0
        main = self.model._meta.db_table
        for user, column in users_of(self.model):
            table = user._meta.db_table
            if user in touched and user is not self.model:
                kept += execute(_WHOLE.format(table=table, column=column), [WHOLE, table, main])
        return kept

    def _restore(self, model: type[models.Model]) -> None:
        names = [name for name in insertable(model) if name != "id"]
        # A version never comes again: who has read the row in between must not take it for unchanged.
        values = ", ".join('t."version" + 1' if name == "version" else f'v."{name}"' for name in names)
        table = model._meta.db_table
        execute(_RESTORE.format(table=table, names=quoted(names), values=values), [table])

    def _kept(self) -> list[dict[str, Any]]:
        main = self.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("select exists (select from undoing where reason <> '')")
            if not cursor.fetchone()[0]:
                return []
            cursor.execute(_KEPT, [self.event, self.batch.pk, main, KEPT_SHOWN])
            rows = [(number, _title(shown), *rest) for number, shown, *rest in cursor.fetchall()]
            cursor.execute(_KEPT_PARTS, [self.event, self.batch.pk, main, main, KEPT_SHOWN])
            parts = [
                (number, self._named(table, row), reason, event)
                for number, table, row, reason, event in cursor.fetchall()
            ]
        return self._told(rows + parts)

    def _told(self, kept: list[tuple[int, str, str, int | None]]) -> list[dict[str, Any]]:
        events = (
            AuditEvent.objects.visible_to(self.actor)
            .select_related("by")
            .in_bulk({event for *_, event in kept if event})
        )
        return [
            {"row": number, "what": what, "reason": reason, "since": _said(events.get(event or 0))}
            for number, what, reason, event in kept
        ]

    def _named(self, table: str, number: int) -> str:
        model = self.by_table[table]
        manager: Any = model._default_manager
        row = manager.visible_to(self.actor).filter(pk=number).first()
        return f"{model._meta.verbose_name} {row or ''}".strip()


def _said(event: AuditEvent | None) -> str:
    """When who last changed a row, and by what; another county's event is out of sight."""
    if event is None:
        return ""
    return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M} {event.by} {label_of(event.verb)}"


def _title(shown: str) -> str:
    """The first cells of a row, as they were shown."""
    return " ".join(list(json.loads(shown).values())[:3])


def _users_first(touched: list[type[models.Model]]) -> list[type[models.Model]]:
    """Whoever points at a row goes before it."""
    order = TopologicalSorter(
        {m: [user for user, _ in users_of(m) if user in touched and user is not m] for m in touched}
    )
    return list(order.static_order())


def users_of(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """Tables and columns that point at the rows of a model."""
    return [
        (relation.related_model, relation.field.column)
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel)
        and not isinstance(relation.related_model, str)
        and relation.related_model._meta.managed  # a view holds nothing itself
    ]


def execute(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
