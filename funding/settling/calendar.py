"""Months as people write them. Pure rules."""

import re
from datetime import date

_MONTH = re.compile(
    r"(?P<year>20\d{2})\s*[-/.年]?\s*(?P<month>1[0-2]|0?[1-9])\s*(?:月份?|[-/.月]\s*\d{1,2}\s*日?(?:[ T].*)?)?"
)


def read_month(text: str) -> date | None:
    """The first day of the month: 2023-01, 2023年1月, 202301, or any of its days; None when it is no month."""
    found = _MONTH.fullmatch(text.strip())
    return date(int(found["year"]), int(found["month"]), 1) if found else None
