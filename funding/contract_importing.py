"""Contracts and payments from spreadsheets. No row may take a contract beyond what was agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cases.project_importing import PartImporter
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter
from core.imports.model import Key
from core.money import yuan
from funding.models import ContractPayment, ContractSupplement, FundingSource, ProjectContract

SAME = ("contract_id", "paid_on", "amount", "reference")
MORE_FIRST = "金额增加的，请先在合同页面登记补充协议"


class ContractsImporter(PartImporter):
    """Contracts by project and number."""

    keys = (("project_id", "number"),)

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        """With the days before which the contract was signed."""
        standing = Q(archived_at=None)
        paid = ContractPayment.objects.filter(standing, contract=OuterRef("pk")).order_by("paid_on")
        agreed = ContractSupplement.objects.filter(standing, contract=OuterRef("pk")).order_by("signed_on")
        first_paid, first_agreed = (
            Subquery(paid.values("paid_on")[:1]),
            Subquery(agreed.values("signed_on")[:1]),
        )
        return rows.values(*self.fields, first_paid=first_paid, first_agreed=first_agreed)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "signed_on")
        signed, finish = image.get("signed_on"), image.get("planned_finish_on")
        for name, what in (("first_paid", "付款"), ("first_agreed", "补充协议")):
            if signed and image.get(name) and image[name] < signed:
                yield "signed_on", Problem(f"{image[name]} 已有{what}，签订不能晚于这一天", "请核对签订日期")
        if signed and finish and finish < signed:
            yield "planned_finish_on", Problem("早于签订日期", "请核对两个日期")
        amount = image.get("amount")
        if amount is None:
            return
        if amount <= 0:
            yield "amount", Problem("必须大于 0", "减少金额的请登记补充协议")
        paid = image.get("paid") or Decimal(0)
        if amount + (image.get("supplemented") or 0) < paid:
            yield "amount", Problem(f"少于已付的 {yuan(paid)} 元", "请核对合同金额和付款")


class PaymentsImporter(ModelImporter):
    """Payments by their number, else by contract, day, amount and reference."""

    keys = (("id",), SAME)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        contracts = ProjectContract.objects.visible_to(self.actor).filter(archived_at__isnull=True)
        self.contracts = Lookup(
            "合同",
            contracts.annotate(room=F("amount") + F("supplemented") - F("paid")),
            names=("number",),
            carry=("union_id", "county_id", "signed_on", "room"),
            remedy="请填写登记的合同编号；没有登记的请先登记合同",
        )
        sources = FundingSource.objects.visible_to(self.actor).filter(archived_at__isnull=True)
        self.sources = Lookup("资金来源", sources, carry=("county_id",), remedy="请填写本县登记过的来源名称")
        self.known: dict[int, Image] = {}
        self.planned: dict[int, Decimal] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.contracts.prepare(draft.cells.get("contract") for draft in drafts)
        self.sources.prepare(draft.cells.get("source") for draft in drafts)

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            row = values.get("row", {})
            if "contract_id" in row:
                self._plan(row["contract_id"], Decimal(str(row["amount"])))

    def image(self, draft: Draft) -> Image:
        names = ("id", "paid_on", "amount", "reference", "note")
        image: Image = {name: draft.cells.get(name) for name in names}
        if image["id"] is None and image["reference"] is None:
            image["reference"] = ""
        contract = self.contracts.resolve(draft, self.columns["contract"])
        if contract is None:
            return image
        self.known[contract["pk"]] = contract
        image |= {"union_id": contract["union_id"], "county_id": contract["county_id"]}
        return {**image, "contract_id": contract["pk"], "source_id": self._source(draft, contract)}

    def _source(self, draft: Draft, contract: Image) -> int | None:
        name = draft.cells.get("source")
        if name is None:
            return None
        own = [found for found in self.sources.all_of(name) if found["county_id"] == contract["county_id"]]
        if len(own) != 1:
            problem = Problem(f"本县没有唯一的资金来源“{name[:40]}”", self.sources.remedy)
            draft.hold("资金来源", problem, name)
            return None
        return int(own[0]["pk"])

    def current(self, draft: Draft, found: dict[Key, list[Image]]) -> Image | None:
        """A payment that was removed or returned is meant only by its number."""
        row = super().current(draft, found)
        is_past = row is not None and bool(row["archived_at"] or row["returned_on"])
        return None if is_past and draft.image.get("id") is None else row

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        return rows.values(*self.fields, "source__name", "returned_on")

    def decide_changed(self, draft: Draft, current: Image) -> None:
        if draft.image.get("contract_id", current["contract_id"]) != current["contract_id"]:
            problem = Problem("与登记的合同不同", "登记错合同的，请在页面上删去后重新登记")
            draft.hold("合同编号", problem, draft.shown.get("contract", ""))
        tells = draft.image["amount"], draft.image["paid_on"], draft.image["source_id"]
        stands = current["amount"], current["paid_on"], current["source_id"]
        is_other = any(tell not in (None, stand) for tell, stand in zip(tells, stands, strict=True))
        if current["line_id"] is not None and is_other:
            problem = Problem("已记入资金支出", "请在付款页面修改，支出明细会一起更正")
            draft.hold("付款金额（元）", problem, draft.shown.get("amount", ""))
        if current["returned_on"] is not None:
            problem = Problem(f"已登记 {current['returned_on']} 退回", "退回的付款不能改；重新付款请另填一行")
            draft.hold("付款编号", problem, str(current["id"]))
        super().decide_changed(draft, current)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        paid_on, amount = image.get("paid_on"), image.get("amount")
        contract = self.known.get(image.get("contract_id", 0))
        if paid_on is not None and paid_on > self.today:
            yield "paid_on", Problem("晚于今天", "请核对年份")
        if amount is not None and amount <= 0:
            yield "amount", Problem("必须大于 0", "退回的钱请在资金明细记“退回”")
        if contract is None:
            return
        if paid_on is not None and paid_on < contract["signed_on"]:
            yield "paid_on", Problem(f"早于合同签订日期 {contract['signed_on']}", "请核对日期")
        if draft.target_id is None and amount is not None:
            yield from self._room(contract, amount)

    def _room(self, contract: Image, amount: Decimal) -> Iterable[tuple[str, Problem]]:
        """With the rows above in the file; the database looks again when they are written."""
        room = contract["room"] - self.planned.get(contract["pk"], Decimal(0))
        if amount > room:
            yield "amount", Problem(f"这份合同只剩 {yuan(room)} 元可付", MORE_FIRST)

    def extend(self, draft: Draft, current: Image | None) -> None:
        if current is None:
            self._plan(draft.row["contract_id"], draft.row["amount"])

    def _plan(self, contract: int, amount: Decimal) -> None:
        self.planned[contract] = self.planned.get(contract, Decimal(0)) + amount

    def old(self, column: Any, name: str, current: Image) -> str | None:
        if name == "source_id":
            return current["source__name"] or None
        return super().old(column, name, current)
