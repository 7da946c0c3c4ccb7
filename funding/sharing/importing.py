"""Cost-sharing rules from spreadsheets, found by programme and first day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet

from cases.models import Programme
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter, Numbers, complete_image
from funding.models import CostShare, CostShareRule, FundingSource, PayerKind
from funding.models.sharing import payer_of, share_values
from funding.naming import SourceLookup
from funding.settling.splitting import why_not_whole
from funding.settling.wording import NotUnderstood, Payer, read_payers, write_payers

Span = tuple[date, date | None]


class CostShareRulesImporter(ModelImporter):
    """A registered rule may be closed by a table; who pays is changed on its page alone."""

    keys = (("programme_id", "valid_from"),)
    changes_first = True
    parts = (CostShare,)
    fixed: ClassVar[dict[str, str]] = {"face_value": "每份标准不能用表格修改"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        rows = Programme.objects.visible_to(self.actor)
        carry = ("union_id", "county_id", "kind")
        remedy = "请填写登记的全称"
        self.programmes = Lookup("服务项目", rows, carry=carry, remedy=remedy, current_only=True)
        sources = FundingSource.objects.visible_to(self.actor)
        remedy = "请照登记的名称填写，或先登记来源"
        self.sources = SourceLookup(sources, remedy=remedy, current_only=True)
        self.share_numbers = Numbers(CostShare)
        self.spans: dict[int, dict[int, Span]] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.programmes.prepare(draft.cells.get("programme") for draft in drafts)
        self.sources.prepare(
            payer.name for draft in drafts for payer in _understood(draft.cells.get("payers"))
        )
        named = {
            found["pk"]
            for draft in drafts
            for found in self.programmes.all_of(draft.cells.get("programme") or "")
        }
        rules = CostShareRule.objects.visible_to(self.actor).filter(
            programme__in=named, archived_at__isnull=True
        )
        for rule in rules.values("id", "programme_id", "valid_from", "valid_to"):
            self._span(rule)

    def _span(self, rule: Image) -> None:
        spans = self.spans.setdefault(rule["programme_id"], {})
        spans[rule["id"]] = (rule["valid_from"], rule.get("valid_to"))

    def image(self, draft: Draft) -> Image:
        image = {name: draft.cells.get(name) for name in ("face_value", "valid_from", "valid_to", "note")}
        found = self.programmes.resolve(draft, self.columns["programme"])
        if found is None:
            return image
        self._check_payers(draft, found)
        place = {"union_id": found["union_id"], "county_id": found["county_id"]}
        return {**image, **place, "programme_id": found["pk"]}

    def _check_payers(self, draft: Draft, programme: Image) -> None:
        """Hold the row unless its payers are understood, registered and make up the face value."""
        text, face_value = draft.cells.get("payers"), draft.cells.get("face_value")
        if text is None:
            return
        try:
            payers = read_payers(text)
        except NotUnderstood as problem:
            draft.say("各方分担", str(problem), text)
            return
        unknown = [payer.name for payer in payers if self._source(payer, programme["county_id"]) == 0]
        if unknown:
            reason = f"没有登记过资金来源“{unknown[0]}”"
            draft.hold("各方分担", self.sources.missing(unknown[0], reason, programme["county_id"]))
        elif face_value and (problem_found := why_not_whole(face_value, [p.part for p in payers])):
            draft.say("各方分担", problem_found, text)

    def _source(self, payer: Payer, county: int) -> int | None:
        """The number of the payer's source; None for shops and workers, 0 where nobody registered it."""
        if payer_of(payer.name) != PayerKind.SOURCE:
            return None
        return next((int(found["pk"]) for found in self.sources.of_county(payer.name, county)), 0)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        since, until = image.get("valid_from"), image.get("valid_to")
        if since is None:
            return
        if until is not None and until <= since:
            yield "valid_to", Problem("不晚于起始日期", "请核对两个日期")
        for number, span in self.spans.get(image.get("programme_id", 0), {}).items():
            if number != image.get("id") and _overlap((since, until), span):
                reason = f"与 {span[0]} 起的分担办法时间重叠"
                yield "valid_from", Problem(reason, "请先给那个办法填终止日期")

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        registered: Any = rows
        for rule in registered.with_shares():
            yield {**{name: getattr(rule, name) for name in self.fields}, "payers": rule.payers_text}

    def decide_changed(self, draft: Draft, current: Image) -> None:
        text = draft.cells.get("payers")
        if text and not draft.is_held and write_payers(read_payers(text)) != current["payers"]:
            reason = "与登记的各方分担不同"
            draft.hold("各方分担", Problem(reason, "请在费用分担页面修改，或从新的日期起另登记一个"))
        super().decide_changed(draft, current)

    def extend(self, draft: Draft, current: Image | None) -> None:
        self._span({**(current or {}), **draft.row})
        if current is None:
            draft.add[CostShare._meta.db_table] = self._share_images(draft)

    def _share_images(self, draft: Draft) -> list[Image]:
        rule, images = draft.row, []
        place = {"union_id": rule["union_id"], "county_id": rule["county_id"], "rule_id": rule["id"]}
        for position, payer in enumerate(read_payers(draft.cells["payers"]), 1):
            values = share_values(payer, position, self._source(payer, rule["county_id"]))
            images.append(complete_image(CostShare, {**place, **values}, next(self.share_numbers)))
        return images


def _understood(text: str | None) -> list[Payer]:
    """The payers of a cell; none where it cannot be read, which is told when the row is checked."""
    try:
        return read_payers(text or "")
    except NotUnderstood:
        return []


def _overlap(one: Span, other: Span) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])
