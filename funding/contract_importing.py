"""Contracts and payments from spreadsheets. No row may take a contract beyond what was agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cases.project_importing import PartImporter
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter
from core.imports.staging import problem_json
from core.models import ImportBatch
from core.money import yuan
from funding.import_room import MORE_FIRST, hold_overpaid
from funding.models import ContractPayment, ContractSupplement, FundingSource, ProjectContract
from funding.naming import SourceLookup

SAME = ("contract_id", "paid_on", "amount", "reference")
ZERO = Decimal(0)
TELL_APART = "请核对；分几次付的请写不同的凭证号"
VOUCHER_SINCE = "核对之后这份合同已登记这个凭证号的付款。请看最新内容，把这一行再核对一次。"
# As the database keeps it: a voucher pays once on a contract. The contracts are locked by then.
_HOLD_VOUCHERS = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from core_importrow told
left join funding_contractpayment own on own.id = told.target_id
join funding_contractpayment p
  on p.contract_id = coalesce(own.contract_id, (told."values" -> 'row' ->> 'contract_id')::bigint)
  and p.reference = told."values" -> 'row' ->> 'reference' and p.id <> told.target_id
where told.batch_id = %s and told.plan in ('new', 'changed') and p.reference <> ''
  and p.archived_at is null and p.returned_on is null and r.id = told.id"""


class ContractsImporter(PartImporter):
    """Contracts by project and number; a union has a number once, whatever the project."""

    keys = (("project_id", "number"),)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        #: Which project has a number, and how that is said, by union and number.
        self.numbered: dict[tuple[Any, Any], tuple[int, str]] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        numbers = {draft.cells.get("number") for draft in drafts} - {None}
        contracts = ProjectContract.objects.visible_to(self.actor).filter(archived_at__isnull=True)
        same = contracts.filter(number__in=numbers).values(
            "union_id", "number", "project_id", "project__name"
        )
        for contract in same:
            self._number(contract, f"本工会已登记过这个合同编号，在“{contract['project__name']}”")

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            if "number" in (row := values.get("row", {})):
                self._number(row, "这张表里另一个项目也用这个合同编号")

    def _number(self, contract: Mapping[str, Any], said: str) -> None:
        key = contract["union_id"], contract["number"]
        self.numbered.setdefault(key, (contract["project_id"], said))

    def extend(self, draft: Draft, current: Image | None) -> None:
        if current is None:
            self._number(draft.row, f"第 {draft.number} 行“{draft.shown['project']}”也用这个合同编号")

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
        project, said = self.numbered.get((image.get("union_id"), image.get("number")), (None, ""))
        if project not in (None, image.get("project_id")):
            yield "number", Problem(said, "一个工会的合同编号不重复，请核对编号和项目")
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
        paid = image.get("paid") or ZERO
        if amount + (image.get("supplemented") or 0) < paid:
            yield "amount", Problem(f"少于已付的 {yuan(paid)} 元", "请核对合同金额和付款")


