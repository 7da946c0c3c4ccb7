"""Images of rows to come: the columns of a model's table, what a new row takes where nothing is given, its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import Field

Image = dict[str, Any]


@cache
def insertable(model: type[models.Model]) -> dict[str, Field[Any, Any]]:
    """Columns of a model's table by name, without generated ones."""
    return {
        field.column: field
        for field in model._meta.concrete_fields
        if field.column and not getattr(field, "generated", False)
    }


def quoted(names: Iterable[str]) -> str:
    """Column names for a statement."""
    return ", ".join(f'"{name}"' for name in names)


def complete_image(model: type[models.Model], image: Image, new_id: int) -> Image:
    """What a new row is given, and the defaults that are made anew; constant ones are filled in by commit."""
    given = {**image, "id": new_id}
    if None in image.values():
        given = {name: value for name, value in given.items() if value is not None}
    for name, make in _makers(model):
        if name not in given:
            given[name] = make()
    return given


@cache
def constant_defaults(model: type[models.Model]) -> Image:
    """Defaults of a model's columns; blank text is empty, never null."""
    defaults: Image = {}
    for name, field in insertable(model).items():
        if field.has_default() and not callable(field.default):
            defaults[name] = field.default
        elif isinstance(field, (models.CharField, models.TextField)) and not field.null:
            defaults[name] = ""
    return defaults


@cache
def _makers(model: type[models.Model]) -> list[tuple[str, Callable[[], Any]]]:
    return [
        (name, field.default)
        for name, field in insertable(model).items()
        if callable(field.default) and field.has_default() and name not in ("created_at", "uuid")
    ]


class Numbers:
    """Numbers for rows of one model, taken from its sequence in blocks."""

    def __init__(self, model: type[models.Model], block: int = 5_000) -> None:
        self.model, self.block = model, block
        self.left: list[int] = []

    def __next__(self) -> int:
        if not self.left:
            self.left = allocate(self.model, self.block)[::-1]
        return self.left.pop()


def allocate(model: type[models.Model], count: int) -> list[int]:
    """Numbers for rows to come: the plan names the row before it exists, a number unused is no harm."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            # The sequence is looked up once, not for every number.
            "select nextval(own.sequence) from generate_series(1, %s),"
            " (select pg_get_serial_sequence(%s, 'id')::regclass as sequence offset 0) own",
            [count, model._meta.db_table],
        )
        return [number for (number,) in cursor.fetchall()]
