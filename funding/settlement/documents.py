"""The statement of a month and of one shop, as Excel and as PDF, with the amounts in Chinese capitals."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

from django.utils import timezone

from cases.models import Programme
from core import export, pdf
from core.actions import action
from core.money import yuan
from core.names import name_at
from core.rights import Right
from funding.models import CostShareRule, Payment, Settlement, SettlementLine, SettlementShare
from funding.settlement.by_day import payer_name, shares_of
from funding.settlement.day_sheet import days_sheet, summed
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
    "面值（元）",
    "更正面值（元）",
    "应付（元）",
)
SHARES = (3, 1, 1.2, 1, 1, 1, 1.5, 1.5, 1.5)


def _lines(row: Settlement, account: Any) -> list[SettlementLine]:
    found = SettlementLine.objects.visible_to(account).filter(settlement=row)
    return list(found.named().select_related("shop").order_by("shop__name", "pk"))


def _named(row: SettlementLine, account: Any) -> SettlementLine:
    found = SettlementLine.objects.visible_to(account).named().select_related("shop", "settlement")
    return found.get(pk=row.pk)


def _programme(row: Settlement, account: Any) -> str:
    """The programme's name; an approved month keeps its own."""
    name = name_at(Programme, "programme", "approved_at")
    found = Settlement.objects.visible_to(account).annotate(name=name)
    return str(found.values_list("name", flat=True).get(pk=row.pk))


def _cells(line: SettlementLine) -> tuple[Any, ...]:
    return (
        line.shop_name,
        line.meals_recorded,
        line.meals_stated,
        line.meals_withheld,
        line.meals_valid,
        line.correction_meals,
        line.amount,
        line.correction_amount,
        line.payable,
    )


def _total(lines: Sequence[SettlementLine]) -> tuple[Any, ...]:
    rows = [_cells(line) for line in lines]
    return ("合计", *(summed(row[column] for row in rows) for column in range(1, len(HEADS))))


@action("funding.take_statement", label="下载结算单", right=Right.EXPORT, target="row")
def take_statement(*, by: Account, row: Settlement, stream: IO[bytes]) -> Settlement:
    """The month as Excel: its shops; on sheets of their own payers, every shop by day and what was paid."""
    lines = _lines(row, by)
    payable = sum((line.payable for line in lines), ZERO)
    whole = export.Sheet(
        title="月结算单",
        headers=HEADS,
        rows=[*map(_cells, lines), _total(lines)],
        text_columns=[0],
        notes=[
            f"{_programme(row, by)} {row.month_text} 结算单（{row.get_stage_display()}）",
            f"应付合计（大写）：{capitals(payable)}",
            _taken(by),
        ],
    )
    days = days_sheet(row, lines, by, notes=[])
    export.write_sheets(
        stream, [whole, _payers_sheet(payer_sums(row, by)), days, *_paid_sheet(_payments(by, settlement=row))]
    )
    return row


PAYER_HEADS = ("承担方", "由工会付给门店（元）", "不经工会（元）", "大写")
PAYABLE = "应付门店合计"


def _payer(part: dict[str, Any]) -> tuple[Any, ...]:
    """What the union does not pay stands in a column of its own, without the words of a voucher."""
    total = part["own"] + part["corrected"]
    return (
        (part["name"], total, None, capitals(total)) if part["is_public"] else (part["name"], None, total, "")
    )


