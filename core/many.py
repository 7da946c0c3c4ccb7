"""Many values at once: conditions with one array instead of a parameter for each, and random numbers."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Field, ForeignObject, Lookup

_BLOCK = 1_000
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def uuids() -> Iterator[str]:
    """Random UUIDs as text, without end: as `uuid4`, a block of random bytes at a time."""
    while True:
        block = os.urandom(16 * _BLOCK).hex()
        for at in range(0, len(block), 32):
            d = block[at : at + 32]
            yield f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{_VARIANTS[d[16]]}{d[17:20]}-{d[20:]}"


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
        # Without its length: a cast to varchar(18) would cut longer texts down to what they begin with.
        kind = self.lhs.output_field.db_type(connection).partition("(")[0]
        return f"{column} = any(array(select unnest(%s::{kind}[])))", [*parameters, list(self.rhs)]
