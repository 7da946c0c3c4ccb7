"""The floor: parse the file and COPY its rows into tables indexed and constrained like the register's.

Nothing is checked, looked for or encrypted: what the columns must hold is the cheapest thing of its size.
"""

from collections.abc import Iterator
from hashlib import sha256
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench.imports import tables
from bench.imports.register import COUNTY, PERSON, SPELL
from bench.loading import as_lines
from core import scope
from unions.models import Employer, Union

ENVELOPE = bytes(48)


def run(size: int, file: str) -> dict[str, Any]:
    """Seconds of parsing and copying."""
    with transaction.atomic():
        scope.apply_everywhere()
        unions = dict(Union.objects.values_list("code", "pk"))
        employers = dict(Employer.objects.values_list("name", "pk"))
    begun = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        rows = tables.read(file)
        now = timezone.now().isoformat()
        first = 10 * size
        persons = as_lines(_persons(rows, first, now, unions, employers))
        cursor.copy_expert(f"copy bench_floor_person ({', '.join(PERSON)}) from stdin", persons)
        spells = as_lines(_spells(rows, first, now, unions))
        cursor.copy_expert(f"copy bench_floor_membership ({', '.join(SPELL)}) from stdin", spells)
    return {"seconds": perf_counter() - begun}


def _persons(
    rows: list[list[Any]], first: int, now: str, unions: dict[str, int], employers: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows, start=first):
        name, identity, sex, born, mobile, union, _, employer, _, _ = row
        digest = sha256(identity.encode()).digest()
        yield (
            number,
            1,
            now,
            unions[union],
            COUNTY,
            digest[:16].hex(),
            name,
            name,
            "1" if sex == "男" else "2",
            born,
            ENVELOPE,
            digest,
            identity[-4:],
            ENVELOPE,
            mobile[-4:],
            "",
            "20",
            "13",
            "",
            "1",
            "",
            employers[employer],
            now,
        )


def _spells(rows: list[list[Any]], first: int, now: str, unions: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows, start=first):
        yield (1, now, unions[row[5]], COUNTY, number, row[6], "active", "1", "", "", "")
