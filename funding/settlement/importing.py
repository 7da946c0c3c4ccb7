"""Shops' own statements from spreadsheets: one row a shop and month, the third leg of the three-way match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from cases.models import PartnerShop
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter
from funding.models import (
    Settlement,
    SettlementException,
    SettlementLine,
    SettlementShare,
    SettlementStage,
    StatementChannel,
)
from funding.models.settlements import FROZEN, OPEN_STAGES
from funding.settling.calendar import read_month
from funding.settling.days import keep_days, read_days
from funding.settling.wording import NotUnderstood

_KEEP_CLOSED = """
update undoing u set reason = to_char(t.month, 'FMYYYY"年"FMMM"月的结算已批准"')
from funding_shopstatement t join cases_partnershop p on p.id = t.shop_id
where u.table_name = 'funding_shopstatement' and u.reason = '' and t.id = u.row_id
  and cases_month_is_closed(p.programme_id, t.month)"""
# What an import made the month come to goes with the statement, unless the month has been approved since.
_KEEP_COUNTED = """
update undoing u set reason = %s from {table} t join funding_settlement s on s.id = t.settlement_id
where u.table_name = %s and u.reason = '' and t.id = u.row_id and s.stage = any(%s)"""
_COUNTED = (SettlementLine, SettlementShare, SettlementException)


class StatementsImporter(ModelImporter):
    """Statements by shop and month; a month that was checked or approved takes none."""

    keys = (("shop_id", "month"),)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        shops = PartnerShop.objects.visible_to(self.actor)
        carry = ("union_id", "county_id", "programme_id", "programme__name")
        remedy = "请填写登记的门店名称；几个项目里同名的，请填写服务项目"
        self.shops = Lookup("门店", shops, carry=carry, remedy=remedy, current_only=True)
        self.programmes: dict[int, int] = {}
        self.stages = {
            (programme, month): SettlementStage(stage)
            for programme, month, stage in Settlement.objects.visible_to(self.actor)
            .exclude(stage__in=OPEN_STAGES)
            .values_list("programme_id", "month", "stage")
        }

    @classmethod
    def keep_settled(cls) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_CLOSED)
            for table in (model._meta.db_table for model in _COUNTED):
                cursor.execute(_KEEP_COUNTED.format(table=table), ["结算已批准", table, list(FROZEN)])

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.shops.prepare(draft.cells.get("shop") for draft in drafts)

    def image(self, draft: Draft) -> Image:
        image: Image = {name: draft.cells.get(name) for name in ("meals", "amount", "stated_on", "note")}
        image["month"] = self._month(draft)
        image["days"] = self._days(draft, image["month"])
        shop = self._shop(draft)
        if shop is None:
            return image
        self.programmes[shop["pk"]] = shop["programme_id"]
        place = {"union_id": shop["union_id"], "county_id": shop["county_id"]}
        return {**image, **place, "shop_id": shop["pk"]}

    def _month(self, draft: Draft) -> date | None:
        text = draft.cells.get("month")
        found = read_month(text) if text else None
        if text and found is None:
            problem = Problem("看不出是哪个月", "请写成 2023-01")
            draft.hold(self.columns["month"].label, problem, text)
        return found

    def _days(self, draft: Draft, month: date | None) -> str | None:
        text = draft.cells.get("days")
        if not text or month is None:
            return None
        try:
            return keep_days(read_days(text, month))
        except NotUnderstood as problem:
            sentence, _, remedy = str(problem).partition("。")
            draft.hold(self.columns["days"].label, Problem(sentence, remedy.rstrip("。")), text)
            return None

    def _shop(self, draft: Draft) -> Image | None:
        name, programme = draft.cells.get("shop"), draft.cells.get("programme")
        if name and programme and (named := self.shops.all_of(name)):
            same = [shop for shop in named if shop["programme__name"] == programme]
            if len(same) == 1:
                return same[0]
            problem = Problem(f"“{programme[:40]}”里没有门店“{name[:40]}”", self.shops.remedy)
            draft.hold(self.columns["shop"].label, problem, name)
            return None
        return self.shops.resolve(draft, self.columns["shop"])

    def complete(self, draft: Draft) -> None:
        draft.image["channel"] = StatementChannel.IMPORTED
        draft.image["days"] = draft.image.get("days") or ""
        draft.image["stated_on"] = draft.image.get("stated_on") or self.today

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        found: Iterable[Image] = rows.values(*self.fields)
        return found

    def is_past(self, row: Image) -> bool:
        """A shop has one statement a month: the one that was archived stands again."""
        return False

    def changed(self, image: Image, current: Image) -> Image:
        said = super().changed(image, current)
        return said if current["archived_at"] is None else {**said, "archived_at": None}

    def decide_changed(self, draft: Draft, current: Image) -> None:
        super().decide_changed(draft, current)
        if current["archived_at"] is not None and not draft.is_held:
            self.note("归档过的报数，导入后重新有效", f"第 {draft.number} 行")

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        month, stated = image.get("month"), image.get("stated_on")
        if month is not None and month > self.today:
            yield "month", Problem("晚于今天", "请核对年份")
        if stated is not None and stated > self.today:
            yield "stated_on", Problem("晚于今天", "请核对年份")
        days, meals = image.get("days"), image.get("meals")
        if days and meals is not None and sum(map(int, days.split(","))) != meals:
            yield (
                "days",
                Problem(f"逐日合计 {sum(map(int, days.split(',')))} 份，与报数 {meals} 份不同", "请核对两处"),
            )
        amount = image.get("amount")
        if amount is not None and amount < 0:
            yield "amount", Problem("是负数", "请填写门店报的应收金额")

    def extend(self, draft: Draft, current: Image | None) -> None:
        """What says nothing new may come back; everything else finds the month closed."""
        image = {**(current or {}), **draft.image}
        programme = self.programmes.get(image["shop_id"])
        stage = self.stages.get((programme, image["month"])) if programme else None
        if stage is not None and draft.row:
            draft.hold(
                self.columns["month"].label,
                Problem(f"这个月的结算{stage.label}", _remedy(stage)),
                draft.shown.get("month", ""),
            )


def _remedy(stage: SettlementStage) -> str:
    if stage == SettlementStage.CHECKED:
        return "请先退回结算，再导入报数"
    return "报数不能再改；多付、少付的请登记更正"
