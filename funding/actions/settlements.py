"""What is done to a month before it is paid: worked out, decided on, checked, approved.

Every action holds the month's row, so two people at once act one after the other, and the second one finds
what the first one did.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from cases.actions import held
from cases.models import PartnerShop, Programme
from core import checks
from core.actions import Refused, action, change, restore, save_new
from core.rights import Right
from core.words import first_few
from funding.actions.current import require_current
from funding.actions.drafting import count, move_on, unconfirmed, work_out
from funding.actions.months import NAMED, place_of, require_open, without_statement
from funding.models import (
    Decision,
    Settlement,
    SettlementException,
    SettlementStage,
    ShopStatement,
    StatementChannel,
)
from funding.models.settlements import next_month
from funding.settling.days import keep_days, read_days
from funding.settling.wording import NotUnderstood
from unions.models import Account


@action("funding.draft_month", label="生成月结算", right=Right.EDIT_FUNDING)
def draft_month(*, by: Account, programme: Programme, month: date) -> Settlement:
    """Work out a month that is over; again and again gives the same and keeps what was decided."""
    programme = held(programme)
    month = month.replace(day=1)
    if not programme.serves_meals:
        raise Refused("这类项目没有就餐，不做月结算。", field="programme")
    if next_month(month) > timezone.localdate():
        raise Refused("这个月还没有过完，月底之后再生成。", field="month")
    if month < programme.started_on.replace(day=1):
        raise Refused(f"项目从 {programme.started_on} 开始，这个月还没有就餐。", field="month")
    fresh = Settlement(**place_of(programme), programme=programme, month=month)
    Settlement.objects.bulk_create([fresh], ignore_conflicts=True)
    settlement = Settlement.objects.select_for_update().get(programme=programme, month=month)
    require_open(settlement)
    work_out(settlement)
    return settlement


@action("funding.redraft_month", label="重新生成月结算", right=Right.EDIT_FUNDING, target="row")
def redraft_month(*, by: Account, row: Settlement) -> Settlement:
    require_open(row)
    work_out(row)
    return row


# --- exceptions and statements


def _decide(exceptions: Any, by: Account, decision: str, words: str) -> int:
    reason = checks.written(words)
    if decision not in (Decision.ACCEPTED, Decision.DISPUTED):
        raise Refused("请选择认可或有异议。", field="decision")
    if not reason:
        raise Refused("请写明理由。", field="words")
    decided: int = exceptions.update(
        decision=decision,
        decision_reason=reason,
        decided_by=by,
        decided_at=timezone.now(),
        version=F("version") + 1,
    )
    return decided


@action(
    "funding.decide_exceptions",
    label="处理结算疑点",
    right=Right.EDIT_FUNDING,
    target="row",
    reason_in="words",
)
def decide_exceptions(
    *,
    by: Account,
    row: Settlement,
    decision: str,
    words: str,
    kind: str = "",
    shop: PartnerShop | None = None,
) -> Settlement:
    """Decide every open exception of a kind, of a shop or of the whole month at once."""
    require_open(row)
    found = row.exceptions.filter(decision=Decision.OPEN)
    found = found.filter(reason=kind) if kind else found
    found = found.filter(shop=shop) if shop else found
    if not _decide(found, by, decision, words):
        raise Refused("没有符合条件的待定疑点。")
    count(row)
    return row


@action(
    "funding.decide_exception",
    label="处理疑点",
    right=Right.EDIT_FUNDING,
    target="row",
    within="settlement",
    reason_in="words",
)
def decide_exception(
    *, by: Account, row: SettlementException, decision: str, words: str
) -> SettlementException:
    """Decide one exception; until the month is checked the decision may be changed."""
    require_open(row.settlement)
    _decide(SettlementException.objects.filter(pk=row.pk), by, decision, words)
    count(row.settlement)
    return row


def _recount(shop: PartnerShop, month: date) -> None:
    """A statement belongs to the month that is being worked on; a checked one is not moved under anybody."""
    settlement = (
        Settlement.objects.select_for_update().filter(programme=shop.programme_id, month=month).first()
    )
    if settlement is not None:
        require_open(settlement)
        count(settlement)


@action("funding.state_meals", label="登记门店报数", right=Right.EDIT_FUNDING)
def state_meals(
    *,
    by: Account,
    shop: PartnerShop,
    month: date,
    meals: int,
    days: str = "",
    amount: Decimal | None = None,
    stated_on: date | None = None,
    note: str = "",
) -> ShopStatement:
    """What the shop says it served in the month."""
    month = month.replace(day=1)
    if (
        ShopStatement.objects.visible_to(by)
        .filter(shop=shop, month=month, archived_at__isnull=False)
        .exists()
    ):
        raise Refused(
            "这家门店这个月的报数已归档。请在门店报数的名单里选“已归档”，打开它按“恢复”，再修改。",
            field="month",
        )
    statement = ShopStatement(
        **place_of(shop),
        shop=shop,
        month=month,
        meals=meals,
        days=_days(days, month, meals),
        amount=amount,
        stated_on=stated_on or timezone.localdate(),
        channel=StatementChannel.CLERK,
        note=note,
    )
    _require_past(statement)
    save_new(statement)
    _recount(shop, month)
    return statement


def _days(text: str, month: date, meals: int) -> str:
    """The counts by day as they are kept; the database asks again whether they come to the month's."""
    if not text.strip():
        return ""
    try:
        days = read_days(text, month)
    except NotUnderstood as problem:
        raise Refused(str(problem), field="days") from problem
    if sum(days) != meals:
        raise Refused(f"逐日合计 {sum(days)} 份，报数 {meals} 份。请核对。", field="days")
    return keep_days(days)