class PaymentsImporter(ModelImporter):
    """Payments by their number, else by contract, day, amount and reference."""

    keys = (("id",), SAME)
    changes_first = True

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
        sources, remedy = FundingSource.objects.visible_to(self.actor), "请填写本县登记过的来源名称"
        self.sources = SourceLookup(sources, remedy=remedy, current_only=True)
        self.known: dict[int, Image] = {}
        self.planned: dict[int, Decimal] = {}
        #: What payments that the file names by their number are registered with.
        self.stood: dict[int, Decimal] = {}
        #: Which payment a voucher stands for, and how that is said, by contract and voucher.
        self.vouchers: dict[tuple[Any, Any], tuple[int, str]] = {}

    def plan(self, drafts: Sequence[Draft]) -> None:
        """What falls before what rises, in whatever order the file has them."""
        numbers = {draft.cells.get("id") for draft in drafts} - {None}
        self.stood |= dict(self.visible().filter(pk__in=numbers).values_list("pk", "amount"))
        super().plan(sorted(drafts, key=lambda draft: not self._falls(draft)))

    def _falls(self, draft: Draft) -> bool:
        amount = draft.cells.get("amount", ZERO)
        return bool(amount < self.stood.get(draft.cells.get("id", 0), amount))

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.contracts.prepare(draft.cells.get("contract") for draft in drafts)
        self.sources.prepare(draft.cells.get("source") for draft in drafts)
        standing = ContractPayment.objects.visible_to(self.actor).standing()
        references = {draft.cells.get("reference") for draft in drafts} - {None}
        told = ("contract_id", "reference", "pk", "paid_on", "amount")
        for *key, number, day, amount in standing.filter(reference__in=references).values_list(*told):
            said = f"这份合同已有凭证号“{key[1]}”的付款（{day}、{yuan(amount)} 元）"
            self.vouchers.setdefault((key[0], key[1]), (number, said))

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            row = values.get("row", {})
            if "contract_id" in row:
                self._plan(row["contract_id"], Decimal(str(row["amount"])))
                self._use(row, "这张表里另一笔付款也用这个凭证号")

    def _use(self, row: Image, said: str) -> None:
        self.vouchers.setdefault((row["contract_id"], row.get("reference")), (row["id"], said))

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
        own = self.sources.of_county(name, contract["county_id"])
        if len(own) != 1:
            reason = f"本县没有唯一的资金来源“{name[:40]}”"
            problem = self.sources.missing(name, reason, contract["county_id"])
            draft.hold("资金来源", problem, name)
            return None
        return int(own[0]["pk"])

    def is_past(self, row: Image) -> bool:
        """What the bank sent back may be paid again the same way."""
        return super().is_past(row) or row["returned_on"] is not None

    def hold_past(self, draft: Draft, row: Image) -> None:
        if row["archived_at"] is not None:
            super().hold_past(draft, row)
            return
        problem = Problem(f"已登记 {row['returned_on']} 退回", "退回的付款不能改；重新付款请另填一行")
        draft.hold("付款编号", problem, str(row["id"]))

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        return rows.values(*self.fields, "source__name", "returned_on", registered=F("reference"))

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
        super().decide_changed(draft, current)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        paid_on: Any = image.get("paid_on")
        amount: Any = image.get("amount")
        contract = self.known.get(image.get("contract_id", 0))
        yield from self._voucher(draft, image)
        if paid_on is not None and paid_on > self.today:
            yield "paid_on", Problem("晚于今天", "请核对年份")
        if amount is not None and amount <= 0:
            yield "amount", Problem("必须大于 0", "退回的钱请在资金明细记“退回”")
        if contract is None:
            return
        if paid_on is not None and paid_on < contract["signed_on"]:
            yield "paid_on", Problem(f"早于合同签订日期 {contract['signed_on']}", "请核对日期")
        if amount is not None:
            stood = self.stood.get(draft.target_id, amount) if draft.target_id is not None else ZERO
            yield from self._room(contract, amount - stood, stood)

    def _voucher(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        """What the row leaves as it is registered may stand twice from before."""
        reference = image.get("reference")
        number, said = self.vouchers.get((image.get("contract_id"), reference), (draft.target_id, ""))
        if reference and reference != image.get("registered") and number != draft.target_id:
            yield "reference", Problem(said, TELL_APART)

    def _room(self, contract: Image, rise: Decimal, stood: Decimal) -> Iterable[tuple[str, Problem]]:
        """With the rows above in the file; it is looked at again when they are written."""
        room = contract["room"] - self.planned.get(contract["pk"], ZERO)
        if rise > max(room, ZERO):
            more = f"比登记的 {yuan(stood)} 元多 {yuan(rise)} 元，" if stood else ""
            yield "amount", Problem(f"{more}这份合同只剩 {yuan(room)} 元可付", MORE_FIRST)

    def extend(self, draft: Draft, current: Image | None) -> None:
        stands = {**(current or {}), **draft.row}
        self._plan(stands["contract_id"], stands["amount"] - (current["amount"] if current else ZERO))
        self._use(stands, f"第 {draft.number} 行也用这个凭证号")

    def _plan(self, contract: int, rise: Decimal) -> None:
        self.planned[contract] = self.planned.get(contract, ZERO) + rise

    def hold_outdated(self, batch: ImportBatch) -> None:
        hold_overpaid(batch, self.columns["amount"].label)
        with connection.cursor() as cursor:
            cursor.execute(
                _HOLD_VOUCHERS, [problem_json(self.columns["reference"].label, VOUCHER_SINCE), batch.pk]
            )

    def old(self, column: Any, name: str, current: Image) -> str | None:
        if name == "source_id":
            return current["source__name"] or None
        return super().old(column, name, current)
