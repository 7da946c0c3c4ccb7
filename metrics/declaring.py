"""What a clerk writes as a declared figure, read without guessing: a rate needs both of its halves.

Missing is not zero, and a percentage alone is no figure: nobody could check it or add it up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core import checks
from core.checks import Problem
from metrics.groups import GROUPS
from metrics.indicators import Indicator
from metrics.models import DIGITS, PLACES
from metrics.words import count

BOTH = "请写成“22/21”，或把分子、分母分开填写；没有的不要写成 0 或 100%"
_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_UNIT = r"\s*[家个人份元户次座人天]*\s*"
_PAIR = re.compile(rf"{_NUMBER}{_UNIT}[/:]\s*{_NUMBER}{_UNIT}")
_SINGLE = re.compile(rf"{_NUMBER}{_UNIT}")
_PERCENT = re.compile(r"[\d.]+\s*%")
WHOLE = "整体"


@dataclass(frozen=True)
class Halves:
    """What was declared: both halves, and the words of the document."""

    numerator: Decimal
    denominator: Decimal
    printed: str


def read(printed: object, numerator: object, denominator: object) -> Halves | None:
    """The figure of three cells, None where all of them are blank. Raises Problem for what is no figure."""
    words = checks.clean(printed)
    words = "" if checks.is_blank(words) else words
    top, bottom = number(numerator), number(denominator)
    pair = _PAIR.fullmatch(words)
    if pair is not None:
        said = _decimal(pair[1]), _decimal(pair[2])
        if (top if top is not None else said[0], bottom if bottom is not None else said[1]) != said:
            raise Problem(f"“{words}”与分子、分母两格不一致", "请核对三处")
        return Halves(*said, words)
    if top is not None and bottom is not None:
        return Halves(top, bottom, words or f"{count(top)}/{count(bottom)}")
    _refuse(words, top, bottom)
    return None


def _refuse(words: str, top: Decimal | None, bottom: Decimal | None) -> None:
    """Say what half a figure lacks."""
    if top is not None or bottom is not None:
        raise Problem("没有分母" if bottom is None else "没有分子", BOTH)
    if _PERCENT.fullmatch(words):
        raise Problem(f"只有百分比“{words}”，没有分子和分母", BOTH)
    if _SINGLE.fullmatch(words):
        raise Problem(f"只有一个数“{words}”，不知道是分子还是分母", BOTH)
    if words:
        raise Problem("无法识别为数值", BOTH)


def number(value: object) -> Decimal | None:
    """One half: digits, with or without separators and unit; blank is unknown."""
    text = checks.clean(value)
    if checks.is_blank(text):
        return None
    match = _SINGLE.fullmatch(text)
    if match is None:
        raise Problem("无法识别为数字", "请只填数字，如 1,234")
    return _decimal(match[1])


def _decimal(text: str) -> Decimal:
    whole, _, rest = text.replace(",", "").partition(".")
    if len(whole) > DIGITS - PLACES or len(rest.rstrip("0")) > PLACES:
        raise Problem("数字太大，或小数超过两位", "请核对数字")
    return Decimal(f"{whole}.{rest or 0}").quantize(Decimal("0.01"))


Group = tuple[str, str]


def groups_of(indicator: Indicator) -> Iterator[tuple[Group, str]]:
    """What of an indicator can be declared apart from the whole, each with its words."""
    for companion in indicator.companions:
        yield (companion.key, ""), companion.name
    for key in indicator.groups:
        for value in GROUPS[key].names():
            yield (key, value), indicator.group_label(key, value)


def group_of(indicator: Indicator, words: object) -> Group:
    """The group that a cell names: 单位性质：事业单位, or 事业单位 alone. Blank is the whole."""
    text = checks.clean(words)
    if checks.is_blank(text) or text == WHOLE:
        return "", ""
    known = [(group, checks.clean(label)) for group, label in groups_of(indicator)]
    for group, label in known:
        if text in (label, label.rpartition(":")[2], ":".join(filter(None, group))):
            return group
    head, mark, value = text.partition(":")
    free = next((key for key in indicator.groups if GROUPS[key].label == words_of(head)), None)
    if mark and free and not GROUPS[free].names():
        return free, value.strip()[:60]
    raise Problem(f"“{indicator.name}”没有“{text[:40]}”这一组", "请从模板的填写说明里选，或留空表示整体")


def words_of(text: str) -> str:
    """A label with its brackets as the portal writes them."""
    return text.replace("(", "（").replace(")", "）")
