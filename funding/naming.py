"""Which source a name means: spaces, brackets and the like do not tell two payers of a county apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Case, Q, QuerySet, When

from core.imports import Image
from core.imports.lookup import Found, Lookup
from funding.models import FundingSource
from funding.models.lines import LOOSE

# As the column `name_key`.
KEY = "lower(regexp_replace(normalize({}, NFKC), %(loose)s, '', 'g'))"
_KEYS = f"select name, {KEY.format('name')} from unnest(%(names)s::text[]) as name"


def keys_of(names: Iterable[str]) -> dict[str, str]:
    """The names without what people write differently, as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, {"loose": LOOSE, "names": list(names)})
        return dict(cursor.fetchall())


def called(sources: QuerySet[FundingSource], name: str) -> QuerySet[FundingSource]:
    """Of these sources those that a name may mean, the best first.

    What stands comes before what was archived; of old duplicates the one that is spelled just so.
    """
    order = Case(
        When(archived_at=None, name=name, then=0),
        When(archived_at=None, then=1),
        When(name=name, then=2),
        default=3,
    )
    return sources.filter(name_key=keys_of([name])[name]).order_by(order, "pk")


class SourceLookup(Lookup):
    """Sources that cells name, as `called` finds them."""

    def __init__(self, sources: QuerySet[Any], *, remedy: str = "", current_only: bool = False) -> None:
        carry = ("union_id", "county_id", "kind", "name_key", "archived_at")
        super().__init__("资金来源", sources, carry=carry, remedy=remedy, current_only=current_only)
        self._keys: dict[str, str] = {}

    def of_county(self, name: str, county: int) -> list[Found]:
        """What a prepared name means in a county: nothing, one source, or several that are as likely."""
        found = [source for source in self.all_of(name) if source["county_id"] == county]
        ranks = [(source["archived_at"] is not None, source["name"] != name) for source in found]
        return [source for source, rank in zip(found, ranks, strict=True) if rank == min(ranks)]

    def key(self, name: str) -> str:
        return self._keys.get(name, name)

    def naming(self, names: set[str]) -> Q:
        self._keys |= keys_of(names)
        return Q(name_key__in={self._keys[name] for name in names})

    def remember(self, row: Image) -> None:
        self._keys[row["name"]] = row["name_key"]
        super().remember(row)
