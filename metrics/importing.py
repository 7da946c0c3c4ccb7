"""Declared figures and targets from tables: one row per place and indicator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone

from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter
from metrics import declaring
from metrics.indicators import REGISTRY
from metrics.models import IndicatorTarget, SourceDocument
from unions.models import Union

AREA = "请填写县、市（州）或省总工会的编码或全称"


def areas(actor: Any) -> Lookup:
    """Unions of counties and above in the actor's scope: figures and targets belong to no others."""
    rows = Union.objects.visible_to(actor).active().areas()
    return Lookup("县级以上工会", rows, codes=("code",), carry=("county_id",), remedy=AREA)


class AreaImporter(ModelImporter):
    """Rows about an indicator in the place that the row names; without one, in the importer's own."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        self.areas = areas(self.actor)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.areas.prepare([self.actor.union.code, *(draft.cells.get("union") for draft in drafts)])

    def place(self, draft: Draft) -> dict[str, Any] | None:
        if draft.cells.get("union") is not None:
            return self.areas.resolve(draft, self.columns["union"])
        own = self.areas.all_of(self.actor.union.code)
        if not own:
            draft.hold(self.columns["union"].label, Problem("没有写明是哪个工会", AREA))
        return own[0] if own else None

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        """What was withdrawn is no longer there: the same may be said anew."""
        return super().current_rows(rows.filter(archived_at__isnull=True))


class DeclaredImporter(AreaImporter):
    """A quarter's declared figures; a figure is found by place, indicator, quarter and group."""

    keys = (("indicator", "quarter", "group_key", "group_value", "union_id"),)
    fixed: ClassVar[dict[str, str]] = {"county_id": "不能换到别的县"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        rows = SourceDocument.objects.filter(archived_at__isnull=True)
        self.documents = Lookup(
            "来源文献",
            rows,
            codes=("code",),
            names=("title",),
            remedy="请填写登记的文献编号或名称，或写在“来源”里",
        )

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        self.documents.prepare(draft.cells.get("document") for draft in drafts)

    def image(self, draft: Draft) -> Image:
        cells = draft.cells
        image: Image = {name: cells.get(name) for name in ("indicator", "as_of", "source")}
        quarter = cells.get("quarter")
        image["quarter"] = None if quarter is None else str(quarter)
        place = self.place(draft)
        if place is not None:
            image |= {"union_id": place["pk"], "county_id": place["county_id"]}
        document = self.documents.resolve(draft, self.columns["document"])
        image["document_id"] = document and document["pk"]
        return image | self._group(draft) | self._halves(draft)

    def _group(self, draft: Draft) -> Image:
        indicator = REGISTRY.get(draft.cells.get("indicator") or "")
        if indicator is None:
            return {}
        try:
            key, value = declaring.group_of(indicator, draft.cells.get("group_label"))
        except Problem as problem:
            draft.hold(self.columns["group_label"].label, problem, draft.shown.get("group_label", ""))
            return {}
        return {"group_key": key, "group_value": value}

    def _halves(self, draft: Draft) -> Image:
        names = ("printed", "numerator", "denominator")
        try:
            read = declaring.read(*(draft.cells.get(name) for name in names))
        except Problem as problem:
            draft.hold(self.columns["printed"].label, problem, draft.shown.get("printed", ""))
            return {}
        if read is None:
            if not draft.is_held:
                draft.hold(self.columns["printed"].label, Problem("没有填写数值", declaring.BOTH))
            return {}
        return {"printed": read.printed, "numerator": read.numerator, "denominator": read.denominator}

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        quarter, as_of = draft.cells.get("quarter"), image.get("as_of")
        if quarter is not None and quarter.start > self.today:
            yield "quarter", Problem("这个季度还没有开始", "请核对季度")
        if as_of is not None and as_of > self.today:
            yield "as_of", Problem("晚于今天", "请核对年份")


class TargetsImporter(AreaImporter):
    """Targets; one is found by indicator, place and first quarter."""

    keys = (("indicator", "from_quarter", "union_id"),)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        higher = IndicatorTarget.objects.visible_to(self.actor).exclude(
            union__path__startswith=self.actor.scope_path
        )
        named = higher.values_list("union__code", "union__name", "union_id")
        self.above = {text: number for code, name, number in named for text in (code, name)}

    def place(self, draft: Draft) -> dict[str, Any] | None:
        """Targets of higher places stand in the exported table too: as they are, they change nothing."""
        above = self.above.get(draft.cells.get("union") or "")
        return super().place(draft) if above is None else {"pk": above}

    def decide_new(self, draft: Draft, new_id: int) -> None:
        self._hold_above(draft)
        super().decide_new(draft, new_id)

    def decide_changed(self, draft: Draft, current: Image) -> None:
        if self.changed(draft.image, current):
            self._hold_above(draft)
        super().decide_changed(draft, current)

    def _hold_above(self, draft: Draft) -> None:
        if draft.image.get("union_id") in self.above.values():
            problem = Problem("这是上级工会", "上级的目标值由上级设定，请填写本级或下级工会")
            draft.hold(self.columns["union"].label, problem, draft.shown.get("union", ""))

    def image(self, draft: Draft) -> Image:
        cells = draft.cells
        image: Image = {name: cells.get(name) for name in ("indicator", "direction", "source")}
        for name in ("from_quarter", "until_quarter"):
            image[name] = None if cells.get(name) is None else str(cells[name])
        place = self.place(draft)
        image["union_id"] = place and place["pk"]
        image["value"] = self._percent(draft)
        return image

    def _percent(self, draft: Draft) -> Decimal | None:
        text = draft.cells.get("value")
        try:
            return None if text is None else percent(text)
        except Problem as problem:
            draft.hold(self.columns["value"].label, problem, draft.shown["value"])
            return None

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        first, last = image.get("from_quarter"), image.get("until_quarter")
        if first and last and last < first:
            yield "until_quarter", Problem("早于起始季度", "请核对两个季度")


def percent(text: str) -> Decimal:
    """A target as people write it: 90, 90%, 92.5."""
    value = declaring.number(text.strip().removesuffix("%").removesuffix("％"))
    if value is None or not 0 < value <= 100 or value != value.quantize(Decimal("0.1")):
        raise Problem("不是 0 到 100 之间、最多一位小数的百分数", "请写成 90 或 92.5")
    return value.quantize(Decimal("0.1"))
