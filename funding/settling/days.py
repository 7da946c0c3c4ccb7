"""A shop's own counts by day, as people write them and as they are kept: one number a day of the month. Pure rules."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date

from core.checks import clean
from funding.settling.wording import NotUnderstood

_NAMED = re.compile(r"(?P<day>\d{1,2})\s*[日号]\s*[:：]?\s*(?P<meals>\d{1,5})\s*份?")
_BETWEEN = re.compile(r"[\s,，、;；]+")
SHOWN = 5


def read_days(text: str, month: date) -> list[int]:
    """Counts from the first to the last of the month, from `20,19,0,…` or `1日20份、3日19份` (days that are not
    named are 0). Raises NotUnderstood."""
    words = clean(text)
    last = monthrange(month.year, month.month)[1]
    if _BETWEEN.sub("", _NAMED.sub("", words)) == "":
        return _named([(int(found["day"]), int(found["meals"])) for found in _NAMED.finditer(words)], last)
    parts = [part for part in _BETWEEN.split(words) if part]
    wrong = next((part for part in parts if not (part.isdecimal() and len(part) < 6)), "")
    if wrong:
        raise NotUnderstood(f"“{wrong}”不是份数。请写成“20,19,0”，从1日起一天一个数，或“1日20份、3日19份”。")
    if len(parts) != last:
        raise NotUnderstood(f"{month.month}月有 {last} 天，这里写了 {len(parts)} 个数。没有供餐的日子写 0。")
    return [int(part) for part in parts]


def _named(pairs: Sequence[tuple[int, int]], last: int) -> list[int]:
    named = dict(pairs)
    wrong = next((day for day in named if not 1 <= day <= last), 0)
    if wrong or len(named) < len(pairs):
        raise NotUnderstood(f"这个月没有 {wrong} 日。" if wrong else "同一天写了两次，请合并。")
    return [named.get(day, 0) for day in range(1, last + 1)]


def keep_days(days: Sequence[int]) -> str:
    """As the database keeps them."""
    return ",".join(map(str, days))


def kept_days(text: str, month: date) -> dict[date, int]:
    """By day, of what the database keeps."""
    return (
        {month.replace(day=day): int(meals) for day, meals in enumerate(text.split(","), 1)} if text else {}
    )


def differing(told: Mapping[date, int], counted: Mapping[date, int]) -> str:
    """The days on which a shop says otherwise than the check-ins, the first of them by name."""
    days = [day for day in sorted(told) if told[day] != counted.get(day, 0)]
    if not days:
        return ""
    named = "、".join(f"{day.day}日打卡{counted.get(day, 0)}报{told[day]}" for day in days[:SHOWN])
    return f"{named}等 {len(days)} 天" if len(days) > SHOWN else named
