"""What can be done to the shops of a programme, from the application to the end of the last contract."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone

from cases.actions.shared import held, place_of, require_current, require_not_future
from cases.late_meals import at_shop, require_unsettled, why_settled
from cases.models import (
    MealQuerySet,
    PartnerShop,
    PauseKind,
    Programme,
    ShopContract,
    ShopInspection,
    ShopPause,
    ShopStage,
)
from cases.months import month_to_approve
from core.actions import Refused, action, change, restore, save_new
from core.evidence import kept
from core.models import StoredFile
from core.rights import Right
from unions.models import Account

DAY = timedelta(days=1)
# From which stages a contract that is corrected brings the shop back under contract.
MAY_GO_ON = (ShopStage.INSPECTED, ShopStage.CONTRACTED, ShopStage.ENDED)


@action("cases.add_shop", label="登记门店", right=Right.EDIT_CASES)
def add_shop(
    *,
    by: Account,
    programme: Programme,
    name: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    contract_no: str = "",
    discount: Decimal | None = None,
    **values: Any,
) -> PartnerShop:
    """A shop that applies; with `valid_from`, one that already serves under a contract."""
    programme = held(programme)
    require_current(programme)
    if not programme.serves_meals:
        raise Refused("这类项目没有供餐门店。")
    stage = ShopStage.APPLIED if valid_from is None else ShopStage.CONTRACTED
    shop = PartnerShop(**place_of(programme), programme=programme, name=name.strip(), stage=stage, **values)
    save_new(shop)
    if valid_from is not None:
        _contract(shop, valid_from, valid_to, contract_no, discount)
    elif valid_to is not None or discount is not None or contract_no:
        raise Refused("请填写合同起始日期；还没有签约的，合同各项都不填。", field="valid_from")
    return shop


@action("cases.change_shop", label="修改门店", right=Right.EDIT_CASES, target="row")
def change_shop(*, by: Account, row: PartnerShop, **values: Any) -> PartnerShop:
    """What describes the shop; programme, stage and contracts have their own verbs."""
    values.pop("programme", None)
    if "name" in values:
        values["name"] = values["name"].strip()
    change(row, **values)
    return row


@action("cases.inspect_shop", label="登记检查", right=Right.EDIT_CASES, target="row")
def inspect_shop(
    *, by: Account, row: PartnerShop, inspected_on: date, passed: bool, findings: str = ""
) -> PartnerShop:
    """A visit. The first that is passed opens the way to a contract, also for a shop that was refused or ended."""
    require_not_future(inspected_on, "inspected_on")
    _require_kept(row)
    findings = findings.strip()
    if not passed and not findings:
        raise Refused("检查不合格的，要写明情况。", field="findings")
    inspection = ShopInspection(
        **place_of(row), shop=row, inspected_on=inspected_on, passed=passed, findings=findings
    )
    save_new(inspection)
    if passed and row.stage != ShopStage.CONTRACTED:
        change(row, stage=ShopStage.INSPECTED, refusal="")
    return row


@action("cases.refuse_shop", label="不予通过", right=Right.EDIT_CASES, target="row")
def refuse_shop(*, by: Account, row: PartnerShop, refusal: str) -> PartnerShop:
    """The application is turned down, with the cause that the shop is told."""
    _require_kept(row)
    if row.stage not in (ShopStage.APPLIED, ShopStage.INSPECTED):
        raise Refused(f"“{row}”{row.get_stage_display()}，不能再不予通过。")
    change(row, stage=ShopStage.REFUSED, refusal=refusal.strip())
    return row


@action("cases.sign_contract", label="签订合同", right=Right.EDIT_CASES, target="row")
def sign_contract(
    *,
    by: Account,
    row: PartnerShop,
    valid_from: date,
    valid_to: date | None = None,
    contract_no: str = "",
    discount: Decimal | None = None,
    evidence: UploadedFile | None = None,
) -> PartnerShop:
    """The first contract, or the next one."""
    _require_ready(row, ShopStage.INSPECTED, ShopStage.CONTRACTED)
    with kept(evidence, by=by, place=place_of(row)) as stored:
        _contract(row, valid_from, valid_to, contract_no, discount, stored)
    change(row, stage=ShopStage.CONTRACTED)
    return row


@action("cases.attach_contract", label="上传合同文件", right=Right.EDIT_CASES, target="row")
def attach_contract(*, by: Account, row: PartnerShop, evidence: UploadedFile) -> PartnerShop:
    """The scanned paper of the shop's newest contract; another one takes the place of the first."""
    contract = row.newest_contract
    if contract is None:
        raise Refused(f"“{row}”还没有合同。请先签订合同。")
    with kept(evidence, by=by, place=place_of(row)) as stored:
        change(contract, evidence=stored)
    return row


