"""What can be done to contracts and payments. A payment and its 支出 line are one fact, entered once."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from cases.actions import held
from cases.models import Project
from core import checks
from core.actions import Refused, action, change, save_new
from core.evidence import kept
from core.money import yuan
from core.rights import Right
from funding.actions.repeating import refuse_second_payment, refuse_spending_by_hand
from funding.models import (
    ContractPayment,
    ContractSupplement,
    FundingLine,
    FundingSource,
    FundStage,
    ProjectContract,
)
from unions.models import Account

ADD_FIRST = "金额增加的，请先登记补充协议。"


@action("funding.create_contract", label="登记合同", right=Right.EDIT_FUNDING)
def create_contract(
    *,
    by: Account,
    project: Project,
    number: str,
    other_party: str,
    subject: str,
    amount: Decimal,
    signed_on: date,
    planned_finish_on: date | None = None,
    evidence: UploadedFile | None = None,
    note: str = "",
) -> ProjectContract:
    project = held(project)
    if project.is_archived:
        raise Refused(f"“{project}”已归档，不能再登记合同。", field="project")
    _refuse_future(signed_on, "signed_on")
    contract = ProjectContract(
        **_place(project),
        project=project,
        number=number.strip(),
        other_party=other_party.strip(),
        subject=subject,
        amount=amount,
        signed_on=signed_on,
        planned_finish_on=planned_finish_on,
        note=note,
    )
    contract.full_clean(exclude=["evidence"])
    with kept(evidence, by=by, place=_place(project)) as stored:
        contract.evidence = stored
        contract.save(force_insert=True)
    return contract


@action("funding.change_contract", label="修改合同", right=Right.EDIT_FUNDING, target="row")
def change_contract(
    *, by: Account, row: ProjectContract, evidence: UploadedFile | None = None, **values: Any
) -> ProjectContract:
    """Correct what was entered wrongly; what both sides agreed later is a supplement."""
    values.pop("project", None)
    if values.get("signed_on", row.signed_on) != row.signed_on:
        _refuse_future(values["signed_on"], "signed_on")
        _require_signed_first(row, values["signed_on"])
    _require_covered(row, values.get("amount", row.amount) + row.supplemented)
    with kept(evidence, by=by, place=_place(row)) as stored:
        change(row, **values, **({"evidence": stored} if stored else {}))
    return row


def _require_signed_first(row: ProjectContract, signed_on: date) -> None:
    payments = ContractPayment.objects.filter(contract=row, archived_at__isnull=True).order_by("paid_on")
    first = payments.values_list("paid_on", flat=True).first()
    if first is not None and signed_on > first:
        raise Refused(f"{first} 已有付款，签订日期不能晚于这一天。", field="signed_on")
    supplements = ContractSupplement.objects.filter(contract=row, archived_at__isnull=True)
    agreed = supplements.order_by("signed_on").values_list("signed_on", flat=True).first()
    if agreed is not None and signed_on > agreed:
        raise Refused(f"{agreed} 已签补充协议，合同签订日期不能晚于这一天。", field="signed_on")


def _require_covered(row: ProjectContract, agreed: Decimal, field: str = "amount") -> None:
    if agreed < row.paid:
        raise Refused(f"已付 {yuan(row.paid)} 元，合同和补充协议合计不能少于这个数。", field=field)


@action("funding.archive_contract", label="归档合同", right=Right.EDIT_FUNDING, target="row")
def archive_contract(*, by: Account, row: ProjectContract) -> ProjectContract:
    if ContractPayment.objects.standing().filter(contract=row).exists():
        raise Refused("这份合同还有付款，请先核对付款。登记错的合同，请先归档付款，再归档合同。")
    change(row, archived_at=timezone.now())
    return row


# --- supplements


@action("funding.add_supplement", label="登记补充协议", right=Right.EDIT_FUNDING)
def add_supplement(
    *,
    by: Account,
    contract: ProjectContract,
    number: str,
    subject: str,
    amount: Decimal,
    signed_on: date,
    evidence: UploadedFile | None = None,
) -> ContractSupplement:
    contract = _held(contract)
    _require_signed_after(contract, signed_on)
    _require_covered(contract, contract.agreed + amount)
    supplement = ContractSupplement(
        **_place(contract),
        contract=contract,
        number=number.strip(),
        subject=subject,
        amount=amount,
        signed_on=signed_on,
    )
    supplement.full_clean(exclude=["evidence"])
    with kept(evidence, by=by, place=_place(contract)) as stored:
        supplement.evidence = stored
        supplement.save(force_insert=True)
    return supplement


def _require_signed_after(contract: ProjectContract, signed_on: date) -> None:
    """A supplement is of a contract that stands."""
    _refuse_future(signed_on, "signed_on")
    if signed_on < contract.signed_on:
        raise Refused(f"合同 {contract.signed_on} 签订，补充协议不能早于这一天。", field="signed_on")


@action("funding.change_supplement", label="修改补充协议", right=Right.EDIT_FUNDING, target="row")
def change_supplement(
    *, by: Account, row: ContractSupplement, evidence: UploadedFile | None = None, **values: Any
) -> ContractSupplement:
    contract = _held(row.contract)
    if values.get("signed_on", row.signed_on) != row.signed_on:
        _require_signed_after(contract, values["signed_on"])
    _require_covered(contract, contract.agreed - row.amount + values.get("amount", row.amount))
    with kept(evidence, by=by, place=_place(row)) as stored:
        change(row, **values, **({"evidence": stored} if stored else {}))
    return row


@action("funding.archive_supplement", label="撤销补充协议", right=Right.EDIT_FUNDING, target="row")
def archive_supplement(*, by: Account, row: ContractSupplement) -> ContractSupplement:
    contract = _held(row.contract)
    _require_covered(contract, contract.agreed - row.amount)
    change(row, archived_at=timezone.now())
    return row


# --- payments


@action("funding.record_payment", label="登记付款", right=Right.EDIT_FUNDING)
def record_payment(
    *,
    by: Account,
    contract: ProjectContract,
    amount: Decimal,
    paid_on: date,
    reference: str = "",
    source: FundingSource | None = None,
    is_spending: bool = False,
    note: str = "",
) -> ContractPayment:
    """A payment, and in the same step its line in the funding register if asked for."""
    contract = _held(contract)
    _require_day(contract, paid_on)
    refuse_second_payment(contract, paid_on, amount, reference.strip())
    _require_room(contract, amount)
    payment = ContractPayment(
        **_place(contract),
        contract=contract,
        amount=amount,
        paid_on=paid_on,
        reference=reference.strip(),
        source=_own_source(source, contract),
        note=note,
    )
    if is_spending:
        payment.line = _line_of(payment)
    save_new(payment)
    return payment


@action("funding.change_payment", label="修改付款", right=Right.EDIT_FUNDING, target="row")
def change_payment(*, by: Account, row: ContractPayment, **values: Any) -> ContractPayment:
    """Correct a payment; the line that says the same is corrected with it."""
    _require_standing(row)
    contract = _held(row.contract)
    if "paid_on" in values:
        _require_day(contract, values["paid_on"])
    if "source" in values:
        _own_source(values["source"], contract)
    if "reference" in values:
        values["reference"] = values["reference"].strip()
    _refuse_second(contract, row, values)
    _require_room(contract, values.get("amount", row.amount), instead_of=row.amount)
    change(row, **values)
    line = _own_line(row)
    if line is not None:
        source = {"source": row.source} if row.source else {}
        change(line, amount=row.amount, recorded_on=row.paid_on, document_no=row.reference, **source)
    return row


def _refuse_second(contract: ProjectContract, row: ContractPayment, values: dict[str, Any]) -> None:
    """What the correction leaves as it is may stand twice from before."""
    told = {name: values.get(name, getattr(row, name)) for name in ("paid_on", "amount", "reference")}
    telling = ("reference",) if told["reference"] else tuple(told)
    if any(told[name] != getattr(row, name) for name in telling):
        refuse_second_payment(contract, **told, own=row.pk)


@action("funding.archive_payment", label="删去付款", right=Right.EDIT_FUNDING, target="row")
def archive_payment(*, by: Account, row: ContractPayment) -> ContractPayment:
    """A payment that never was takes its line in the funding register along."""
    _require_standing(row)
    _held(row.contract)
    _take_line_out(row)
    change(row, archived_at=timezone.now())
    return row


@action(
    "funding.return_contract_payment",
    label="登记合同付款退回",
    right=Right.EDIT_FUNDING,
    target="row",
    reason_in="words",
)
def return_contract_payment(
    *, by: Account, row: ContractPayment, returned_on: date, words: str
) -> ContractPayment:
    """The bank sent the money back: the payment stays in the file, and the contract has to be paid again."""
    _require_standing(row)
    reason = checks.written(words)
    if not reason:
        raise Refused("请写明退回原因，如“账号有误”。", field="words")
    if not row.paid_on <= returned_on <= timezone.localdate():
        raise Refused(f"退回日期应在付款的 {row.paid_on} 到今天之间。", field="returned_on")
    _held(row.contract)
    _take_line_out(row)
    change(row, returned_on=returned_on, returned_reason=reason)
    return row


@action("funding.keep_contract_payment", label="撤销合同付款退回", right=Right.EDIT_FUNDING, target="row")
def keep_contract_payment(*, by: Account, row: ContractPayment) -> ContractPayment:
    """The payment was not returned after all: it counts again, with its line in the funding register."""
    if row.returned_on is None:
        raise Refused("这笔付款没有登记退回。")
    contract = _held(row.contract)
    _require_room(contract, row.amount)
    refuse_second_payment(contract, row.paid_on, row.amount, row.reference, row.pk)
    if row.line_id is not None:
        change(FundingLine.objects.select_for_update().get(pk=row.line_id), archived_at=None)
    change(row, returned_on=None, returned_reason="")
    return row


def _require_standing(row: ContractPayment) -> None:
    if row.returned_on is not None:
        raise Refused(f"这笔付款已登记 {row.returned_on} 退回，不能再改。登记错了的请先撤销退回。")


def _take_line_out(row: ContractPayment) -> None:
    line = _own_line(row)
    if line is not None:
        change(line, archived_at=timezone.now())


@action("funding.spend_payment", label="记入资金支出", right=Right.EDIT_FUNDING, target="row")
def spend_payment(
    *, by: Account, row: ContractPayment, source: FundingSource | None = None
) -> ContractPayment:
    """The payment's line in the funding register, without typing it a second time."""
    _require_unlinked(row)
    contract = _held(row.contract)
    if source is not None:
        change(row, source=_own_source(source, contract))
    change(row, line=_line_of(row))
    return row


