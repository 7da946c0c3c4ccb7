"""Dates in the forms people and spreadsheet programs write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from core.checks.problem import Problem
from core.checks.text import clean, is_blank

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2099, 12, 31)
EXAMPLE = "请写成 2023-03-01 这样的年月日"
_EPOCH = date(1899, 12, 30)
_SERIALS = range(3_654, 73_051)  # 1910-01-02 to 2099-12-31; smaller numbers are never meant as dates
_FULL = re.compile(
    r"(\d{4})(?:[-/.年\u2010-\u2015\u2212])(\d{1,2})(?:[-/.月\u2010-\u2015\u2212])(\d{1,2})[日号]?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME_OF_DAY = re.compile(r"[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$")
_MONTH_ONLY = re.compile(r"(?:1[89]|20)\d{2}(?:[-/.年]\d{1,2}月?|0[1-9]|1[0-2])")
_YEAR_ONLY = re.compile(r"(?:1[89]|20)\d{2}年?")
_SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
_YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")


def day(value: object, *, earliest: date = EARLIEST, latest: date = LATEST) -> date | None:
    """The calendar day a cell means, or None when blank; a month without a day is refused rather than
    guessed.
    """
    found = _read(value)
    if found is not None and not earliest <= found <= latest:
        raise _out_of_range(found, earliest, latest)
    return found


def _read(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = clean(value)
    return None if is_blank(text) or text == "0" else _parse(text)


@lru_cache(maxsize=65_536)
def _parse(text: str) -> date:
    text = _TIME_OF_DAY.sub("", text).replace(" ", "").lstrip("'").rstrip("T")
    if match := _FULL.fullmatch(text) or _COMPACT.fullmatch(text):
        return _calendar_day(*(int(part) for part in match.groups()))
    if (serial := _serial(text)) is not None:
        return _EPOCH + timedelta(days=serial)
    raise _unreadable(text)


def _calendar_day(year: int, month: int, day_of_month: int) -> date:
    try:
        return date(year, month, day_of_month)
    except ValueError:
        raise Problem(f"{year}年{month}月{day_of_month}日不存在", "请核对年、月、日") from None


def _serial(text: str) -> int | None:
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 5) or _MONTH_ONLY.fullmatch(text):
        return None
    return int(whole) if int(whole) in _SERIALS and (not fraction or fraction.isdigit()) else None


def _unreadable(text: str) -> Problem:
    if _MONTH_ONLY.fullmatch(text):
        return Problem("只有年和月，没有日", "请补全到日；确实只知道月份的，请填当月 1 日")
    if _YEAR_ONLY.fullmatch(text):
        return Problem("只有年份，没有月和日", EXAMPLE)
    if _SHORT_YEAR.fullmatch(text):
        return Problem("年份只写了两位，无法确定是哪一年", "请把年份写成四位，如 2023-03-01")
    if _YEAR_LAST.fullmatch(text):
        return Problem("无法确定哪个是月、哪个是日", EXAMPLE)
    return Problem("无法识别为日期", EXAMPLE)


def _out_of_range(found: date, earliest: date, latest: date) -> Problem:
    if found > latest:
        return Problem(f"日期 {found} 晚于 {latest}", "请核对年份是否写错")
    return Problem(f"日期 {found} 早于 {earliest}", "请核对年份是否写错")
