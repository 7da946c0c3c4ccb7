"""How far the money of each source has come, how much it promised, how long a promise has been waiting, and
whether the sources add up to the stated total and to the share of its own that a grant asks for. Pure rules.

The stages are looks at the same money at different times, so amounts of different stages are never added.
Goods are no money: whoever calls these rules hands over lines in cash, or lines in kind, never both.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Protocol

STAGES = ("intended", "applied", "letter", "approved", "received", "spent", "returned")
# Of each source the lines of one stage count towards a total: the first of these at which it has any. Money spent
# or returned is what became of it.
COUNTED_ORDER = ("approved", "letter", "applied", "intended", "received")
# Stages at which somebody has bound himself in writing: what has not come since is overdue by days.
COMMITTED = ("approved", "letter")
# What a source promised is what it bound itself to, and what came without that; never what was only asked for or
# intended.
PROMISE_ORDER = (*COMMITTED, "received")
# How long a promise has been waiting: the last day of each span and its name.
SPANS: tuple[tuple[int | None, str], ...] = (
    (30, "30天以内"),
    (90, "31—90天"),
    (180, "91—180天"),
    (365, "181—365天"),
    (None, "365天以上"),
)
ZERO, CENT = Decimal(0), Decimal("0.01")
# Up to how many lines together may explain a difference, how many explanations are told, and of how many
# lines three are tried together.
TOGETHER, TOLD, TRIED = 3, 5, 120


@dataclass(frozen=True)
class Line:
    """One funding line as the rule sees it; `source` is anything that tells the sources apart."""

    id: int
    source: str
    stage: str
    amount: Decimal
    day: date | None = None
    is_match: bool = False
    document: str = ""


@dataclass(frozen=True)
class Difference:
    """Stated total against the sum of the sources; each of `explanations` is one or more lines that together
    equal the difference, the fewest lines that do. `more` is how many do so besides the told ones."""

    stated: Decimal
    summed: Decimal
    explanations: tuple[tuple[Line, ...], ...]
    more: int = 0

    @property
    def amount(self) -> Decimal:
        return self.summed - self.stated

    @property
    def suspects(self) -> tuple[Line, ...]:
        """Every line that stands in an explanation, once."""
        return tuple(dict.fromkeys(line for lines in self.explanations for line in lines))


@dataclass(frozen=True)
class Waterfall:
    """How far money has come: the sum of its lines at each stage that has any.

    `promised` is what the source bound itself to, None where nothing was promised yet; `outstanding` is what was
    promised and not yet received. `counted` is what it adds to a project's total, at the stage `basis`. For
    several sources all are the sums over the sources, because what one gives too much does not pay what another
    still owes.
    """

    source: str
    by_stage: Mapping[str, Decimal]
    promised: Decimal | None
    outstanding: Decimal | None
    counted: Decimal | None = None
    basis: str = ""

    def at(self, stage: str) -> Decimal | None:
        return self.by_stage.get(stage)

    @property
    def left(self) -> Decimal | None:
        """Received, neither spent nor returned; negative where more was spent than came."""
        received = self.at("received")
        if received is None:
            return None
        return received - self.by_stage.get("spent", ZERO) - self.by_stage.get("returned", ZERO)

    @property
    def is_exceeded(self) -> bool:
        """More was received than counted on, or more spent and returned than received."""
        received = self.by_stage.get("received", ZERO)
        used = self.by_stage.get("spent", ZERO) + self.by_stage.get("returned", ZERO)
        return (self.counted is not None and received > self.counted) or used > received


class Late(Protocol):
    """An amount that has been waiting."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def days(self) -> int: ...


@dataclass(frozen=True)
class Owed:
    """What is still to come of one committed line, and for how many days it has been waiting."""

    line: Line
    amount: Decimal
    days: int


@dataclass(frozen=True)
class Match:
    """Money of one's own against what a grant asks for: both halves, promised and come."""

    percent: Decimal
    base: Decimal
    matched: Decimal
    base_received: Decimal
    matched_received: Decimal

    @property
    def required(self) -> Decimal:
        return share(self.base, self.percent)

    @property
    def shortfall(self) -> Decimal:
        return max(self.required - self.matched, ZERO)

    @property
    def shortfall_received(self) -> Decimal:
        """What is missing beside the money that has already come."""
        return max(share(self.base_received, self.percent) - self.matched_received, ZERO)


def share(base: Decimal, percent: Decimal) -> Decimal:
    """So many hundredths of an amount, to the fen."""
    return (base * percent / 100).quantize(CENT, ROUND_HALF_UP)


def counted(lines: Iterable[Line]) -> list[Line]:
    """The lines that count towards the total: of each source those of its decisive stage."""
    return [line for own in _by_source(lines).values() for line in _decisive_lines(own)]


def waterfalls(lines: Iterable[Line]) -> list[Waterfall]:
    """One waterfall per source, in the order in which the sources first appear."""
    return [_waterfall(source, own) for source, own in _by_source(lines).items()]


