"""Money, shares, whole numbers and yes/no as counties type them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from core.checks.problem import Problem
from core.checks.text import clean, is_blank

CENT = Decimal("0.01")
MAX_MONEY = Decimal(10) ** 12  # as much as the columns hold
_UNITS = {
    "": 1,
    "元": 1,
    "圆": 1,
    "千": 1_000,
    "万": 10_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
_PLAIN = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?"
_MONEY = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-]?)[\u00a5$]?(?P<minus>-?)(?P<number>{_PLAIN}|\.\d+)(?P<unit>千万|百万|[千万亿]?)[元圆]?整?(?(open)\))"
)
_PERCENT = re.compile(r"(?P<number>\d{1,9}(?:\.\d*)?|\.\d+)[%％]?")
_INTEGER = re.compile(rf"(?P<sign>-?)(?P<number>{_PLAIN})(?:人次|人|户|家|个|名|次|份|项|件|所|年)?")
_YES = frozenset(("是", "有", "对", "√", "✓", "✔", "☑", "1", "y", "yes", "true", "t"))
_NO = frozenset(
    ("否", "无", "没有", "不是", "错", "×", "✗", "✘", "x", "□", "☐", "0", "n", "no", "false", "f")
)


def money(
    value: object, *, allow_negative: bool = False, below: Decimal = MAX_MONEY, unit: str = "元"
) -> Decimal | None:
    """Yuan with two decimals, or None when blank; 580万元 and ¥1,234.50 are understood. `unit` is that of plain
    numbers, which `in_unit` gives them: here it is only named to who wrote something else.
    """
    text = _number_text(value)
    if text is None:
        return None
    amount = _amount(text, unit)
    if abs(amount) >= below:
        raise Problem(f"金额超过 {below - CENT:,} 元", "请核对数字和单位（元、万元）")
    if amount < 0 and not allow_negative:
        raise Problem("金额不能是负数", "请填写正数；退回或冲减请用对应的资金阶段")
    return amount


@lru_cache(maxsize=16_384)
def _amount(text: str, unit: str) -> Decimal:
    match = _MONEY.fullmatch(text.removeprefix("人民币").removeprefix("RMB"))
    if not match:
        raise Problem("无法识别为金额", _how_to_write(unit))
    exact = Decimal(match["number"].replace(",", "")) * _UNITS[match["unit"]]
    amount = exact.quantize(CENT, ROUND_HALF_UP) if exact < MAX_MONEY else MAX_MONEY
    if amount >= MAX_MONEY:
        raise Problem("金额超过一万亿元", "请核对数字和单位（元、万元）")
    if abs(exact - amount) > Decimal("0.000001"):  # what remains below is binary noise of the spreadsheet
        said = "换算成元后小数超过两位" if match["unit"] else "金额的小数超过两位"
        raise Problem(said, "金额以元为单位，最多到分")
    return -amount if match["open"] or "-" in match["sign"] + match["minus"] else amount


def _how_to_write(unit: str) -> str:
    if unit == "元":
        return "请只填数字，如 1234.50，单位为元；或写成 580万元"
    return f"请只填数字，如 12.5，按{unit}读；或写明单位，如 12.5万元、125000元"


def in_unit(value: Any, unit: str) -> Any:
    """An amount as it stands in a column of that unit: a plain number gets it, all else stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    try:
        text = f"{Decimal(f'{value:.15g}'):f}" if isinstance(value, float) else clean(value).replace(" ", "")
    except Problem:
        return value
    text = text.lstrip("'").removeprefix("人民币").removeprefix("RMB")
    match = _MONEY.fullmatch(text)
    if match is None or text[match.end("number") :] not in ("", ")"):
        return value
    return text[: match.end("number")] + unit + text[match.end("number") :]


def is_plain_amount(value: Any) -> bool:
    """Whether it is an amount that names no unit."""
    return bool(in_unit(value, "元") != value)


def percent(value: object) -> Decimal | None:
    """Hundredths with up to two decimals, or None when blank; 50, 50% and 12.5％ are understood."""
    text = _number_text(value)
    if text is None:
        return None
    match = _PERCENT.fullmatch(text)
    if not match:
        raise Problem("无法识别为百分数", "请只填数字，如 50 或 12.5")
    number = Decimal(match["number"])
    if number != number.quantize(CENT, ROUND_HALF_UP):
        raise Problem("百分数的小数超过两位", "最多两位小数，如 33.33")
    return number.quantize(CENT)


def _number_text(value: object) -> str | None:
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    text = clean(value).replace(" ", "").lstrip("'")
    return None if is_blank(text) else text


def integer(value: object, *, low: int = 0, high: int = 2_147_483_647) -> int | None:
    """A whole number within bounds, or None when blank; 1,234 and 764人 are understood."""
    text = _number_text(value)
    if text is None:
        return None
    number = _whole(text)
    if not low <= number <= high:
        raise Problem(f"数字 {number} 不在 {low} 到 {high} 之间", "请核对后重新填写")
    return number


def whole_percent(value: object) -> int | None:
    """As `integer`, for columns that hold hundredths: 80% is understood too."""
    text = _number_text(value)
    return integer(text.removesuffix("%") if text else text)


@lru_cache(maxsize=16_384)
def _whole(text: str) -> int:
    match = _INTEGER.fullmatch(text)
    if not match:
        raise Problem("无法识别为整数", "请只填数字，如 764")
    number = Decimal(match["number"].replace(",", ""))
    if number != number.to_integral_value():
        raise Problem("应为整数，现在有小数", "请填写整数")
    return -int(number) if match["sign"] else int(number)


def yes_no(value: object) -> bool | None:
    """是/有/√/1 or 否/无/×/0, or None when the cell is empty; 无 is an answer here."""
    if isinstance(value, bool):
        return value
    text = clean(value).casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    if is_blank(text):
        return None
    raise Problem("应填“是”或“否”", "请改为“是”或“否”")
