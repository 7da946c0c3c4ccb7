"""Whether persons are registered, asked across all counties and answered with nothing else."""

from collections.abc import Collection
from enum import Enum
from typing import Any

from django.db.models import QuerySet

from core import scope
from members.models import Person


class Standing(Enum):
    """Where a keyed hash is registered, seen from one account."""

    OWN = "own"
    ELSEWHERE = "elsewhere"


def standing(hashes: Collection[bytes], actor: Any) -> dict[bytes, Standing]:
    """Standing of those hashes that are registered at all.

    Opens every county for one query and closes them again, so that a person of another county is known to
    exist and nothing more is learnt. Call it inside a transaction.
    """
    own = {bytes(found) for found in _hashes(Person.objects.visible_to(actor), hashes)}
    scope.apply_everywhere()
    everywhere = {bytes(found) for found in _hashes(Person.objects.all(), hashes)}
    scope.apply(actor)
    return {found: Standing.OWN if found in own else Standing.ELSEWHERE for found in everywhere}


def _hashes(persons: QuerySet[Person], hashes: Collection[bytes]) -> QuerySet[Person, Any]:
    return persons.filter(id_hash__in=list(hashes)).values_list("id_hash", flat=True)
