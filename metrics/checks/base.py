"""What a check is: it names the contradictions in the rows of some places and repairs nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contradiction:
    """Something that does not fit, on one row."""

    subject_id: int
    subject_label: str
    union_id: int
    county_id: int
    message: str
    detail: dict[str, Any] = field(default_factory=dict)


LONGEST = 500


def cut(message: str) -> str:
    """A message that fits into a finding; long names leave no room for the rest."""
    return message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"


@dataclass(frozen=True)
class Check:
    """A declared check over the rows of one model; `find` gets the divisions to look at."""

    key: str
    label: str
    subject_type: str
    find: Callable[[Sequence[int]], Iterable[Contradiction]]
