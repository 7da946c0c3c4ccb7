"""Codes of unions below county level: the county's and the next serial number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from django.db import connection

from core.models import ImportBatch, ImportRow
from unions.models import Union


def next_codes(county_id: int, reserved: Iterable[str] = ()) -> Iterator[str]:
    """Free codes of a county, one after the other; whoever else takes codes there waits for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [county_id])
    prefix = f"{county_id}-"
    known = Union.objects.filter(county_id=county_id, code__startswith=prefix)
    taken = [*known.values_list("code", flat=True), *(code for code in reserved if code.startswith(prefix))]
    last = max((int(code.removeprefix(prefix)) for code in taken), default=0)
    return (f"{prefix}{serial:04d}" for serial in count(last + 1))


def code_planned(batch: ImportBatch) -> None:
    """Give new unions of a plan their codes, where the file gives none, and their places in the tree as it is now."""
    planned = list(batch.rows.filter(plan=ImportRow.Plan.NEW).order_by("number"))
    unions: dict[int, dict[str, Any]] = {row.values["row"]["id"]: row.values["row"] for row in planned}
    typed = [union["code"] for union in unions.values() if "code" in union]
    counties = sorted({union["county_id"] for union in unions.values()})
    codes = {county: next_codes(county, typed) for county in counties}
    for union in unions.values():
        if "code" not in union:
            union["code"] = next(codes[union["county_id"]])
    above = Union.objects.filter(pk__in={union["parent_id"] for union in unions.values()})
    paths = dict(above.values_list("pk", "path"))
    for union in unions.values():
        union["parent_path"] = _path(union["parent_id"], unions, paths)
    batch.rows.bulk_update(planned, ["values"], batch_size=1_000)


def _path(number: int, unions: dict[int, dict[str, Any]], paths: dict[int, str]) -> str:
    """The path of a union of the register, or of the plan."""
    if number not in paths:
        union = unions[number]
        paths[number] = f"{_path(union['parent_id'], unions, paths)}{union['code']}/"
    return paths[number]
