"""What an indicator is: two halves, a counting rule in words, an owner, the quarter since which it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from core.quarters import Quarter
from metrics.facts import Fact
from metrics.groups import GROUPS


class Direction(Enum):
    """Whether a larger value is the better one."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Half:
    """A numerator or a denominator: one measure of one fact."""

    fact: Fact
    measure: str
    label: str
    unit: str


@dataclass(frozen=True)
class Companion:
    """A second figure of the same indicator, kept under `key` in place of a group."""

    key: str
    name: str
    numerator: Half
    denominator: Half
    rule: str


@dataclass(frozen=True)
class Indicator:
    """One declared indicator. `code` is its number, `key` the name that programs use."""

    code: str
    key: str
    name: str
    numerator: Half
    denominator: Half
    rule: str
    owner: str
    since: str
    unit: str = "%"
    direction: Direction = Direction.HIGHER
    groups: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()

    @property
    def since_quarter(self) -> Quarter:
        return Quarter.parse(self.since)

    @property
    def is_subset(self) -> bool:
        """Whether both halves count the same things, so that rows of one can be sought in the other."""
        return self.numerator.fact is self.denominator.fact

    def halves(self, group_key: str = "") -> tuple[Half, Half]:
        """Both halves of the figure or of the companion kept under that key."""
        for companion in self.companions:
            if companion.key == group_key:
                return companion.numerator, companion.denominator
        return self.numerator, self.denominator

    def rule_of(self, group_key: str) -> str:
        """What the figure counts, or the companion kept under that key."""
        return next((one.rule for one in self.companions if one.key == group_key), self.rule)

    def group_label(self, group_key: str, group_value: str) -> str:
        """The group in words: 单位性质：事业单位; empty for the whole."""
        for companion in self.companions:
            if companion.key == group_key:
                return companion.name
        if not group_key:
            return ""
        group = GROUPS[group_key]
        return f"{group.label}：{group.name_of(group_value)}"

    def problems(self) -> Iterator[str]:
        """What is wrong with the declaration; checked at start."""
        for half in self._all_halves():
            if half.measure not in half.fact.measures:
                yield f"{self.code}: {half.fact.key} has no measure {half.measure}"
        for group in self.groups:
            shared = self.numerator.fact.group_keys & self.denominator.fact.group_keys
            if group not in GROUPS or group not in shared:
                yield f"{self.code}: group {group} is not known to both halves"
        if not (self.rule and self.owner and all(one.rule for one in self.companions)):
            yield f"{self.code}: a rule in words and an owner are needed"
        Quarter.parse(self.since)

    def _all_halves(self) -> list[Half]:
        more = [half for one in self.companions for half in (one.numerator, one.denominator)]
        return [self.numerator, self.denominator, *more]