@action("funding.link_payment", label="对上已有支出", right=Right.EDIT_FUNDING, target="row")
def link_payment(*, by: Account, row: ContractPayment, line: FundingLine) -> ContractPayment:
    """Say that a line that somebody entered by hand is this payment."""
    _require_unlinked(row)
    contract = _held(row.contract)
    line = held(line)
    if line.project_id != contract.project_id or line.stage != FundStage.SPENT or line.is_archived:
        raise Refused("只能对上这个项目的“支出”明细。", field="line")
    if line.amount != row.amount:
        raise Refused(
            f"付款 {yuan(row.amount)} 元，明细 {yuan(line.amount)} 元。两者金额要相同，请先核对。",
            field="line",
        )
    if ContractPayment.objects.filter(line=line).exists():
        raise Refused("这条支出明细已对上另一笔付款。", field="line")
    change(row, line=line, source=line.source)
    return row


def _require_unlinked(row: ContractPayment) -> None:
    _require_standing(row)
    if _own_line(row) is not None:
        raise Refused("这笔付款已有对应的支出明细。")


def _own_line(row: ContractPayment) -> FundingLine | None:
    """The payment's line while it stands."""
    if row.line_id is None:
        return None
    line: Any = FundingLine.objects.select_for_update().get(pk=row.line_id)
    return None if line.is_archived else line


