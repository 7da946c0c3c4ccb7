"""Gifts in kind: the lines that tell of one gift at different stages, taken together. Pure rules.

A gift is what one source gives to one project under one description. Like money it is looked at several times,
so its stages are never added; unlike the money of a source, every gift has come as far as it has by itself.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from funding.models import FundingLine, FundStage
from funding.reconciliation import STAGES, ZERO

# At which stage a gift's value is taken: the furthest that it has reached. Handing it out or giving it back is
# what became of it.
VALUED = ("received", "approved", "letter", "applied", "intended", "spent")
LOOSE = re.compile(r"[\s()·•.,、:\"'“”‘’《》—–-]")


@dataclass(frozen=True)
class Gift:
    """One gift with all its lines, the earliest first."""

    lines: tuple[FundingLine, ...]

    @property
    def newest(self) -> FundingLine:
        return self.counted[-1] if self.counted else self.lines[-1]

    @property
    def counted(self) -> tuple[FundingLine, ...]:
        """The lines of the stage at which its value is taken."""
        stages = {line.stage for line in self.lines}
        basis = next((stage for stage in VALUED if stage in stages), "")
        return self._at(basis)

    @property
    def amount(self) -> Decimal:
        """Its estimated value at that stage, without what went back."""
        returned = _sum(self._at(FundStage.RETURNED))
        return max(_sum(self.counted) - returned, ZERO)

    @property
    def stage(self) -> str:
        """The furthest stage in words; a gift of which only a part went back has not gone back."""
        stages = {line.stage for line in self.lines}
        if self.amount:
            stages.discard(FundStage.RETURNED)
        return str(FundStage(max(stages, key=STAGES.index)).label)

    @property
    def day(self) -> date:
        return self.newest.recorded_on

    def _at(self, stage: str) -> tuple[FundingLine, ...]:
        return tuple(line for line in self.lines if line.stage == stage)


def _sum(lines: Iterable[FundingLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)


def gifts_of(lines: Iterable[FundingLine]) -> list[Gift]:
    """The gifts among lines, in the order in which they first appear; lines in cash are none."""
    found: dict[tuple[object, ...], list[FundingLine]] = {}
    for line in lines:
        if line.is_in_kind:
            key = (line.project_id, line.programme_id, line.source_id, _key(line.goods))
            found.setdefault(key, []).append(line)
    return [Gift(tuple(sorted(own, key=lambda line: (line.recorded_on, line.pk)))) for own in found.values()]


def value_of(gifts: Iterable[Gift]) -> Decimal:
    """What gifts are worth together."""
    return sum((gift.amount for gift in gifts), ZERO)


def _key(goods: str) -> str:
    """A description without what people write differently: width, spaces, brackets, dots."""
    return LOOSE.sub("", unicodedata.normalize("NFKC", goods)).lower() or goods
