"""The floor: one scan over each table that the facts read."""

from time import perf_counter
from typing import Any

from django.db import connection, transaction

from core import scope

TABLES = (
    "members_membership",
    "members_person",
    "members_membergrouptag",
    "unions_union",
    "unions_legalpersonregistration",
    "unions_unionheadcount",
    "unions_employer",
    "unions_employerheadcount",
    "unions_unitcoverage",
    "unions_democraticsystem",
    "cases_programme",
    "cases_partnershop",
    "cases_shopcontract",
    "cases_shoppause",
    "cases_enrolment",
    "cases_mealcheckin",
    "cases_project",
    "funding_fundingsource",
    "funding_fundingline",
    "funding_subsidygrant",
    "funding_subsidyentry",
)


def run() -> dict[str, Any]:
    """Seconds of the scans, once everything has been read."""
    scan()
    begun = perf_counter()
    rows = scan()
    return {"seconds": perf_counter() - begun, "rows": rows}


def scan() -> int:
    """Count the rows of every table."""
    with transaction.atomic(), connection.cursor() as cursor:
        scope.apply_everywhere()
        rows = 0
        for table in TABLES:
            cursor.execute(f"select count(*) from {table}")
            rows += cursor.fetchone()[0]
        return rows
