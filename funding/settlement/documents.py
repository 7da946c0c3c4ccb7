"""The statement of a month and of one shop, as Excel and as PDF, with the amounts in Chinese capitals."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

from django.utils import timezone

from core import export, pdf
from core.actions import action
from core.money import yuan
from core.rights import Right
from funding.models import Payment, Settlement, SettlementLine, SettlementShare
from funding.settlement.by_day import by_day, payers, shares_of
from funding.settlement.pages import payer_sums
from funding.settling.capitals import capitals
from funding.settling.splitting import ZERO
from unions.models import Account

HEADS = (
    "门店",
    "打卡（份）",
    "门店报数（份）",
    "未付（份）",
    "结算（份）",
    "更正（份）",
    "面值合计（元）",
    "应付（元）",
)
SHARES = (3, 1, 1.2, 1, 1, 1, 1.5, 1.5)


def _lines(row: Settlement, account: Any) -> list[SettlementLine]:
    found = SettlementLine.objects.visible_to(account).filter(settlement=row)
    return list(found.select_related("shop").order_by("shop__name", "pk"))


def _cells(line: SettlementLine) -> tuple[Any, ...]:
    return (
        line.shop.name,
        line.meals_recorded,
        line.meals_stated,
        line.meals_withheld,
        line.meals_valid,
        line.correction_meals,
        line.amount + line.correction_amount,
        line.payable,
    )


def _total(lines: Sequence[SettlementLine]) -> tuple[Any, ...]:
    rows = [_cells(line) for line in lines]
    sums = [sum((row[column] or 0 for row in rows), 0) for column in range(1, len(HEADS))]
    return ("合计", *sums)


@action("funding.take_statement", label="下载结算单", right=Right.EXPORT, target="row")
def take_statement(*, by: Account, row: Settlement, stream: IO[bytes]) -> Settlement:
    """The month as Excel: shops, then payers; on sheets of their own every shop by day and what was paid."""
    lines = _lines(row, by)
    payers = [
        (part["name"], None, None, None, None, None, None, part["own"] + part["corrected"])
        for part in payer_sums(row, by)
    ]
    payable = sum((line.payable for line in lines), ZERO)
    whole = export.Sheet(
        title="月结算单",
        headers=HEADS,
        rows=[*map(_cells, lines), _total(lines), *payers],
        text_columns=[0],
        notes=[
            f"{row} 结算单（{row.get_stage_display()}）",
            f"应付合计（大写）：{capitals(payable)}",
            _taken(by),
        ],
    )
    days = _days_sheet(row, lines, by, notes=[])
    export.write_sheets(stream, [whole, days, *_paid_sheet(_payments(by, settlement=row))])
    return row


@action("funding.take_line", label="下载门店对账单", right=Right.EXPORT, target="row")
def take_line(*, by: Account, row: SettlementLine, stream: IO[bytes]) -> SettlementLine:
    """One shop's month as Excel: its days, which add up to the line, and what was paid."""
    month = row.settlement
    notes = [
        f"{row.shop} {month.month_text}对账单（{month.get_stage_display()}）",
        f"应付（大写）：{capitals(row.payable)}",
        _taken(by),
    ]
    days = _days_sheet(month, [row], by, notes=notes)
    export.write_sheets(stream, [days, *_paid_sheet(_payments(by, line=row))])
    return row


DAY_HEADS = ("门店", "日期", "打卡（份）", "门店报数（份）", "未付（份）", "结算（份）", "面值合计（元）")


def _days_sheet(
    month: Settlement, lines: Sequence[SettlementLine], account: Any, *, notes: Sequence[str]
) -> export.Sheet:
    """One row a shop and day, what was corrected below; the columns add up to those of the lines."""
    shares = shares_of(account, line__in=lines)
    names = payers(shares)
    public = [name for name, is_public in names.items() if is_public]
    rows = [
        (
            each.line.shop.name,
            entry.day or entry.words,
            entry.recorded,
            entry.stated,
            entry.withheld,
            entry.valid,
            entry.total,
            *(entry.amounts.get(name, ZERO) for name in names),
            sum((entry.amounts.get(name, ZERO) for name in public), ZERO),
        )
        for each in by_day(month, lines, shares)
        for entry in each.entries
    ]
    sums = (
        sum((row[column] or 0 for row in rows), 0) for column in range(2, len(DAY_HEADS) + len(names) + 1)
    )
    heads = (*DAY_HEADS, *(f"{name}（元）" for name in names), "应付（元）")
    return export.Sheet(
        title="按日", headers=heads, rows=[*rows, ("合计", "", *sums)], text_columns=[0], notes=notes
    )


def _paid_sheet(payments: Sequence[Payment]) -> list[export.Sheet]:
    if not payments:
        return []
    cells = [
        (
            payment.line.shop.name,
            payment.amount,
            payment.reference,
            payment.paid_on,
            payment.returned_on,
            payment.returned_reason,
        )
        for payment in payments
    ]
    total = ("合计（不含退回）", _standing(payments), "", None, None, "")
    heads = ("门店", "金额（元）", "付款凭证号", "付款日期", "退回日期", "退回原因")
    return [export.Sheet(title="付款", headers=heads, rows=[*cells, total], text_columns=[0, 2, 5])]


