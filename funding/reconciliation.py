"""How far the money of each source has come, how much it promised, and whether the promises add up to the
stated total. Pure rules.

The stages are looks at the same money at different times, so amounts of different stages are never added.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

STAGES = ("intended", "applied", "approved", "received", "spent", "returned")
# Of each source the lines of one stage count: the first of these at which it has any. Money spent or returned
# is what became of a promise, never a promise.
PROMISE_ORDER = ("approved", "applied", "intended", "received")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One funding line as the rule sees it; `source` is anything that tells the sources apart."""

    id: int
    source: str
    stage: str
    amount: Decimal


@dataclass(frozen=True)
class Difference:
    """Stated total against the sum of the promises; `suspects` are the lines that equal the difference."""

    stated: Decimal
    summed: Decimal
    suspects: tuple[Line, ...]

    @property
    def amount(self) -> Decimal:
        return self.summed - self.stated


@dataclass(frozen=True)
class Waterfall:
    """How far money has come: the sum of its lines at each stage that has any.

    `promised` is the sum at the stage `basis`, None where nothing was promised yet; `outstanding` is what was
    promised and not yet received. For several sources both are the sums over the sources, because what one
    gives too much does not pay what another still owes.
    """

    source: str
    by_stage: Mapping[str, Decimal]
    promised: Decimal | None
    outstanding: Decimal | None
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
        """More was received than promised, or more spent and returned than received."""
        received = self.by_stage.get("received", ZERO)
        used = self.by_stage.get("spent", ZERO) + self.by_stage.get("returned", ZERO)
        return (self.promised is not None and received > self.promised) or used > received


def promised(lines: Iterable[Line]) -> list[Line]:
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
        "", by_stage, _sum(part.promised for part in own), _sum(part.outstanding for part in own)
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Unknown parts are left out; where nothing is known, so is the sum."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def difference(stated: Decimal | None, lines: Iterable[Line]) -> Difference | None:
    """The difference, or None where the total is unknown, nothing is promised or both agree."""
    counted = promised(lines)
    summed = sum((line.amount for line in counted), ZERO)
    if stated is None or not counted or summed == stated:
        return None
    suspects = tuple(line for line in counted if line.amount == abs(summed - stated))
    return Difference(stated, summed, suspects)


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
    return next((stage for stage in PROMISE_ORDER if stage in stages), "")


def _waterfall(source: str, lines: list[Line]) -> Waterfall:
    by_stage: dict[str, Decimal] = {}
    for line in lines:
        by_stage[line.stage] = by_stage.get(line.stage, ZERO) + line.amount
    basis = _decisive(lines)
    promise = by_stage.get(basis)
    outstanding = None if promise is None else max(promise - by_stage.get("received", ZERO), ZERO)
    return Waterfall(source, by_stage, promise, outstanding, basis)
