"""What the page of a month shows: three numbers side by side, shops, exceptions, payers, what to do next."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from cases.models import MealDoubt
from core.money import yuan
from funding.actions.current import meals_moved
from funding.actions.months import without_statement
from funding.models import (
    Decision,
    ExceptionReason,
    Settlement,
    SettlementException,
    SettlementLine,
    SettlementShare,
    SettlementStage,
    ShopStatement,
)
from funding.settlement.by_day import Entry, by_day, payers, shares_of
from funding.settlement.discounts import discount_notices
from funding.settling.capitals import capitals
from funding.settling.splitting import ZERO

LINE_HEADS = (
    "门店",
    "打卡",
    "门店报数",
    "待定和有异议",
    "结算",
    "更正",
    "面值（元）",
    "更正面值（元）",
    "应付（元）",
    "门店确认",
    "付款",
)
LINE_NUMERIC = frozenset(LINE_HEADS[1:9])


def month_page(row: Settlement, account: Any) -> dict[str, Any]:
    """For templates/funding/settlement.html."""
    lines = list(_lines(row, account))
    return {
        "match": _match(row, lines, account),
        "money": _money(row, lines, account),
        "shops": _shops(row, lines),
        "doubts": _doubts(row, account),
        "payers": _payers(row, account),
        "notices": discount_notices(row, account),
        "next_step": _next_step(row, lines, account),
        "downloads": _downloads(row),
    }


def _lines(row: Settlement, account: Any) -> Any:
    found = SettlementLine.objects.visible_to(account).filter(settlement=row)
    return found.named().select_related("shop").prefetch_related("payments").order_by("shop__name", "pk")


def _within(row: Settlement) -> str:
    """The month as the lists' filters write it."""
    return urlencode({"programme": row.programme_id, "month": row.month.strftime("%Y-%m")})


def _meals_url(row: Settlement, **more: Any) -> str:
    last = row.following.toordinal() - 1
    query = {"programme": row.programme_id, "first": row.month, "until": row.month.fromordinal(last), **more}
    return f"{reverse('meals-list')}?{urlencode(query)}"


def _match(row: Settlement, lines: list[SettlementLine], account: Any) -> list[dict[str, Any]]:
    """Who could have eaten, who did, what the shops say: each number opens its rows."""
    stated = ShopStatement.objects.visible_to(account).filter(
        shop__programme=row.programme_id, month=row.month, archived_at__isnull=True
    )
    told = stated.aggregate(meals=Sum("meals"), shops=Count("pk"))
    recorded = sum(line.meals_recorded for line in lines)
    share = (
        f"打卡占 {100 * recorded / row.eligible_days:.1f}%" if row.eligible_days else "没有登记职工或供餐日"
    )
    return [
        {
            "label": "应就餐",
            "value": f"{row.eligible_days:,} 人天",
            "note": f"登记职工×供餐日；{share}",
            "url": f"{reverse('enrolments-list')}?programme={row.programme_id}",
        },
        {"label": "打卡", "value": f"{recorded:,} 份", "note": "一人一天最多一份", "url": _meals_url(row)},
        {
            "label": "门店报数",
            "value": f"{told['meals']:,} 份" if told["shops"] else "",
            "note": f"{told['shops']} 家已报，共 {len(lines)} 家",
            "url": f"{reverse('shop_statements-list')}?{_within(row)}" if told["shops"] else "",
        },
        {
            "label": "待定和有异议",
            "value": f"{sum(line.meals_withheld for line in lines):,} 份",
            "note": "不付，留在档案里",
            "url": f"{reverse('settlement_exceptions-list')}?{_within(row)}&meals=withheld",
        },
        {
            "label": "结算",
            "value": f"{sum(line.meals_valid for line in lines):,} 份",
            "note": "打卡减去待定和有异议的",
            "url": f"{reverse('settlement_lines-list')}?{_within(row)}",
        },
    ]


