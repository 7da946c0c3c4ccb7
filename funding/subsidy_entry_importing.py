"""What came of the subsidy, from spreadsheets: never more than was granted, never spent before it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from django.db.models import Q

from core.checks import Problem
from core.imports import Draft, Image
from core.money import yuan
from funding.models import EntryStage, SubsidyEntry, SubsidyGrant
from unions.importing import PlacedImporter

SAME = ("grant_id", "stage", "occurred_on", "amount", "document_no")
ZERO = Decimal(0)


class Entry(NamedTuple):
    """Money that came or was spent, as a row of the file or the register says it."""

    grant_id: int
    stage: str
    occurred_on: date
    amount: Decimal
    document_no: str

    @classmethod
    def of(cls, image: Image) -> Entry:
        """Of an image in values, or as it was staged."""
        day, amount = image["occurred_on"], Decimal(str(image["amount"]))
        day = day if isinstance(day, date) else date.fromisoformat(day)
        return cls(image["grant_id"], image["stage"], day, amount, image.get("document_no") or "")


class EntriesImporter(PlacedImporter):
    """Entries by their number, else by grant, kind, day, amount and document."""

    keys = (("id",), SAME)
    fixed: ClassVar[dict[str, str]] = {"grant_id": "登记错年度或县的，要在补助页面归档后重新登记"}
    given_by: ClassVar[dict[str, str]] = {"grant_id": "year"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.grants: dict[int, Image] = {}
        self.granted: dict[tuple[int, int], int] = {}
        self.entered: dict[int, Entry] = {}
        #: What each grant will hold once the rows read so far are written.
        self.standing: dict[int, dict[int, Entry]] = {}

    def plan(self, drafts: Sequence[Draft]) -> None:
        """In the order of the days, so that money is spent after it came, in whatever order the file has it."""
        super().plan(sorted(drafts, key=_when))

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        years, numbers = ({draft.cells.get(key) for draft in drafts} - {None} for key in ("year", "id"))
        entries = SubsidyEntry.objects.visible_to(self.actor).active()
        grants = SubsidyGrant.objects.visible_to(self.actor).active()
        named = grants.filter(Q(year__in=years) | Q(pk__in=entries.filter(pk__in=numbers).values("grant")))
        new = [grant for grant in named.values() if grant["id"] not in self.grants]
        for grant in new:
            self.grants[grant["id"]] = grant
            self.granted[grant["union_id"], grant["year"]] = grant["id"]
        for entry in entries.filter(grant__in=[grant["id"] for grant in new]).values("id", *SAME):
            self.entered[entry["id"]] = Entry.of(entry)
            self._stand(entry["id"], self.entered[entry["id"]])

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            row = values.get("row", {})
            if row.keys() >= set(SAME[:4]):
                self._stand(row["id"], Entry.of(row))

    def _stand(self, number: int, entry: Entry) -> None:
        self.standing.setdefault(entry.grant_id, {})[number] = entry

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        if image.get("id") is None and image.get("document_no") is None:
            image["document_no"] = ""
        year = draft.cells.get("year")
        if not draft.is_held and year is not None:
            image["grant_id"] = self._grant(draft, image["union_id"], year)
        known = self.entered.get(image.get("id") or 0)
        if known is not None:
            told = {name: image[name] for name in SAME[1:] if image.get(name) is not None}
            self._stand(image["id"], known._replace(**told))
        return image

    def _grant(self, draft: Draft, union: int, year: int) -> int | None:
        found = self.granted.get((union, year))
        if found is None:
            problem = Problem(
                f"这个县没有登记 {year}年的补助", "请核对县和年度；补助由上级下达后才能登记收支"
            )
            draft.hold(self.columns["year"].label, problem, draft.shown.get("year", ""))
        return found

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        if image.get("amount") is not None and image["amount"] <= 0:
            yield "amount", Problem("必须大于 0", "请核对金额；记错的收支请在补助页面归档")
        if image.get("stage") == EntryStage.SPENT and not image.get("purpose"):
            yield "purpose", Problem("没有填写", "支出要写明用途")
        grant, day = self.grants.get(image.get("grant_id") or 0), image.get("occurred_on")
        if grant is None or day is None:
            return
        yield from self._day(grant, day)
        if not draft.is_held:
            yield from self._money(draft, grant, Entry.of(image))

    def _day(self, grant: Image, day: date) -> Iterable[tuple[str, Problem]]:
        """Money of a year comes in that year or, where it was granted beforehand, from that day on."""
        first = min(grant["granted_on"], date(grant["year"], 1, 1))
        if day > self.today:
            yield "occurred_on", Problem("晚于今天", "请核对年份；还没有发生的不填")
        elif day < first:
            yield (
                "occurred_on",
                Problem(f"这是 {grant['year']}年的补助，日期早于 {first}", "请核对日期和年度"),
            )

    def _money(self, draft: Draft, grant: Image, entry: Entry) -> Iterable[tuple[str, Problem]]:
        """With the rows above in the file; the database looks again when they are written."""
        number = draft.target_id or 0
        others = [one for key, one in self.standing.get(grant["id"], {}).items() if key != number]
        before = [*others, self.entered[number]] if number in self.entered else others
        after = [*others, entry]
        if entry.document_no and entry in others:
            said = f"这一天凭证号“{entry.document_no}”、同样金额的{EntryStage(entry.stage).label}已登记过"
            yield "document_no", Problem(said, "确是另一笔的，请写不同的凭证号")
        elif (over := _came(after) - grant["amount"]) > max(_came(before) - grant["amount"], ZERO):
            yield "amount", Problem(f"到账合计会超过补助金额 {yuan(over)} 元", "请核对金额")
        elif (short := _overdrawn(after)) > _overdrawn(before):
            yield "amount", Problem(f"支出会多于当时的到账，差 {yuan(short)} 元", "请核对金额和日期")

    def extend(self, draft: Draft, current: Image | None) -> None:
        if current is None:
            self._stand(draft.row["id"], Entry.of(draft.row))


def _when(draft: Draft) -> tuple[date, bool]:
    return draft.cells.get("occurred_on") or date.max, draft.cells.get("stage") == EntryStage.SPENT


def _came(entries: Iterable[Entry]) -> Decimal:
    return sum((entry.amount for entry in entries if entry.stage == EntryStage.RECEIVED), ZERO)


def _overdrawn(entries: Iterable[Entry]) -> Decimal:
    """The most by which spending was ahead of what had come, on any day."""
    left = lowest = ZERO
    for entry in sorted(entries, key=lambda one: (one.occurred_on, one.stage == EntryStage.SPENT)):
        left += entry.amount if entry.stage == EntryStage.RECEIVED else -entry.amount
        lowest = min(lowest, left)
    return -lowest