def _require_past(statement: ShopStatement) -> None:
    if statement.month > timezone.localdate():
        raise Refused("月份不能晚于今天。", field="month")
    if statement.stated_on > timezone.localdate():
        raise Refused("报数日期不能晚于今天。", field="stated_on")


@action("funding.change_statement", label="修改门店报数", right=Right.EDIT_FUNDING, target="row")
def change_statement(*, by: Account, row: ShopStatement, **values: Any) -> ShopStatement:
    values.pop("shop", None)
    values.pop("month", None)
    if "days" in values:
        values["days"] = _days(values["days"], row.month, values.get("meals", row.meals))
    change(row, **values)
    _require_past(row)
    _recount(row.shop, row.month)
    return row


@action("funding.archive_statement", label="归档门店报数", right=Right.EDIT_FUNDING, target="row")
def archive_statement(*, by: Account, row: ShopStatement) -> ShopStatement:
    change(row, archived_at=timezone.now())
    _recount(row.shop, row.month)
    return row


@action("funding.restore_statement", label="恢复门店报数", right=Right.EDIT_FUNDING, target="row")
def restore_statement(*, by: Account, row: ShopStatement) -> ShopStatement:
    restore(row)
    _recount(row.shop, row.month)
    return row


# --- check, approval


@action("funding.check_month", label="核对月结算", right=Right.EDIT_FUNDING, target="row")
def check_month(*, by: Account, row: Settlement, without_statements: bool = False) -> Settlement:
    """Everything is decided and confirmed, and generating the month now would give the same.

    Shops that served and stated nothing are paid by their check-ins only if `without_statements` says so.
    """
    require_open(row)
    if not row.lines.exists():
        raise Refused("这个月没有门店，没有可核对的内容。")
    open_ones = row.exceptions.filter(decision=Decision.OPEN).count()
    if open_ones:
        raise Refused(f"还有 {open_ones} 个疑点没有处理，请先逐个或成批处理。")
    _require_confirmed(row)
    silent = [str(line.shop) for line in row.lines.without_statement().select_related("shop")]
    if silent and not without_statements:
        raise Refused(
            f"还有 {without_statement(silent)}请补登记报数；不再等的，勾选“没有报数的门店按打卡结算”并写明理由。",
            field="without_statements",
        )
    require_current(row)
    change(row, stage=SettlementStage.CHECKED, checked_by=by, checked_at=timezone.now())
    return row


def _require_confirmed(settlement: Settlement) -> None:
    waiting = list(unconfirmed(settlement).select_related("shop"))
    objections = [f"“{line.shop}”{line.objection}" for line in waiting if line.objection]
    if objections:
        named = first_few(objections, NAMED)
        raise Refused(f"有异议的门店 {len(objections)} 家：{named}。请先处理，再请门店确认。")
    if waiting:
        named = first_few([str(line.shop) for line in waiting], NAMED)
        raise Refused(
            f"还没有确认的门店 {len(waiting)} 家：{named}。请门店在手机上确认，或登记纸面确认（可以成批）。"
        )


@action("funding.return_month", label="退回月结算", right=Right.EDIT_FUNDING, target="row")
def return_month(*, by: Account, row: Settlement) -> Settlement:
    """Back to where it can be changed; the reason stands in the audit trail."""
    if row.stage != SettlementStage.CHECKED:
        raise Refused("只有已核对、还没有批准的结算可以退回。")
    change(row, stage=SettlementStage.DRAFTED, checked_by=None, checked_at=None)
    move_on(row)
    return row


@action("funding.approve_month", label="批准月结算", right=Right.APPROVE, target="row")
def approve_month(*, by: Account, row: Settlement) -> Settlement:
    """Somebody other than who checked it; from now on the month never changes."""
    if row.is_frozen:
        raise Refused(f"{row.month_text}的结算已经批准。")
    if row.stage != SettlementStage.CHECKED:
        raise Refused("这个月的结算还没有核对，不能批准。")
    if row.checked_by_id == by.pk:
        raise Refused("核对人不能批准自己核对的结算，请由另一个账号批准。")
    require_current(row)
    change(row, stage=SettlementStage.APPROVED, approved_by=by, approved_at=timezone.now())
    return row