def _payments(account: Any, **of: Any) -> list[Payment]:
    """In the order in which they were made, the returned ones among them."""
    found = Payment.objects.visible_to(account).filter(**of).select_related("line__shop")
    return list(found.order_by("paid_on", "line__shop__name", "pk"))


def _standing(payments: Iterable[Payment]) -> Decimal:
    return sum((payment.amount for payment in payments if payment.returned_on is None), ZERO)


def _taken(by: Account) -> str:
    return f"{by.union} {by.username} {timezone.localtime():%Y-%m-%d %H:%M}"


@action("funding.print_statement", label="打印结算单", right=Right.EXPORT, target="row")
def print_statement(*, by: Account, row: Settlement, stream: BytesIO) -> Settlement:
    """The month as PDF, to be signed."""
    lines = _lines(row, by)
    payable = sum((line.payable for line in lines), ZERO)
    story = [
        pdf.facts(
            [
                ("服务项目", row.programme),
                ("月份", row.month_text),
                ("阶段", row.get_stage_display()),
                ("应就餐", f"{row.eligible_days:,} 人天"),
                ("核对人", row.checked_by or "—"),
                ("批准人", row.approved_by or "—"),
            ],
            wide=True,
        ),
        pdf.heading("各门店"),
        _table(lines),
        pdf.heading("各方承担"),
        pdf.table(
            ("承担方", "金额（元）", "大写"),
            [_payer(part) for part in payer_sums(row, by)],
            shares=(3, 1.5, 4),
            numeric=frozenset({"金额（元）"}),
            wide=True,
        ),
        pdf.gap(3),
        pdf.text(f"应付门店合计：{yuan(payable)} 元（大写：{capitals(payable)}）"),
        *_paid_story(_payments(by, settlement=row), wide=True),
        pdf.gap(8),
        pdf.text("核对：＿＿＿＿＿＿＿＿　　批准：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿"),
    ]
    stream.write(
        pdf.document(f"{row.programme} {row.month_text}结算单", story, foot=str(row.union), wide=True)
    )
    return row


def _paid_story(payments: Sequence[Payment], *, wide: bool = False) -> list[Any]:
    """What was paid, and what came back; nothing before the first payment."""
    if not payments:
        return []
    rows = [
        (
            payment.line.shop.name,
            yuan(payment.amount),
            payment.reference,
            str(payment.paid_on),
            f"{payment.returned_on} {payment.returned_reason}" if payment.returned_on else "",
        )
        for payment in payments
    ]
    paid = pdf.table(
        ("门店", "金额（元）", "凭证号", "付款日期", "退回"),
        rows,
        shares=(3, 1.5, 2.5, 1.5, 3),
        numeric=frozenset({"金额（元）"}),
        total=("合计（不含退回）", yuan(_standing(payments)), "", "", ""),
        wide=wide,
    )
    return [pdf.heading("付款"), paid]


def _payer(part: dict[str, Any]) -> tuple[str, str, str]:
    total = part["own"] + part["corrected"]
    return part["name"], yuan(total), capitals(total)


def _table(lines: Sequence[SettlementLine]) -> Any:
    return pdf.table(
        HEADS,
        [_words(_cells(line)) for line in lines],
        shares=SHARES,
        numeric=frozenset(HEADS[1:]),
        total=_words(_total(lines)),
        wide=True,
    )


def _words(cells: Sequence[Any]) -> list[str]:
    """Cells as they stand on paper."""
    return [
        cell
        if isinstance(cell, str)
        else "—"
        if cell is None
        else f"{cell:,}"
        if isinstance(cell, int)
        else yuan(cell)
        for cell in cells
    ]


@action("funding.print_line", label="打印门店对账单", right=Right.EXPORT, target="row")
def print_line(*, by: Account, row: SettlementLine, stream: BytesIO) -> SettlementLine:
    """One shop's month as PDF, to be confirmed with its stamp."""
    month = row.settlement
    shares = SettlementShare.objects.visible_to(by).filter(line=row).select_related("share__source")
    parts = [
        (
            str(share.share) + (f"（更正{share.meals:+d}份）" if share.correction_id else ""),
            "由工会付给门店" if share.share.is_public else "不经工会",
            yuan(share.amount),
        )
        for share in shares.order_by("correction", "share__position")
    ]
    story = [
        pdf.facts(
            [
                ("门店", row.shop),
                ("服务项目", month.programme),
                ("月份", month.month_text),
                ("阶段", month.get_stage_display()),
                ("打卡", f"{row.meals_recorded:,} 份"),
                ("门店报数", "—" if row.meals_stated is None else f"{row.meals_stated:,} 份"),
                ("待定和有异议", f"{row.meals_withheld:,} 份"),
                ("结算", f"{row.meals_valid:,} 份"),
            ]
        ),
        pdf.heading("各方承担"),
        pdf.table(
            ("承担方", "付款", "金额（元）"), parts, shares=(4, 2, 2), numeric=frozenset({"金额（元）"})
        ),
        pdf.gap(3),
        pdf.text(f"应付：{yuan(row.payable)} 元（大写：{capitals(row.payable)}）"),
        *_paid_story(_payments(by, line=row)),
        pdf.gap(8),
        pdf.text("门店盖章：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿"),
    ]
    stream.write(pdf.document(f"{row.shop} {month.month_text}对账单", story, foot=str(row.union)))
    return row
