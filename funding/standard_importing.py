"""Standards of the subsidy from spreadsheets: of a tier there is one at a time, and what it is worth is for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db import connection
from django.db.models import QuerySet

from core.checks import Problem
from core.imports import Draft, Image, ModelImporter
from core.imports.staging import problem_json
from core.models import ImportBatch
from funding.subsidies import Granted, granted_by

Span = tuple[date, date | None]
END_FIRST = "请先给那个标准填写终止日期，再写新的一段"
# A start never moves, so only a later standard can lie in the way of a new end.
_HOLD_OVERLAPPING = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from funding_subsidystandard own, funding_subsidystandard later
where r.batch_id = %s and r.plan = 'changed' and own.id = r.target_id
  and later.tier = own.tier and later.archived_at is null and later.valid_from > own.valid_from
  and later.valid_from < (r."values" -> 'row' ->> 'valid_to')::date"""

# As `Granted.refusal`, of grants since the check.
_HOLD_GRANTED = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from funding_subsidystandard own
where r.batch_id = %s and r.plan = 'changed' and own.id = r.target_id and exists (
  select from funding_subsidygrant g where g.standard_id = own.id and g.archived_at is null
    and ((r."values" -> 'row' ->> 'spend_within')::int <> own.spend_within
      or (r."values" -> 'row' ->> 'valid_to')::date <= g.granted_on))"""


class StandardsImporter(ModelImporter):
    """A standard is found by tier and first day; a table may end it, and change months and document."""

    keys = (("tier", "valid_from"),)
    changes_first = True
    fixed: ClassVar[dict[str, str]] = {"amount": "金额不能改；换标准请给这一行填写终止日期，另起一行写新的"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        #: When each standard will hold once the rows read so far are written, by tier.
        self.spans: dict[str, dict[int, Span]] = {}
        self.lines: dict[tuple[str, date | None], int] = {}
        self.recalled: set[int] = set()

    def visible(self) -> QuerySet[Any]:
        """What was archived does not count: the same may be set anew."""
        return self.resource.rows(self.actor).filter(archived_at__isnull=True)

    def plan(self, drafts: Sequence[Draft]) -> None:
        """In the order of the days, so that a period ends before the next begins, in whatever order the file has them."""
        super().plan(sorted(drafts, key=lambda draft: draft.cells.get("valid_from") or date.max))

    def prepare(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self.lines.setdefault((draft.cells.get("tier", ""), draft.cells.get("valid_from")), draft.number)
        for standard in self.visible().values("id", "tier", "valid_from", "valid_to"):
            self.spans.setdefault(standard["tier"], {}).setdefault(standard["id"], _span(standard))

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            self._stand(values["row"])
            self.recalled.add(values["row"]["id"])

    def _stand(self, standard: Image) -> None:
        self.spans.setdefault(standard["tier"], {})[standard["id"]] = _span(standard)

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        """With the grants that rest on each."""
        found = list(super().current_rows(rows))
        granted = granted_by(self.actor, [row["id"] for row in found])
        return [{**row, "granted": granted.get(row["id"], Granted(0, None))} for row in found]

    def decide_changed(self, draft: Draft, current: Image) -> None:
        if refused := current["granted"].refusal(current, self.changed(draft.image, current)):
            key, problem = refused
            draft.hold(self.columns[key].label, problem, draft.shown.get(key, ""))
        super().decide_changed(draft, current)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        amount, months = image.get("amount"), image.get("spend_within")
        if amount is not None and amount <= 0:
            yield "amount", Problem("必须大于 0", "请核对金额")
        if months is not None and not 1 <= months <= 60:
            yield "spend_within", Problem("不在 1 到 60 个月之间", "请核对；不填为 12 个月")
        since, until = image.get("valid_from"), image.get("valid_to")
        if since is not None and until is not None and until <= since:
            yield "valid_to", Problem("不晚于起始日期", "请核对两个日期")
        elif since is not None:
            yield from self._overlaps(image, (since, until))

    def _overlaps(self, image: Image, span: Span) -> Iterable[tuple[str, Problem]]:
        tier = image.get("tier", "")
        for number, other in self.spans.get(tier, {}).items():
            if number != image.get("id") and _overlap(span, other):
                said = f"与{self._where(tier, number, other[0])}同一层级的标准时间重叠"
                yield "valid_from", Problem(said, END_FIRST)

    def _where(self, tier: str, number: int, since: date) -> str:
        """A standard as the clerk finds it: by its line, if the table has it."""
        if line := self.lines.get((tier, since)):
            return f"第 {line} 行（{since} 起）"
        return f"表中 {since} 起的" if number in self.recalled else f"已登记的 {since} 起的"

    def extend(self, draft: Draft, current: Image | None) -> None:
        self._stand({**(current or {}), **draft.row})

    def hold_outdated(self, batch: ImportBatch) -> None:
        """Somebody may have set the next standard, or granted by this one, since the check."""
        since = "核对之后已有人{}。请看最新内容，把这一行再核对一次。"
        late = ((_HOLD_OVERLAPPING, "制定了这段时间的标准"), (_HOLD_GRANTED, "按这个标准下达了补助"))
        with connection.cursor() as cursor:
            for statement, what in late:
                problem = problem_json(self.columns["valid_to"].label, since.format(what))
                cursor.execute(statement, [problem, batch.pk])


def _span(standard: Image) -> Span:
    """Of an image in values, or as it was staged."""
    return _day(standard["valid_from"]), _day(standard.get("valid_to"))


def _day(day: date | str | None) -> Any:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _overlap(one: Span, other: Span) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])
