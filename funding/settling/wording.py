"""A cost-sharing rule as people write it: one payer a line, in yuan per meal or as a ratio of the rest.

职工个人 1元
商家让利 2元
省总工会 比例1.8
区总工会 比例1
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.checks import clean, written
from funding.settling.splitting import Part

MERCHANT, WORKER = "商家让利", "职工个人"
_SEPARATORS = re.compile(r"[\n；;]")
_LINE = re.compile(r"(?P<name>.*?[^\s\d.,])\s*(?:(?P<yuan>[\d.,]+)\s*元|比例\s*(?P<ratio>[\d.,]+))")
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,2})?")
_RATIO = re.compile(r"\d{1,6}(\.\d{1,4})?")


class NotUnderstood(Exception):
    """A line that is no payer's part; the message is a sentence."""


@dataclass(frozen=True)
class Payer:
    """One line: who, and how much."""

    name: str
    part: Part


def read_payers(text: str) -> list[Payer]:
    """The payers of a rule. Raises NotUnderstood with the line that does not fit."""
    lines = [line for line in map(written, _SEPARATORS.split(text)) if line]
    payers = [_read(line) for line in lines]
    names = [payer.name for payer in payers]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise NotUnderstood(f"“{twice}”写了两次。请合并为一行。")
    return payers


def _read(line: str) -> Payer:
    found = _LINE.fullmatch(line)
    if not found:
        raise NotUnderstood(f"“{line}”看不出谁出多少。请写成“职工个人 1元”或“省总工会 比例1.8”，一方一行。")
    yuan, ratio = found["yuan"], found["ratio"]
    digits = clean(yuan or ratio).replace(",", "")
    if not (_NUMBER if yuan else _RATIO).fullmatch(digits):
        kind = "金额最多两位小数" if yuan else "比例最多四位小数"
        raise NotUnderstood(f"“{line}”里的数不对。{kind}，请改正。")
    number = Decimal(digits)
    if not number:
        raise NotUnderstood(f"“{line}”里的数是 0。不出钱的不写。")
    part = Part(amount=number.quantize(Decimal("0.01"))) if yuan else Part(weight=number)
    return Payer(written(found["name"]), part)


def write_payers(payers: Iterable[Payer], separator: str = "；") -> str:
    """The same payers in one line of text, as `read_payers` understands it."""
    return separator.join(f"{payer.name} {_words(payer.part)}" for payer in payers)


def _words(part: Part) -> str:
    if part.amount is not None:
        return f"{part.amount:.2f}元"
    weight = part.weight or Decimal(0)
    return f"比例{weight.normalize():f}"
