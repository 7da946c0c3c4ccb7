"""The one answer of every check that refuses a value."""

from __future__ import annotations


class Problem(ValueError):
    """Why a value was refused and what the clerk can do about it; row, column and value are added by
    the caller.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason}。{self.remedy}。"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)
