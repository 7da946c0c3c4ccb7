"""A condition on many values at once: one array instead of a parameter for each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Field, ForeignObject, Lookup


@ForeignObject.register_lookup
@Field.register_lookup
class OneOf(Lookup):
    """`id_hash__one_of=hashes`: as `__in`, for thousands of values of the column's own type."""

    lookup_name = "one_of"
    prepare_rhs = False
    rhs: Collection[Any]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = any(%s)", [*parameters, list(self.rhs)]


@Field.register_lookup
class LookedUp(OneOf):
    """`id_hash__looked_up=hashes`: as `one_of`, by the index of a unique column and by no other.

    What row-level security lets through is beyond the planner's knowledge: to look up some thousand values
    it would read the index of whole counties besides. Of an array that it does not see it expects few rows,
    so this is for one table, not for joins.
    """

    lookup_name = "looked_up"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection)
        return f"{column} = any(array(select unnest(%s::{kind}[])))", [*parameters, list(self.rhs)]
