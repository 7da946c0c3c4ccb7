"""One row of a spreadsheet on its way into the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.checks import Problem
from core.models import ImportRow


class Masked(NamedTuple):
    """A cell that an export had masked: only its last characters are known."""

    tail: str


@dataclass(slots=True)
class Draft:
    """A row as read: `cells` are clean values by column key, `shown` what people may see of them.

    `defaulted` names the cells that a default filled. Planning adds `image` (values by model column) and
    `keys`, and ends with the fields of `core.models.ImportRow`.
    """

    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    doubts: list[dict[str, Any]] = field(default_factory=list)
    defaulted: set[str] = field(default_factory=set)
    image: dict[str, Any] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=list)
    plan: str = ImportRow.Plan.HELD
    row: dict[str, Any] = field(default_factory=dict)
    add: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    edit: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changes: dict[str, list[str | None]] = field(default_factory=dict)
    target_id: int | None = None
    target_version: int | None = None

    def hold(self, column: str, problem: Problem, value: str = "") -> None:
        """Keep the row out of the register, with the column's label and what to do."""
        self.say(column, str(problem), value)

    def doubt(self, column: str, problem: Problem, value: str = "") -> None:
        """Leave it to a person whether the row, as planned, is meant."""
        self.doubts.append({"column": column, "message": str(problem), "value": value})

    def say(self, column: str, message: str, value: str = "") -> None:
        """Hold the row with a sentence that stands as it is."""
        self.problems.append({"column": column, "message": message, "value": value})

    @property
    def is_held(self) -> bool:
        return bool(self.problems)

    def values(self) -> dict[str, Any]:
        """What commit writes: the row itself, rows that belong to it, changes of such rows."""
        written: dict[str, Any] = {"row": self.row} if self.row else {}
        if self.add:
            written["add"] = self.add
        if self.edit:
            written["edit"] = self.edit
        return written
