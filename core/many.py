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
