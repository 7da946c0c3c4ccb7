"""New rows of a plan that somebody else has registered since the check.

Where a constraint of the database keeps a key single, the insert itself finds out. The other keys (the name of
an employer without a code, a line of money that says the same) are compared here.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import UniqueConstraint

from core.models import ImportBatch

Names = tuple[str, ...]
# A commit that began before the upload may have ended after the check.
UNDER_WAY = timedelta(hours=1)
_LOCK = "select pg_advisory_xact_lock(hashtext(%s), county) from unnest(%s::int[]) as county order by county"
_HOLD = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from {table} t where r.batch_id = %s and r.plan = 'new' and t.created_at > %s and {same}"""
# What was archived meanwhile is not in the way.
_STANDING = 't."archived_at" is null'


@cache
def loose_keys(model: type[models.Model], keys: tuple[Names, ...]) -> list[Names]:
    """The keys that no constraint keeps single."""
    kept = [_kept(model, constraint) for constraint in model._meta.constraints]
    single = [{field.column} for field in model._meta.concrete_fields if field.unique]
    whole = [*single, *(names for names, is_always in kept if is_always)]
    partly = [names for names, is_always in kept if not is_always]
    return [key for key in keys if not any(names <= set(key) for names in whole) and set(key) not in partly]


def _kept(model: type[models.Model], constraint: Any) -> tuple[set[str], bool]:
    """The columns that a constraint keeps single (none: it does something else), and whether in every row."""
    if not isinstance(constraint, UniqueConstraint) or not constraint.fields:
        return set(), False
    columns = {f.column for f in model._meta.concrete_fields if f.name in constraint.fields if f.column}
    return columns, constraint.condition is None


def hold_registered_lately(batch: ImportBatch, importer: Any, problem: str) -> None:
    """Hold them; imports of the same content into the same county wait for each other until both know."""
    keys = loose_keys(importer.model, importer.keys)
    if not keys:
        return
    table, since = importer.model._meta.db_table, batch.created_at - UNDER_WAY
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [table, list(importer.actor.scope_counties())])
        # Neither table has been counted since its rows came: the planner would compare each with each.
        cursor.execute("set local enable_nestloop = off")
        for key in keys:
            same = " and ".join([*_standing(importer.model), *(_same(importer.model, name) for name in key)])
            cursor.execute(_HOLD.format(table=table, same=same), [problem, batch.pk, since])
        cursor.execute("set local enable_nestloop to default")


def _standing(model: type[models.Model]) -> list[str]:
    return [_STANDING] if any(field.column == "archived_at" for field in model._meta.concrete_fields) else []


def _same(model: type[models.Model], column: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    return f"t.\"{column}\" = (r.\"values\" -> 'row' ->> '{column}')::{field.db_type(connection)}"
