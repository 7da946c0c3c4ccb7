"""What a fact is: one query that yields a row per counted thing and quarter.

Counts and opened rows both come from this query, so a figure and the list behind it cannot disagree.
"""

from dataclasses import dataclass
from functools import cached_property


def in_force(alias: str) -> str:
    """The SQL condition of a dated row that stands at the quarter's end."""
    return f"{alias}.valid_from <= q.end_on and ({alias}.valid_to is null or {alias}.valid_to > q.end_on)"


def kept(alias: str) -> str:
    """The SQL condition of a row that was not archived before the quarter was over."""
    return f"({alias}.archived_at is null or {alias}.archived_at >= q.end_at)"


@dataclass(frozen=True)
class Grouping:
    """A column of the fact by whose values its figures are broken down; rows without a value are left out."""

    key: str
    column: str


@dataclass(frozen=True)
class Fact:
    """A query over `asked q` (quarter, start_on, end_on, through_on, end_at) in the divisions `%(codes)s`.

    Its rows carry `quarter`, `county_id`, `row_id` (unique within a quarter) and the measures:
    `counts` are booleans to be counted; `sums` are numbers, zero where nothing was recorded; `estimates` are
    numbers that stay unknown where nobody counted. `through_on` is the last day of the quarter that has come.
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
        return self.counts + self.sums + self.estimates

    @cached_property
    def group_keys(self) -> frozenset[str]:
        return frozenset(grouping.key for grouping in self.groupings)

    def columns_of(self, group_key: str) -> tuple[str, ...]:
        return tuple(grouping.column for grouping in self.groupings if grouping.key == group_key)

    def empty(self, measure: str) -> int | None:
        """The value of a measure where there are no rows at all."""
        return None if measure in self.estimates else 0

    def total(self, measure: str) -> str:
        """The SQL that adds a measure up."""
        return f"count(*) filter (where {measure})" if measure in self.counts else f"sum({measure})"

    def taken(self, measure: str) -> str:
        """The SQL condition under which a row has a part in the measure."""
        return measure if measure in self.counts else f"coalesce({measure}, 0) <> 0"

    def amount(self, measure: str) -> str:
        """What one row contributes, as SQL."""
        return "null::numeric" if measure in self.counts else f"{measure}::numeric"