def _payers_total(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    payable = summed(row[1] for row in rows) or ZERO
    return (PAYABLE, payable, None, capitals(payable))


def _payers_sheet(parts: Iterable[dict[str, Any]]) -> export.Sheet:
    rows = [_payer(part) for part in parts]
    return export.Sheet(
        title="各方承担", headers=PAYER_HEADS, rows=[*rows, _payers_total(rows)], text_columns=[0, 3]
    )


@action("funding.take_line", label="下载门店对账单", right=Right.EXPORT, target="row")
def take_line(*, by: Account, row: SettlementLine, stream: IO[bytes]) -> SettlementLine:
    """One shop's month as Excel: its days, which add up to the line, and what was paid."""
    month, line = row.settlement, _named(row, by)
    notes = [
        f"{line.shop_name} {month.month_text}对账单（{month.get_stage_display()}）",
        f"应付（大写）：{capitals(row.payable)}",
        _taken(by),
    ]
    days = days_sheet(month, [line], by, notes=notes)
    export.write_sheets(stream, [days, *_paid_sheet(_payments(by, line=row))])
    return row


def _paid_sheet(payments: Sequence[Payment]) -> list[export.Sheet]:
    if not payments:
        return []
    cells = [
        (
            payment.shop_name,
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
    found = Payment.objects.visible_to(account).named().filter(**of)
    return list(found.order_by("paid_on", "line__shop__name", "pk"))


def _standing(payments: Iterable[Payment]) -> Decimal:
    return sum((payment.amount for payment in payments if payment.returned_on is None), ZERO)


def _taken(by: Account) -> str:
    return f"{by.union} {by.username} {timezone.localtime():%Y-%m-%d %H:%M}"


@action("funding.print_statement", label="打印结算单", right=Right.EXPORT, target="row")
def print_statement(*, by: Account, row: Settlement, stream: BytesIO) -> Settlement:
    """The month as PDF, to be signed."""
    lines, programme = _lines(row, by), _programme(row, by)
    story = [
        pdf.facts(
            [
                ("服务项目", programme),
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
        _payers_table(payer_sums(row, by)),
        *_paid_story(_payments(by, settlement=row), wide=True),
        pdf.gap(8),
        pdf.text("核对：＿＿＿＿＿＿＿＿　　批准：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿"),
    ]
    stream.write(pdf.document(f"{programme} {row.month_text}结算单", story, foot=str(row.union), wide=True))
    return row


def _paid_story(payments: Sequence[Payment], *, wide: bool = False) -> list[Any]:
    """What was paid, and what came back; nothing before the first payment."""
    if not payments:
        return []
    rows = [
        (
            payment.shop_name,
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


def _payers_table(parts: Iterable[dict[str, Any]]) -> Any:
    rows = [_payer(part) for part in parts]
    return pdf.table(
        PAYER_HEADS,
        [_words(row, nothing="") for row in rows],
        shares=(3, 1.7, 1.7, 4),
        numeric=frozenset(PAYER_HEADS[1:3]),
        total=_words(_payers_total(rows), nothing=""),
        wide=True,
    )


def _table(lines: Sequence[SettlementLine]) -> Any:
    return pdf.table(
        HEADS,
        [_words(_cells(line)) for line in lines],
        shares=SHARES,
        numeric=frozenset(HEADS[1:]),
        total=_words(_total(lines)),
        wide=True,
    )


def _words(cells: Sequence[Any], nothing: str = "—") -> list[str]:
    """Cells as they stand on paper."""
    return [
        cell
        if isinstance(cell, str)
        else nothing
        if cell is None
        else f"{cell:,}"
        if isinstance(cell, int)
        else yuan(cell)
        for cell in cells
    ]


@action("funding.print_line", label="打印门店对账单", right=Right.EXPORT, target="row")
def print_line(*, by: Account, row: SettlementLine, stream: BytesIO) -> SettlementLine:
    """One shop's month as PDF, to be confirmed with its stamp."""
    month, name = row.settlement, _named(row, by).shop_name
    story = [
        pdf.facts(
            [
                ("门店", name),
                ("服务项目", _programme(month, by)),
                ("月份", month.month_text),
                ("阶段", month.get_stage_display()),
                ("打卡", f"{row.meals_recorded:,} 份"),
                ("门店报数", "—" if row.meals_stated is None else f"{row.meals_stated:,} 份"),
                ("待定和有异议", f"{row.meals_withheld:,} 份"),
                ("结算", f"{row.meals_valid:,} 份"),
            ]
        ),
        pdf.heading("各方承担"),
        *_parts_story(month, shares_of(by, line=row)),
        pdf.gap(3),
        pdf.text(f"应付：{yuan(row.payable)} 元（大写：{capitals(row.payable)}）"),
        *_paid_story(_payments(by, line=row)),
        pdf.gap(8),
        pdf.text("门店盖章：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿"),
    ]
    stream.write(pdf.document(f"{name} {month.month_text}对账单", story, foot=str(row.union)))
    return row


def by_rule(
    month: Settlement, shares: Iterable[SettlementShare]
) -> Iterator[tuple[str, list[SettlementShare]]]:
    """The parts under what they follow from: a rule and its days of the month, or a correction."""
    groups: dict[tuple[Any, CostShareRule], list[SettlementShare]] = {}
    for share in shares:
        groups.setdefault((share.correction, share.share.rule), []).append(share)
    for (correction, rule), parts in sorted(groups.items(), key=_order):
        spell = f"更正{correction.about}" if correction else month.days_text(rule)
        meals = f"{parts[0].meals:+,}" if correction else f"{parts[0].meals:,}"
        value = sum((part.amount for part in parts), ZERO)
        yield f"{spell}：{meals} 份，每份 {yuan(rule.face_value)} 元，面值 {yuan(value)} 元", parts


def _parts_story(month: Settlement, shares: Iterable[SettlementShare]) -> Iterator[Any]:
    for words, parts in by_rule(month, shares):
        yield pdf.gap(2)
        yield pdf.text(words)
        yield pdf.gap(1)
        yield pdf.table(LINE_PARTS, map(_part, parts), shares=(4, 2, 2), numeric=frozenset(LINE_PARTS[2:]))


def _order(group: tuple[tuple[Any, CostShareRule], Any]) -> tuple[int, date]:
    (correction, rule), _ = group
    return (correction.pk if correction else 0, rule.valid_from)


LINE_PARTS = ("承担方", "付款", "金额（元）")


def _part(share: SettlementShare) -> tuple[str, str, str]:
    how = "由工会付给门店" if share.share.is_public else "不经工会"
    return payer_name(share), how, yuan(share.amount)
