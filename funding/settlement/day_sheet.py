"""The sheet of a month's shops by day."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core import export
from funding.models import Settlement, SettlementLine
from funding.settlement.by_day import Entry, LineDays, by_day, payers, shares_of
from funding.settling.splitting import ZERO

HEADS = ("门店", "日期", "打卡（份）", "门店报数（份）", "未付（份）", "结算（份）", "面值合计（元）")
WHOLE_MONTH = "全月报数，没有按日"


def summed(cells: Iterable[Any]) -> Any:
    """The sum of a column, None where nothing stands in it."""
    known = [cell for cell in cells if cell is not None]
    return sum(known, 0) if known else None


def days_sheet(
    month: Settlement, lines: Sequence[SettlementLine], account: Any, *, notes: Sequence[str]
) -> export.Sheet:
    """One row a shop and day, what was corrected below; the columns add up to those of the lines."""
    shares = shares_of(account, line__in=lines)
    names = payers(shares)
    rows = [row for each in by_day(month, lines, shares) for row in _rows(each, names)]
    heads = (*HEADS, *(f"{name}（元）" for name in names), "应付（元）")
    sums = (summed(row[column] for row in rows) for column in range(2, len(heads)))
    total = "合计（含更正）" if any(line.correction_meals for line in lines) else "合计"
    return export.Sheet(
        title="按日", headers=heads, rows=[*rows, (total, "", *sums)], text_columns=[0], notes=notes
    )


def _rows(days: LineDays, names: dict[str, bool]) -> Iterator[tuple[Any, ...]]:
    """Where a shop stated only its month, that stands in a row of its own: no day can be named for it."""
    shop, stated = days.line.shop_name, days.line.meals_stated
    for entry in days.entries:
        yield (shop, entry.day or entry.words, *_cells(entry, names))
    if stated is not None and all(entry.stated is None for entry in days.entries):
        yield (shop, WHOLE_MONTH, None, stated, *([None] * (len(HEADS) - 4 + len(names) + 1)))


def _cells(entry: Entry, names: dict[str, bool]) -> tuple[Any, ...]:
    parts = [entry.amounts.get(name, ZERO) for name in names]
    payable = sum((part for part, is_public in zip(parts, names.values(), strict=True) if is_public), ZERO)
    return (entry.recorded, entry.stated, entry.withheld, entry.valid, entry.total, *parts, payable)
