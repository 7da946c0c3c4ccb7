"""What a fact is: one query with a row per counted thing, which tells in which of the asked quarters it counts.

A set of quarters is a number whose bits stand for the asked quarters, the oldest first; `&` is what two sets
share, `bit_or` what any of many holds. So every table is read once, however many quarters are asked. Counts and
opened rows both come from this query, so a figure and the list behind it cannot disagree.
"""

from dataclasses import dataclass
from functools import cached_property

ALL = "%(all)s::bigint"


def since(day: str) -> str:
    """The SQL set of quarters that end on a day or after it."""
    return f"({ALL} & (-1::bigint << width_bucket({day} - 1, %(ends)s::date[])))"


def until(day: str) -> str:
    """The SQL set of quarters that end before a day; all where there is no such day."""
    return f"coalesce({ALL} # {since(day)}, {ALL})"


def since_instant(at: str) -> str:
    """The SQL set of quarters that are over after an instant; none where there is no such instant."""
    return f"coalesce({ALL} & (-1::bigint << width_bucket({at}, %(instants)s::timestamptz[])), 0)"


def in_force(alias: str) -> str:
    """The SQL set of quarters at whose end a dated row stands."""
    return f"({since(f'{alias}.valid_from')} & {until(f'{alias}.valid_to')})"


def kept(alias: str) -> str:
    """The SQL set of quarters that were over before a row was archived."""
    return f"({ALL} # {since_instant(f'{alias}.archived_at')})"


def where(condition: str, quarters: str) -> str:
    """The SQL set where a condition holds, none elsewhere."""
    return f"case when {condition} then {quarters} else 0 end"


@dataclass(frozen=True)
class Grouping:
    """A column of the fact by whose values its figures are broken down; rows without a value are left out."""

    key: str
    column: str


@dataclass(frozen=True)
class Fact:
    """A query over `asked q` (see `engine.ASKED`) in the divisions `%(codes)s`.

    Its rows carry `county_id`, `row_id`, `quarters` (the set in which the row stands) and the measures:
    `counts` are the sets in which the row is counted; `sums` are numbers that are added in each of its
    quarters, zero where nothing was recorded; `estimates` are numbers that stay unknown where nobody counted.
    What changes from quarter to quarter comes as several rows of the same `row_id`.
    """

    key: str
    label: str
    model: str
    sql: str
    counts: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    estimates: tuple[str, ...] = ()
    groupings: tuple[Grouping, ...] = ()

    @cached_property
    def measures(self) -> tuple[str, ...]:
        return self.counts + self.amounts

    @cached_property
    def group_keys(self) -> frozenset[str]:
        return frozenset(grouping.key for grouping in self.groupings)

    def columns_of(self, group_key: str) -> tuple[str, ...]:
        return tuple(grouping.column for grouping in self.groupings if grouping.key == group_key)

    def empty(self, measure: str) -> int | None:
        """The value of a measure where there are no rows at all."""
        return None if measure in self.estimates else 0

    @cached_property
    def amounts(self) -> tuple[str, ...]:
        return self.sums + self.estimates

    @cached_property
    def sets(self) -> tuple[str, ...]:
        """The columns that are sets of quarters and decide about a measure."""
        return (*self.counts, "quarters") if self.amounts else self.counts

    def known(self, measure: str) -> str:
        """The SQL total of a measure over places: unknown only where it may be."""
        if measure in self.counts:
            return f"coalesce(sum({measure}), 0)::bigint"
        return f"sum({measure})" if measure in self.estimates else f"coalesce(sum({measure}), 0)"

    def taken(self, measure: str) -> str:
        """The SQL condition under which a row has a part in the measure."""
        return f"{measure} <> 0" if measure in self.counts else f"coalesce({measure}, 0) <> 0"