@action("cases.correct_contract", label="更正合同", right=Right.EDIT_CASES, target="row")
def correct_contract(
    *,
    by: Account,
    row: PartnerShop,
    valid_from: date,
    valid_to: date | None = None,
    contract_no: str = "",
    discount: Decimal | None = None,
) -> PartnerShop:
    """The shop's newest contract as it was signed, where it was registered wrongly: all of it as given.

    No meal of an approved month may fall out of it. A shop that was ended on a wrong day is under contract again
    where the right one is still to come or not known.
    """
    _require_kept(row)
    contract = row.newest_contract
    if contract is None:
        raise Refused(f"“{row}”还没有合同。请先签订合同。")
    _require_discount(row, discount)
    if valid_to is not None and valid_to <= valid_from:
        raise Refused("终止日期必须晚于起始日期。", field="valid_to")
    if valid_from > contract.valid_from:
        _require_no_settled(at_shop(row, contract.valid_from, valid_from), "valid_from")
    if valid_to is not None and (contract.valid_to is None or valid_to < contract.valid_to):
        _require_no_settled(at_shop(row, valid_to, contract.valid_to), "valid_to")
    goes_on = row.stage != ShopStage.CONTRACTED and lasts(valid_to, contract.valid_to)
    if goes_on:
        _require_ready(row, *MAY_GO_ON)
    given = {"valid_from": valid_from, "valid_to": valid_to, "discount": discount}
    is_changed = change(contract, contract_no=contract_no.strip(), **given)
    if goes_on:
        change(row, stage=ShopStage.CONTRACTED)
    elif not is_changed:
        raise Refused("合同没有改动。")
    return row


def lasts(valid_to: date | None, registered: date | None) -> bool:
    """Whether a contract that is corrected goes on: its end is open, or moved to a day that is still to come."""
    return valid_to is None or (valid_to != registered and valid_to > timezone.localdate())


def _require_no_settled(meals: MealQuerySet, field: str) -> None:
    if why_settled(meals):
        raise Refused(
            "改后的合同不包括已批准月份里的就餐，已批准的月份不能再变。多付的请在那个月门店那一行登记更正。",
            field=field,
        )


def _require_discount(shop: PartnerShop, discount: Decimal | None) -> None:
    most = shop.programme.face_value
    if discount is not None and most is not None and discount > most:
        raise Refused(f"每份让利不能多于每份标准 {most} 元。", field="discount")


def _contract(
    shop: PartnerShop,
    valid_from: date,
    valid_to: date | None,
    contract_no: str,
    discount: Decimal | None,
    evidence: StoredFile | None = None,
) -> None:
    _require_discount(shop, discount)
    contract = ShopContract(
        **place_of(shop),
        shop=shop,
        valid_from=valid_from,
        valid_to=valid_to,
        contract_no=contract_no.strip(),
        discount=discount,
        evidence=evidence,
    )
    save_new(contract)


@action("cases.end_shop", label="终止合同", right=Right.EDIT_CASES, target="row")
def end_shop(*, by: Account, row: PartnerShop, valid_to: date) -> PartnerShop:
    """The contract holds until before `valid_to`, also where meals were recorded after it (`late_meals`)."""
    later = Q(valid_to__isnull=True) | Q(valid_to__gt=valid_to)
    contract = row.contracts.filter(later, archived_at__isnull=True).order_by("valid_from").last()
    if contract is None:
        raise Refused(f"“{row}”没有在 {valid_to} 以后还有效的合同。", field="valid_to")
    require_unsettled(at_shop(row, valid_to, contract.valid_to), "valid_to")
    change(contract, valid_to=valid_to)
    change(row, stage=ShopStage.ENDED)
    return row


