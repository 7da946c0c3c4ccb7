"""Programmes and projects from spreadsheets, found by union and name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from cases.actions.programmes import RUNS, meals_outside
from cases.kinds import Kind, WrongAttribute, kind_of
from cases.models import ProjectStage, Visit
from core.checks import Problem
from core.imports import Draft, Image
from core.imports.staging import problem_json
from core.models import ImportBatch
from unions.importing import PlacedImporter

NAMED_SINCE = "核对之后本工会又有了同名的项目。请看最新内容，把这一行再核对一次。"
_HOLD_NAMED = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from {table} t where r.batch_id = %s and r.plan = 'new' and t.archived_at is null
  and t.union_id = (r."values" -> 'row' ->> 'union_id')::bigint and t.name = r."values" -> 'row' ->> 'name'"""


class CasesImporter(PlacedImporter):
    """What programmes and projects share: the kind is fixed, the columns of its own fields fill them."""

    keys = (("union_id", "name"),)
    keeps_archived = True
    fixed: ClassVar[dict[str, str]] = {**PlacedImporter.fixed, "kind": "种类登记后不能改"}

    def complete(self, draft: Draft) -> None:
        kind = kind_of(draft.cells.get("kind") or "")
        if kind is not None:
            draft.image["attributes"] = self._attributes(draft, kind, {})

    def hold_outdated(self, batch: ImportBatch) -> None:
        """Somebody may have registered, renamed or restored one of that name since the check."""
        problem = problem_json(self.label_of("name"), NAMED_SINCE)
        with connection.cursor() as cursor:
            cursor.execute(_HOLD_NAMED.format(table=self.model._meta.db_table), [problem, batch.pk])

    def decide_changed(self, draft: Draft, current: Image) -> None:
        kind, registered = kind_of(current["kind"]), current["attributes"]
        if kind is not None and self._given(draft, kind):
            attributes = self._attributes(draft, kind, registered)
            draft.image["attributes"] = attributes
            for field in kind.fields:
                old, new = registered.get(field.key), attributes.get(field.key)
                if old != new:
                    draft.changes[field.heading] = [field.words(old) or None, field.words(new)]
        super().decide_changed(draft, current)

    def _given(self, draft: Draft, kind: Kind) -> dict[str, object]:
        return {field.key: draft.cells[field.key] for field in kind.fields if field.key in draft.cells}

    def _attributes(self, draft: Draft, kind: Kind, registered: dict[str, object]) -> dict[str, Any]:
        try:
            return kind.clean({**registered, **self._given(draft, kind)})
        except WrongAttribute as wrong:
            draft.say(kind.field(wrong.field).heading, wrong.message, draft.shown.get(wrong.field, ""))
            return registered


class ProgrammesImporter(CasesImporter):
    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        started, ended = image.get("started_on"), image.get("ended_on")
        if started and ended and ended < started:
            yield "ended_on", Problem("早于开始日期", "请核对两个日期")

    def decide_changed(self, draft: Draft, current: Image) -> None:
        changed = self.changed(draft.image, current)
        if outside := meals_outside(
            current["id"], **{name: changed[name] for name in RUNS if name in changed}
        ):
            draft.say(self.columns[outside[0]].label, outside[1], draft.shown[outside[0]])
        super().decide_changed(draft, current)


class ProjectsImporter(CasesImporter):
    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        """With the first day of use, before which it was open."""
        visits = Visit.objects.filter(project=OuterRef("pk"), archived_at=None).order_by("visited_on")
        return rows.values(*self.fields, first_visit=Subquery(visits.values("visited_on")[:1]))

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        opened: Any = draft.cells.get("opened_on")
        if opened is not None and opened > self.today:
            yield "opened_on", Problem("晚于今天", "还没有投用的请填计划投用日期")
        if image.get("stage") == ProjectStage.IN_USE and image.get("opened_on") is None:
            yield "opened_on", Problem("没有填写", "投入使用的项目要填实际投用日期")
        first = image.get("first_visit")
        if opened is not None and first is not None and first < opened:
            yield "opened_on", Problem(f"{first} 已有使用记录", "投用日期不能晚于这一天")