def _money(row: Settlement, lines: list[SettlementLine], account: Any) -> list[dict[str, Any]]:
    payable = sum((line.payable for line in lines), ZERO)
    paid = sum((line.payable for line in lines if line.payment), ZERO)
    returned = sum((line.payable for line in lines if line.last_return), ZERO)
    corrected = sum((line.correction_amount for line in lines), ZERO)
    facts = [
        {"label": "面值合计", "value": f"{yuan(sum((line.amount for line in lines), ZERO))} 元"},
        {"label": "应付门店", "value": f"{yuan(payable)} 元", "note": capitals(payable)},
        {"label": "已付", "value": f"{yuan(paid)} 元", "url": _payments_url(row)},
    ]
    if returned:
        facts.append({"label": "退回待重付", "value": f"{yuan(returned)} 元", "badge": "warn"})
    if corrected:
        facts.insert(1, {"label": "以前月份更正面值", "value": f"{yuan(corrected)} 元"})
    return facts


def _payments_url(row: Settlement) -> str:
    return f"{reverse('settlement_payments-list')}?{_within(row)}"


def _shops(row: Settlement, lines: list[SettlementLine]) -> dict[str, Any]:
    return {
        "columns": [{"label": head, "numeric": head in LINE_NUMERIC} for head in LINE_HEADS],
        "rows": [_shop(row, line) for line in lines],
    }


DAY_HEADS = ("日期", "打卡", "门店报数", "未付", "结算", "面值（元）", "应付（元）")


def line_page(row: SettlementLine, account: Any) -> dict[str, Any]:
    """For templates/funding/settlement_line.html: the line by day, each day opening its check-ins."""
    month = row.settlement
    shares = shares_of(account, line=row)
    public = [name for name, is_public in payers(shares).items() if is_public]
    [found] = by_day(month, [row], shares)
    return {
        "days": {
            "columns": [{"label": head, "numeric": head != DAY_HEADS[0]} for head in DAY_HEADS],
            "rows": [_day(month, row, entry, public) for entry in found.entries],
        }
    }


def _day(month: Settlement, line: SettlementLine, entry: Entry, public: list[str]) -> dict[str, Any]:
    payable = sum((entry.amounts.get(name, ZERO) for name in public), ZERO)
    told = "—" if entry.stated is None else f"{entry.stated:,}"
    texts = (
        str(entry.day) if entry.day else entry.words,
        f"{entry.recorded:,}",
        told,
        f"{entry.withheld:,}",
        f"{entry.valid:,}",
        yuan(entry.total),
        yuan(payable),
    )
    cells = [
        {"text": text, "label": head, "numeric": head != DAY_HEADS[0]}
        for head, text in zip(DAY_HEADS, texts, strict=True)
    ]
    differs = entry.stated is not None and entry.stated != entry.recorded
    day = {"first": entry.day, "until": entry.day, "at": line.shop_id}
    url = _meals_url(month, **day) if entry.day else ""
    return {"url": url, "cells": cells, "tone": "warn" if differs or entry.withheld or not entry.day else ""}


def _paid(line: SettlementLine) -> str:
    if line.payment:
        return f"{line.payment.paid_on}"
    return line.payment_state if line.last_return else "—"