@action("cases.pause_shop", label="登记停供", right=Right.EDIT_CASES, target="row")
def pause_shop(*, by: Account, row: PartnerShop, first: date, last: date, cause: str = "") -> PartnerShop:
    """Days off, both included, such as a festival or repairs."""
    _require_kept(row)
    if last < first:
        raise Refused("最后一天不能早于第一天。", field="last")
    require_unsettled(at_shop(row, first, last + DAY), "first")
    _pause(row, PauseKind.PAUSE, first, last + DAY, cause)
    return row


@action("cases.suspend_shop", label="暂停资格", right=Right.EDIT_CASES, target="row")
def suspend_shop(*, by: Account, row: PartnerShop, valid_from: date, cause: str) -> PartnerShop:
    """No service from that day until the suspension is lifted."""
    _require_kept(row)
    require_unsettled(at_shop(row, valid_from), "valid_from")
    _pause(row, PauseKind.SUSPENSION, valid_from, None, cause)
    return row


@action("cases.lift_suspension", label="恢复供餐", right=Right.EDIT_CASES, target="row")
def lift_suspension(*, by: Account, row: PartnerShop, valid_to: date) -> PartnerShop:
    """The suspension ends: `valid_to` is the first day with service again."""
    suspension = ShopPause.objects.open().filter(shop=row, kind=PauseKind.SUSPENSION).first()
    if suspension is None:
        raise Refused(f"“{row}”没有被暂停资格。")
    if valid_to <= suspension.valid_from:
        raise Refused(f"暂停从 {suspension.valid_from} 开始，恢复供餐的日期应在这之后。", field="valid_to")
    change(suspension, valid_to=valid_to)
    return row


@action("cases.cancel_pause", label="撤销停供", right=Right.EDIT_CASES, target="row")
def cancel_pause(*, by: Account, row: PartnerShop, pause: ShopPause) -> PartnerShop:
    """Days off or a suspension that were recorded by mistake: as if they had never been."""
    if pause.shop_id != row.pk or pause.is_archived:
        raise Refused("这段停供已经撤销，请刷新页面。", field="pause")
    change(pause, archived_at=timezone.now())
    return row


@action("cases.archive_shop", label="归档门店", right=Right.EDIT_CASES, target="row")
def archive_shop(*, by: Account, row: PartnerShop) -> PartnerShop:
    if (
        PartnerShop.objects.on(timezone.localdate()).filter(pk=row.pk).exists()
        or row.contracts.filter(valid_from__gt=timezone.localdate()).exists()
    ):
        raise Refused(f"“{row}”还有合同。请先终止合同，再归档。")
    if month := month_to_approve(row):
        raise Refused(
            f"“{row}”在{month.year}年{month.month}月有就餐，那个月的结算还没有批准。"
            "请先登记门店报数，在“月结算”生成、核对、批准那个月的结算，再归档。"
        )
    change(row, archived_at=timezone.now())
    return row


@action("cases.restore_shop", label="恢复门店", right=Right.EDIT_CASES, target="row")
def restore_shop(*, by: Account, row: PartnerShop) -> PartnerShop:
    if row.programme.is_archived:
        raise Refused(f"“{row.programme}”已归档。请先恢复服务项目，再恢复门店。")
    restore(row)
    return row


def _pause(shop: PartnerShop, kind: PauseKind, first: date, after: date | None, cause: str) -> None:
    pause = ShopPause(
        **place_of(shop), shop=shop, kind=kind, valid_from=first, valid_to=after, reason=cause.strip()
    )
    save_new(pause)


def _require_ready(shop: PartnerShop, *stages: ShopStage) -> None:
    """What has to hold for a shop to be under contract from here on."""
    _require_kept(shop)
    require_current(held(shop.programme))
    if shop.stage not in stages:
        raise Refused(f"“{shop}”{shop.get_stage_display()}。请先登记一次合格的检查，再签订合同。")


def _require_kept(shop: PartnerShop) -> None:
    if shop.is_archived:
        raise Refused(f"“{shop}”已归档，不能再登记。")
