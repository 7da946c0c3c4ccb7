"""Counting a whole place, whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core import scope


@contextmanager
def whole(by: Any) -> Iterator[None]:
    """Open every county to the transaction for a count, and go back to the actor's own scope.

    A member of a past quarter may have moved to another county since; the count of that quarter still holds.
    Names and details are read outside of this, through `visible_to`. Where an error passes through, the
    surrounding savepoint or transaction takes the scope back.
    """
    scope.apply_everywhere()
    yield
    scope.apply(by)