def _line_of(payment: ContractPayment) -> FundingLine:
    if payment.source is None:
        raise Refused("记入资金支出要写明资金来源。", field="source")
    contract = payment.contract
    line = FundingLine(
        union_id=payment.union_id,
        county_id=payment.county_id,
        project=contract.project,
        source=payment.source,
        stage=FundStage.SPENT,
        amount=payment.amount,
        recorded_on=payment.paid_on,
        document_no=payment.reference,
        note=f"合同 {contract.number} 付款",
    )
    refuse_spending_by_hand(line)
    save_new(line)
    return line


def _own_source(source: FundingSource | None, contract: ProjectContract) -> FundingSource | None:
    if source is not None and source.county_id != contract.county_id:
        raise Refused("资金来源要是本县登记的。", field="source")
    return source


def _require_day(contract: ProjectContract, day: date) -> None:
    _refuse_future(day, "paid_on")
    if day < contract.signed_on:
        raise Refused(f"合同 {contract.signed_on} 才签订，请核对付款日期。", field="paid_on")


def _require_room(contract: ProjectContract, amount: Decimal, instead_of: Decimal = Decimal(0)) -> None:
    """The database refuses as well; here with the numbers."""
    room = contract.unpaid + instead_of
    if amount > room:
        raise Refused(
            f"合同和补充协议合计 {yuan(contract.agreed)} 元，还可付 {yuan(room)} 元，"
            f"付 {yuan(amount)} 元就超过了。{ADD_FIRST}",
            field="amount",
        )


def _held(contract: ProjectContract) -> ProjectContract:
    """The contract as it stands, locked: two payments at once see each other."""
    row: Any = ProjectContract.objects.select_for_update().get(pk=contract.pk)
    if row.is_archived:
        raise Refused(f"合同“{row}”已归档，不能再登记。")
    found: ProjectContract = row
    return found


def _refuse_future(day: date, field: str) -> None:
    if day > timezone.localdate():
        raise Refused("日期不能晚于今天。", field=field)


def _place(row: Any) -> dict[str, Any]:
    return {"union_id": row.union_id, "county_id": row.county_id}