def _shop(row: Settlement, line: SettlementLine) -> dict[str, Any]:
    texts = (
        line.shop_name,
        f"{line.meals_recorded:,}",
        "—" if line.meals_stated is None else f"{line.meals_stated:,}",
        f"{line.meals_withheld:,}",
        f"{line.meals_valid:,}",
        f"{line.correction_meals:+,}" if line.correction_meals else "—",
        yuan(line.amount),
        yuan(line.correction_amount) if line.correction_meals else "—",
        yuan(line.payable),
        "已确认" if line.confirmed_at else "有异议" if line.objection else "待确认",
        _paid(line),
    )
    cells = [
        {"text": text, "label": head, "numeric": head in LINE_NUMERIC}
        for head, text in zip(LINE_HEADS, texts, strict=True)
    ]
    cells[9]["badge"] = "ok" if line.confirmed_at else "bad" if line.objection else "muted"
    if line.last_return:
        cells[10]["badge"] = "warn"
    cells[1]["url"] = _meals_url(row, at=line.shop_id)
    differs = line.meals_stated is not None and line.meals_stated != line.meals_recorded
    return {
        "url": reverse("settlement_lines-detail", args=[line.pk]),
        "pk": line.pk,
        "tone": "warn" if differs or line.meals_withheld or line.objection else "",
        "cells": cells,
    }


DOUBT_HEADS = ("疑点", "待定", "认可", "有异议")


def _doubts(row: Settlement, account: Any) -> dict[str, Any]:
    """Exceptions by reason, each number with its rows."""
    found = SettlementException.objects.visible_to(account).filter(settlement=row)
    counted = (
        found.order_by()
        .values("reason")
        .annotate(**{decision: Count("pk", filter=Q(decision=decision)) for decision in Decision.values})
    )
    by_reason = {part["reason"]: part for part in counted}
    base = f"{reverse('settlement_exceptions-list')}?{_within(row)}"
    rows = []
    for reason, label in ExceptionReason.choices:
        part = by_reason.get(reason)
        if part:
            numbers = [part[decision] for decision in Decision.values]
            cells = [{"text": label, "label": DOUBT_HEADS[0]}] + [
                {
                    "text": f"{number:,}",
                    "label": head,
                    "numeric": True,
                    "url": f"{base}&reason={reason}&decision={decision}" if number else "",
                }
                for head, number, decision in zip(DOUBT_HEADS[1:], numbers, Decision.values, strict=True)
            ]
            rows.append(
                {"url": f"{base}&reason={reason}", "cells": cells, "tone": "warn" if numbers[0] else ""}
            )
    columns = [{"label": head, "numeric": head != DOUBT_HEADS[0]} for head in DOUBT_HEADS]
    return {"columns": columns, "rows": rows}


PAYER_HEADS = ("承担方", "付款", "本月（元）", "更正（元）", "合计（元）", "大写")


def payer_sums(row: Settlement, account: Any) -> list[dict[str, Any]]:
    """What each payer bears of the month: its own meals, corrections, both."""
    shares: Any = SettlementShare.objects.visible_to(account).filter(settlement=row).named()
    sums: dict[tuple[str, int | None], dict[str, Any]] = {}
    for share in (
        shares.order_by()
        .values("share__payer", "share__source", "source_name")
        .annotate(
            own=Sum("amount", filter=Q(correction__isnull=True)),
            corrected=Sum("amount", filter=Q(correction__isnull=False)),
        )
        .order_by("share__payer", "source_name")
    ):
        key = (share["share__payer"], share["share__source"])
        sums[key] = {
            "name": share["source_name"] or dict(_PAYERS)[share["share__payer"]],
            "is_public": share["share__source"] is not None,
            "own": share["own"] or ZERO,
            "corrected": share["corrected"] or ZERO,
        }
    return sorted(sums.values(), key=lambda part: (not part["is_public"], part["name"]))


_PAYERS = (("merchant", "商家让利"), ("worker", "职工个人"))


def _payers(row: Settlement, account: Any) -> dict[str, Any]:
    parts = payer_sums(row, account)
    rows = [
        _payer(part["name"], "由工会付给门店" if part["is_public"] else "不经工会", part) for part in parts
    ]
    public = [part for part in parts if part["is_public"]]
    whole = {key: sum((part[key] for part in public), ZERO) for key in ("own", "corrected")}
    rows.append(_payer("应付门店合计", "由工会付给门店", {"is_public": True, **whole}))
    numeric = PAYER_HEADS[2:5]
    return {
        "columns": [{"label": head, "numeric": head in numeric} for head in PAYER_HEADS],
        "rows": rows,
    }


