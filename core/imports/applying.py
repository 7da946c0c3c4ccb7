"""Commit: exactly the stored plan becomes rows, in a fixed number of statements whatever the number of rows.

A row whose target has changed since the check, or whose key somebody else has registered, is not applied but
held, with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from core.actions import Refused
from core.imports.images import constant_defaults, insertable, quoted
from core.imports.lately import hold_registered_lately
from core.imports.leaning import hold_leaning
from core.imports.staging import hold_late, problem_json
from core.models import ImportBatch, ImportRow

CHANGED_SINCE = "核对之后这条记录已被别人修改。请看最新内容，把这一行再核对一次。"
GONE_SINCE = "核对之后这个工会已归档。请改正所在的工会，把这一行再核对一次。"
TAKEN_SINCE = "核对之后已有人登记了同一对象。请看最新内容，把这一行再核对一次。"

SORT_IN_MEMORY = "set local work_mem = '64MB'"

_LOCK = """
select 1 from {table} t join core_importrow r on r.target_id = t.id
where r.batch_id = %s and r.plan = 'changed' order by t.id for update of t"""
_HOLD_STALE = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
where r.batch_id = %s and r.plan = 'changed'
  and not exists (select from {table} t where t.id = r.target_id and t.version = r.target_version)"""
_HOLD_STALE_PART = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
where r.batch_id = %s and r.plan in ('new', 'changed') and r."values" -> 'edit' ? '{table}' and exists (
  select from jsonb_to_recordset(r."values" -> 'edit' -> '{table}') as v (id bigint, version int)
  where not exists (select from {table} t where t.id = v.id and t.version = v.version))"""
_HOLD_GONE = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
where r.batch_id = %s and r.plan in ('new', 'changed')
  and (coalesce(r."values" -> 'row' ->> 'union_id', r."values" -> 'row' ->> 'parent_id')::bigint = any(%s) or exists (
    select from jsonb_each(r."values" -> 'add') part, jsonb_array_elements(part.value) image
    where (image ->> 'union_id')::bigint = any(%s)))"""
_INSERT = """
insert into {table} ({names}) select {values}
from core_importrow r cross join lateral jsonb_populate_record(null::{table}, r."values" -> 'row') v
where r.batch_id = %s and r.plan = 'new' order by {order} on conflict do nothing"""
_HOLD_TAKEN = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
where r.batch_id = %s and r.plan = 'new' and not exists (select from {table} t where t.id = r.target_id)"""
_UPDATE = """
update {table} t set version = t.version + 1, ({names}) = (
  select {values} from jsonb_populate_record(t, coalesce(r."values" -> 'row', '{{}}')) v)
from core_importrow r where r.batch_id = %s and r.plan = 'changed' and t.id = r.target_id"""
_PRESENT = """
select {tests} from core_importrow r where r.batch_id = %s and r.plan in ('new', 'changed')"""
_ADD_PARTS = """
insert into {table} ({names}) select {distinct} {values}
from core_importrow r
cross join lateral jsonb_populate_recordset(null::{table}, r."values" -> 'add' -> '{table}') v
where r.batch_id = %s and r.plan in ('new', 'changed') and r."values" -> 'add' ? '{table}'{lenient}"""
_HOLD_UNSHARED = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
where r.batch_id = %s and r.plan in ('new', 'changed') and r."values" -> 'add' ? '{table}' and exists (
  select from jsonb_to_recordset(r."values" -> 'add' -> '{table}') as v (id bigint)
  where not exists (select from {table} t where t.id = v.id))"""
_EDIT_PARTS = """
update {table} t set version = t.version + 1, ({names}) = (
  select {values} from jsonb_populate_record(t, part.image) v)
from core_importrow r cross join lateral jsonb_array_elements(r."values" -> 'edit' -> '{table}') part (image)
where r.batch_id = %s and r.plan in ('new', 'changed') and r."values" -> 'edit' ? '{table}'
  and t.id = (part.image ->> 'id')::bigint"""


def held_numbers(batch: ImportBatch) -> set[int]:
    """The rows of the file that are held."""
    return set(batch.rows.filter(plan=ImportRow.Plan.HELD).values_list("number", flat=True))


class NotWhole(Refused):
    """All rows or none were asked for, and some cannot be written: `late` are those that the check had passed."""

    def __init__(self, batch: ImportBatch, known: set[int]) -> None:
        held = batch.rows.filter(plan=ImportRow.Plan.HELD).values_list("number", "problems")
        self.late = [(number, problems[-1]) for number, problems in held if number not in known]
        since = f"其中 {len(self.late):,} 行在核对之后登记册有了变动，已列为有问题的行。" if self.late else ""
        super().__init__(
            f"有 {len(held):,} 行有问题，一行都没有写入。{since}请改正后再确认，或先导入没有问题的行。"
        )