def together(parts: Iterable[Waterfall]) -> Waterfall:
    """Several sources of one project: stage by stage, promise by promise."""
    own = list(parts)
    by_stage: dict[str, Decimal] = {}
    for part in own:
        for stage, amount in part.by_stage.items():
            by_stage[stage] = by_stage.get(stage, ZERO) + amount
    return Waterfall(
        "",
        by_stage,
        promised=_sum(part.promised for part in own),
        outstanding=_sum(part.outstanding for part in own),
        counted=_sum(part.counted for part in own),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Unknown parts are left out; where nothing is known, so is the sum."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def owed(lines: Iterable[Line], today: date) -> list[Owed]:
    """What was committed in writing and has not come, line by line, the longest waiting first.

    What has come of a source pays its oldest commitments first.
    """
    found = [part for own in _by_source(lines).values() for part in _owed_by_one(own, today)]
    return sorted(found, key=lambda part: (-part.days, part.line.id))


def _owed_by_one(lines: list[Line], today: date) -> list[Owed]:
    if _decisive(lines) not in COMMITTED:
        return []
    come = sum((line.amount for line in lines if line.stage == "received"), ZERO)
    waiting = []
    for line in sorted(_decisive_lines(lines), key=lambda line: (line.day or today, line.id)):
        paid = min(come, line.amount)
        come -= paid
        if line.amount > paid:
            waiting.append(Owed(line, line.amount - paid, (today - (line.day or today)).days))
    return waiting


def aged(parts: Iterable[Late]) -> list[tuple[str, Decimal]]:
    """The spans of waiting with their amounts; together they are everything owed."""
    amounts = dict.fromkeys((name for _, name in SPANS), ZERO)
    for part in parts:
        amounts[span_of(part.days)] += part.amount
    return list(amounts.items())


def span_of(days: int) -> str:
    """The name of the span in which so many days lie."""
    return next(name for last, name in SPANS if last is None or days <= last)


def matching(lines: Sequence[Line], percent: Decimal, source: str = "") -> Match:
    """Matching money against the money that asks for it: of one source, or of all that is not matching."""
    asked = counted(lines)
    come = [line for line in lines if line.stage == "received"]

    def asks(line: Line) -> bool:
        return not line.is_match and source in ("", line.source)

    return Match(
        percent,
        base=_amount(line for line in asked if asks(line)),
        matched=_amount(line for line in asked if line.is_match),
        base_received=_amount(line for line in come if asks(line)),
        matched_received=_amount(line for line in come if line.is_match),
    )


def _amount(lines: Iterable[Line]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)


def difference(
    stated: Decimal | None, lines: Iterable[Line], in_kind: Iterable[Line] = ()
) -> Difference | None:
    """The difference, or None where the total is unknown, nothing counts or both agree.

    Lines `in_kind`, each gift's at its own stage, are not summed, but may explain a total that is larger: it
    counted goods as money.
    """
    own = counted(lines)
    summed = _amount(own)
    if stated is None or not own or summed == stated:
        return None
    asked = [*own, *(in_kind if summed < stated else [])]
    return Difference(stated, summed, *explained(asked, abs(summed - stated)))


def explained(lines: Sequence[Line], amount: Decimal) -> tuple[tuple[tuple[Line, ...], ...], int]:
    """The fewest lines that together make up an amount, other lines that do so equally well, and how many more."""
    small = [line for line in lines if line.amount <= amount]
    for size in range(1, TOGETHER + 1):
        if size == TOGETHER and len(small) > TRIED:
            break
        found, count = _of_size(small, size, amount)
        if found:
            return tuple(found), count - len(found)
    return (), 0


def _of_size(lines: Sequence[Line], size: int, amount: Decimal) -> tuple[list[tuple[Line, ...]], int]:
    """The first groups of so many lines that make up the amount, and how many there are; the last line of each
    is looked up, not tried."""
    by_amount: dict[Decimal, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        by_amount[line.amount].append(index)
    found: list[tuple[int, ...]] = []
    count = 0
    for first in combinations(range(len(lines)), size - 1):
        equal = by_amount.get(amount - _amount(lines[index] for index in first), [])
        start = bisect_right(equal, first[-1] if first else -1)
        count += len(equal) - start
        found += [(*first, last) for last in equal[start : start + TOLD - len(found)]]
    return [tuple(lines[index] for index in group) for group in found], count


def _by_source(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.source].append(line)
    return found


def _decisive_lines(lines: list[Line]) -> list[Line]:
    stage = _decisive(lines)
    return [line for line in lines if line.stage == stage]


def _decisive(lines: list[Line]) -> str:
    stages = {line.stage for line in lines}
    return next((stage for stage in COUNTED_ORDER if stage in stages), "")


def _waterfall(source: str, lines: list[Line]) -> Waterfall:
    by_stage: dict[str, Decimal] = {}
    for line in lines:
        by_stage[line.stage] = by_stage.get(line.stage, ZERO) + line.amount
    basis = _decisive(lines)
    promise = next((by_stage[stage] for stage in PROMISE_ORDER if stage in by_stage), None)
    outstanding = None if promise is None else max(promise - by_stage.get("received", ZERO), ZERO)
    return Waterfall(source, by_stage, promise, outstanding, by_stage.get(basis), basis)
