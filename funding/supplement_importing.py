"""Supplements of contracts from spreadsheets: what was agreed never falls below what was paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import F
from django.utils import timezone

from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter
from core.money import yuan
from funding.models import ProjectContract

ZERO = Decimal(0)


class SupplementsImporter(ModelImporter):
    """Supplements by their number in the portal, else by contract and number."""

    keys = (("id",), ("contract_id", "number"))
    fixed: ClassVar[dict[str, str]] = {"contract_id": "登记错合同的，要在协议页面撤销后重新登记"}

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
        self.known: dict[int, Image] = {}
        #: By how much the rows read so far change what was agreed, by contract.
        self.planned: dict[int, Decimal] = {}

    def plan(self, drafts: Sequence[Draft]) -> None:
        """Increases before reductions, in whatever order the file has them."""
        super().plan(sorted(drafts, key=lambda draft: -draft.cells.get("amount", ZERO)))

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.contracts.prepare(draft.cells.get("contract") for draft in drafts)

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            row = values.get("row", {})
            if "contract_id" in row:
                self._plan(row["contract_id"], Decimal(str(row["amount"])))

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        contract = self.contracts.resolve(draft, self.columns["contract"])
        if contract is None:
            return image
        self.known[contract["pk"]] = contract
        place = {"union_id": contract["union_id"], "county_id": contract["county_id"]}
        return {**image, **place, "contract_id": contract["pk"]}

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        signed_on, contract = image.get("signed_on"), self.known.get(image.get("contract_id") or 0)
        if signed_on is not None and signed_on > self.today:
            yield "signed_on", Problem("晚于今天", "请核对年份")
        elif signed_on is not None and contract is not None and signed_on < contract["signed_on"]:
            yield "signed_on", Problem(f"早于合同签订日期 {contract['signed_on']}", "请核对日期")

    def extend(self, draft: Draft, current: Image | None) -> None:
        stands = {**(current or {}), **draft.row}
        before = current["amount"] if current else ZERO
        change = Decimal(stands["amount"]) - before
        contract = self.known.get(stands["contract_id"])
        if contract is None or not change:
            return
        left = contract["room"] + self.planned.get(contract["pk"], ZERO) + change
        if change < 0 and left < 0:
            problem = Problem(f"合同和补充协议合计会少于已付的，差 {yuan(-left)} 元", "请核对增减金额和付款")
            draft.hold(self.columns["amount"].label, problem, draft.shown.get("amount", ""))
            return
        self._plan(contract["pk"], change)

    def _plan(self, contract: int, change: Decimal) -> None:
        self.planned[contract] = self.planned.get(contract, ZERO) + change
