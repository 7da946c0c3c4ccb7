"""Whether a value is registered out of an account's sight: asked across all counties, answered with no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models

from core import scope


def held_out_of_sight(model: type[models.Model], name: str, values: Collection[Any], actor: Any) -> set[Any]:
    """Which of the values of a unique column stand in rows that the actor does not see."""
    held = held_anywhere(model, name, values, actor)
    manager: Any = model._default_manager
    return held - _found(manager.visible_to(actor), name, held) if held else held


def held_anywhere(model: type[models.Model], name: str, values: Collection[Any], actor: Any) -> set[Any]:
    """Which of the values of a unique column stand in any row, in sight of the actor or out of it.

    The one place that opens every county to answer somebody: for one statement, closed again whatever
    happens, so that a row of another county is known to exist and nothing more is learnt. Call it inside a
    transaction.
    """
    if not values:
        return set()
    manager: Any = model._default_manager
    scope.apply_everywhere()
    try:
        return _found(manager.all(), name, values)
    finally:
        scope.apply(actor)


def _found(rows: models.QuerySet[Any], name: str, values: Collection[Any]) -> set[Any]:
    found = rows.filter(**{f"{name}__looked_up": values}).order_by().values_list(name, flat=True)
    return {bytes(value) if isinstance(value, memoryview) else value for value in found}