class Applier:
    """Writes the plan of one batch; runs inside the commit action."""

    def __init__(self, batch: ImportBatch, importer: Any, label: str) -> None:
        self.batch, self.importer, self.label = batch, importer, label
        self.model: type[models.Model] = importer.model
        self.shared: Sequence[type[models.Model]] = importer.shared_parts
        self.parts: Sequence[type[models.Model]] = (*self.shared, *importer.parts)

    def run(self) -> None:
        """Lock, hold what no longer fits, insert what rows share, insert, update, then the rows' own parts."""
        with connection.cursor() as cursor:
            cursor.execute(SORT_IN_MEMORY)
        self.importer.hold_outdated(self.batch)
        self._hold_gone()
        if "version" in insertable(self.model):  # without one, rows are added and never changed
            self._run(_LOCK, self.model)
            self._hold(_HOLD_STALE, self.model, CHANGED_SINCE)
        added, edited = self._present("add"), self._present("edit")
        for part in edited:
            self._hold(_HOLD_STALE_PART, part, CHANGED_SINCE)
        hold_registered_lately(self.batch, self.importer, problem_json(self.label, TAKEN_SINCE))
        hold_leaning(self.batch, self.importer)
        self.importer.complete_late(self.batch)
        if self.importer.changes_first:
            self._change()
        self._add_new([part for part in self.shared if part in added])
        if not self.importer.changes_first:
            self._change()
        for part in self.parts:
            if part in edited:
                self._run(_EDIT_PARTS, part)
            if part in added and part not in self.shared:
                self._run(_ADD_PARTS, part)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate; set constraints all deferred")

    def _hold_gone(self) -> None:
        """Rows of or below unions that were archived since the file was checked, or with a part of such a union."""
        unions: Any = apps.get_model(settings.UNION_MODEL)._default_manager
        gone = (
            unions.visible_to(self.importer.actor)
            .filter(archived_at__gt=self.batch.created_at)
            .values_list("pk", flat=True)
        )
        if ids := list(gone):
            column = self.importer.columns.get("union") or self.importer.columns.get("parent")
            problem = problem_json(column.label if column else self.label, GONE_SINCE)
            with connection.cursor() as cursor:
                cursor.execute(_HOLD_GONE, [problem, self.batch.pk, ids, ids])

    def _change(self) -> None:
        if "version" in insertable(self.model):
            self._run(_UPDATE, self.model)

    def _add_new(self, shared: Sequence[type[models.Model]]) -> None:
        """Insert new rows; where some prove taken on which others lean, all of them are left out and it begins anew."""
        held = held_numbers(self.batch) if self.importer.leaning else set()
        before = transaction.savepoint()
        self._add_shared(shared)
        # In the order of the key, so that two clerks with the same people wait for each other only one way.
        self._run(_INSERT, self.model, order=f"v.{self.importer.unique or 'id'}")
        self._hold(_HOLD_TAKEN, self.model, TAKEN_SINCE)
        if not hold_leaning(self.batch, self.importer):
            transaction.savepoint_commit(before)
            return
        lost = self._held().exclude(number__in=held).values_list("number", "problems")
        late = [(number, problems[-1]) for number, problems in lost]
        transaction.savepoint_rollback(before)
        hold_late(self.batch, late)
        self._add_new(shared)

    def _held(self) -> models.QuerySet[ImportRow]:
        return self.batch.rows.filter(plan=ImportRow.Plan.HELD)

    def _add_shared(self, added: Sequence[type[models.Model]]) -> None:
        """What several rows share stands before them; whoever was registered since the check holds his rows."""
        for part in added:
            self._run(_ADD_PARTS, part, distinct="distinct on (v.id)", lenient=" on conflict do nothing")
            self._hold(_HOLD_UNSHARED, part, TAKEN_SINCE)

    def _present(self, what: str) -> list[type[models.Model]]:
        """The parts that the plan adds or edits at all: each of the others would read the plan for nothing."""
        if not self.parts:
            return []
        tests = (f"bool_or(r.\"values\" -> '{what}' ? '{part._meta.db_table}')" for part in self.parts)
        with connection.cursor() as cursor:
            cursor.execute(_PRESENT.format(tests=", ".join(tests)), [self.batch.pk])
            return [part for part, is_there in zip(self.parts, cursor.fetchone(), strict=True) if is_there]

    def _run(
        self,
        statement: str,
        model: type[models.Model],
        *,
        order: str = "",
        distinct: str = "",
        lenient: str = "",
    ) -> None:
        is_update = "update {table}" in statement
        names = [name for name in insertable(model) if not is_update or name not in ("id", "version")]
        defaults = {} if is_update else constant_defaults(model)
        values = [_value(name, name in defaults, is_update) for name in names]
        text = statement.format(
            table=model._meta.db_table,
            names=quoted(names),
            values=", ".join(values),
            order=order,
            distinct=distinct,
            lenient=lenient,
        )
        with connection.cursor() as cursor:
            given = [defaults[name] for name in names if name in defaults] if "{values}" in statement else []
            cursor.execute(text, [*given, self.batch.pk])

    def _hold(self, statement: str, model: type[models.Model], message: str) -> None:
        problem = problem_json(self.label, message)
        with connection.cursor() as cursor:
            cursor.execute(statement.format(table=model._meta.db_table), [problem, self.batch.pk])


def _value(name: str, has_default: bool, is_update: bool) -> str:
    """What a column takes from the planned image `v`."""
    if name == "created_at" and not is_update:
        return "now()"
    return f'coalesce(v."{name}", %s)' if has_default else f'v."{name}"'
