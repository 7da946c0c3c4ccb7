"""Rows into the register by COPY, many at a time, inside one audited event."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from config.demo import places
from core import scope
from core.actions import bootstrap
from unions.models import Account, Union


@contextmanager
def province() -> Iterator[dict[int, Union]]:
    """The divisions, area unions and accounts of the demonstration province; the block adds the rest."""
    created: list[Account] = []
    with bootstrap("bench.load", lambda: created[0]):
        places.load_divisions()
        unions = places.load_area_unions()
        created.append(places.load_accounts(unions))
        scope.apply_everywhere()
        for union in unions.values():
            union.refresh_from_db()
        yield unions


def counties(unions: dict[int, Union]) -> list[Union]:
    """The unions of the counties, by code."""
    return [union for code, union in sorted(unions.items()) if union.level == "county"]


def fill(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY into a temporary table, which row-level security does not bind, and on from there."""
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table filling as select {columns} from {model._meta.db_table} with no data"
        )
        cursor.copy_expert("copy filling from stdin", as_lines(rows))
        insert(model, "from filling", **{name: f'"{name}"' for name in names})
        cursor.execute("drop table filling")


def insert(model: type[models.Model], source: str, **columns: str) -> None:
    """INSERT … SELECT; `columns` are SQL, what they leave out takes the default of its field."""
    table, columns = model._meta.db_table, dict(columns)
    parameters = {}
    for field in model._meta.concrete_fields:
        left_to_database = field.primary_key or field.generated or field.db_default is not NOT_PROVIDED
        if field.column not in columns and not left_to_database:
            columns[field.column] = f"%({field.column})s"
            parameters[field.column] = field.get_db_prep_save(field.get_default(), connection)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} ({names}) select {', '.join(columns.values())} {source}", parameters
        )
        cursor.execute(
            f"select setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) from {table}"
        )


def as_lines(rows: Iterable[Sequence[Any]]) -> io.StringIO:
    """COPY's text format."""
    return io.StringIO("".join("\t".join(map(_text, row)) + "\n" for row in rows))


def _text(value: Any) -> str:
    if value is None:
        return r"\N"
    return rf"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def settle() -> None:
    """Clean pages and statistics, as a database that has been in use has them."""
    with connection.cursor() as cursor:
        cursor.execute("vacuum (freeze, analyze)")
