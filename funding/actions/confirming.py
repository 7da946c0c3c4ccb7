"""A shop agrees with its month, or objects: on its own phone, or on paper and recorded by the union."""

from typing import Any

from django.http import Http404
from django.utils import timezone

from cases.models import CheckInDevice
from core import checks
from core.actions import Refused, Stale, action, change
from core.rights import Right
from funding.actions.drafting import move_on, unconfirmed
from funding.actions.months import held_month, require_open
from funding.models import Settlement, SettlementLine
from unions.models import Account

ON_PHONE = "门店手机"


@action(
    "funding.confirm_line", label="登记门店确认", right=Right.EDIT_FUNDING, target="row", within="settlement"
)
def confirm_line(*, by: Account, row: SettlementLine, how: str) -> SettlementLine:
    """The shop agrees with its numbers: on paper or by telephone, recorded by the union."""
    words = _way(how)
    require_open(row.settlement)
    return _confirmed(row, by, words)


@action("funding.confirm_lines", label="成批登记门店确认", right=Right.EDIT_FUNDING, target="row")
def confirm_lines(*, by: Account, row: Settlement, how: str) -> Settlement:
    """All shops that still have to confirm do, in the same way; one that objects is answered singly."""
    words = _way(how)
    require_open(row)
    waiting = unconfirmed(row).filter(objected_at__isnull=True).order_by("pk").select_for_update()
    confirmed = [_confirm(line, by, words) for line in waiting]
    if not confirmed:
        raise Refused("没有等待确认的门店。有异议的门店，请逐家核对后在它的页面登记确认。")
    move_on(row)
    return row


def _way(how: str) -> str:
    words = checks.written(how)
    if not words:
        raise Refused("请写明怎样确认的，如“盖章对账单”。", field="how")
    return words


@action("funding.confirm_own_line", label="门店确认对账", right=Right.CHECK_IN)
def confirm_own_line(*, by: Account, line: SettlementLine, seen: int) -> SettlementLine:
    """The shop agrees on its phone with the numbers it saw: those of version `seen`."""
    return _confirmed(_own(line, by, seen), by, ON_PHONE)


@action("funding.object_to_line", label="门店提出异议", right=Right.CHECK_IN, reason_in="words")
def object_to_line(*, by: Account, line: SettlementLine, seen: int, words: str) -> SettlementLine:
    """The shop does not agree and says why; the month waits until it does."""
    reason = checks.written(words)
    if not reason:
        raise Refused("请写明哪里不对，如“1月9日少记3份”。", field="words")
    line = _own(line, by, seen)
    change(line, **_NOT_CONFIRMED, objection=reason, objected_at=timezone.now())
    move_on(line.settlement)
    return line


_NOT_CONFIRMED: dict[str, Any] = {"confirmed_at": None, "confirmed_by": None, "confirmed_how": ""}


def _own(line: SettlementLine, by: Account, seen: int) -> SettlementLine:
    """The line of the account's own shop, held with its month, if it still says what the shop saw."""
    if not CheckInDevice.objects.filter(shop=line.shop_id, account=by).exists():
        raise Http404
    require_open(held_month(line.settlement))
    held: SettlementLine = SettlementLine.objects.select_for_update().get(pk=line.pk)
    if held.version != seen:
        raise Stale("这个月的数字刚有变动。请核对下面最新的数字，再确认一次。")
    return held


def _confirmed(line: SettlementLine, by: Account, how: str) -> SettlementLine:
    if line.confirmed_at is not None:
        raise Refused("门店已经确认过。")
    _confirm(line, by, how)
    move_on(line.settlement)
    return line


def _confirm(line: SettlementLine, by: Account, how: str) -> SettlementLine:
    change(
        line,
        confirmed_at=timezone.now(),
        confirmed_by=by,
        confirmed_how=how,
        objection="",
        objected_at=None,
    )
    return line
