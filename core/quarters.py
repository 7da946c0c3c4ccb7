"""Quarters, written `2023Q1` everywhere. Pure functions; the day is always a parameter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self


@dataclass(frozen=True, order=True)
class Quarter:
    """One calendar quarter. Stock figures stand at `end`, flow figures lie in [start, end]."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2023Q1` → the quarter. Raises ValueError with a Chinese sentence."""
        match = re.fullmatch(r"([12][0-9]{3})Q([1-4])", text.strip().upper())
        if not match:
            raise ValueError(f"“{text}”不是季度。请写成 2023Q1 这样的形式。")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month + 2) // 3)

    @property
    def start(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def end(self) -> date:
        return self.shift(1).start - timedelta(days=1)

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}季度"

    def shift(self, quarters: int) -> Self:
        index = self.year * 4 + self.number - 1 + quarters
        return type(self)(index // 4, index % 4 + 1)

    def last(self, count: int) -> list[Self]:
        """The `count` quarters that end with this one, oldest first."""
        return [self.shift(back) for back in range(1 - count, 1)]

    def until(self, other: Self) -> Iterator[Self]:
        """This quarter up to and including `other`."""
        step = self
        while step <= other:
            yield step
            step = step.shift(1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