def _payer(name: str, how: str, part: dict[str, Any]) -> dict[str, Any]:
    """Only what the union pays is written out as on a voucher."""
    total: Decimal = part["own"] + part["corrected"]
    words = capitals(total) if part["is_public"] else ""
    texts = (name, how, yuan(part["own"]), yuan(part["corrected"]), yuan(total), words)
    cells = [
        {"text": text, "label": head, "numeric": head in PAYER_HEADS[2:5]}
        for head, text in zip(PAYER_HEADS, texts, strict=True)
    ]
    return {"url": "", "cells": cells}


def _next_step(row: Settlement, lines: list[SettlementLine], account: Any) -> str:
    """What the month waits for, as a sentence."""
    if row.stage in (SettlementStage.DRAFTED, SettlementStage.CONFIRMED):
        return _before_check(row, lines, account)
    if row.stage == SettlementStage.CHECKED and meals_moved(row):
        return f"已由{row.checked_by}核对，但生成之后又有就餐记录变动。请先退回，再重新生成。"
    returned = sum(line.last_return is not None for line in lines)
    if returned:
        return f"{returned} 家门店的付款被银行退回。请向门店核对账号，再登记付款，填写新的凭证号。"
    return {
        SettlementStage.CHECKED: f"已由{row.checked_by}核对，等待另一个有“批准结算”权限的账号批准。",
        SettlementStage.APPROVED: "已批准，数字不再改动。请付款并登记凭证号。",
        SettlementStage.PAID: "已付清，支出已记入资金明细。可以归档。有付款被银行退回的，点开“已付”，在那笔付款上登记退回。",
        SettlementStage.CLOSED: "已归档。多付、少付的请打开门店那一行登记更正，记入以后的月份；付款被银行退回的，点开“已付”登记退回。",
    }[SettlementStage(row.stage)]


def _before_check(row: Settlement, lines: list[SettlementLine], account: Any) -> str:
    found = SettlementException.objects.visible_to(account).filter(settlement=row)
    doubts = found.filter(decision=Decision.OPEN).count()
    objecting = sum(bool(line.objection) for line in lines)
    waiting = sum(line.confirmed_at is None and bool(line.meals_recorded or line.payable) for line in lines)
    raised = _raised_since(row, found, account)
    changes = ["生成之后又有就餐记录变动"] if meals_moved(row) else []
    changes += [f"有 {raised} 份早餐新提出了疑问"] if raised else []
    todo = [f"重新生成（{'，'.join(changes)}）"] if changes else []
    todo += [f"处理 {doubts} 个疑点"] if doubts else []
    todo += [f"答复 {objecting} 家门店的异议"] if objecting else []
    todo += [f"等 {waiting} 家门店确认"] if waiting else []
    said = f"还要{'，'.join(todo)}，才能核对。" if todo else "疑点已处理，门店都已确认，可以核对。"
    silent = [line.shop_name for line in lines if line.meals_recorded and line.meals_stated is None]
    return said + (without_statement(silent) if silent else "")


def _raised_since(row: Settlement, listed: Any, account: Any) -> int:
    """How many meals of the month the union doubts that the month, as it was worked out, does not list."""
    doubts = MealDoubt.objects.visible_to(account).filter(
        archived_at__isnull=True,
        meal__programme=row.programme_id,
        meal__served_on__gte=row.month,
        meal__served_on__lt=row.following,
    )
    return doubts.exclude(meal__in=listed.filter(reason=ExceptionReason.RAISED).values("meal")).count()


def _downloads(row: Settlement) -> list[dict[str, str]]:
    return [
        {"label": "结算单（Excel）", "url": reverse("settlements-sheet", args=[row.pk])},
        {"label": "结算单（PDF）", "url": reverse("settlements-print", args=[row.pk])},
    ]
