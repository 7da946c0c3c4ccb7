"""The portal: the action behind the button, then once more as a redraft."""

from datetime import date
from importlib import import_module
from time import perf_counter
from typing import Any

from django.db.models import Sum

from bench.settlement.floor import scan
from cases.models import Programme
from core.imports.console import account
from core.scope import applied
from funding import actions
from funding.models import Settlement

BEFORE, MONTH = date(2022, 12, 1), date(2023, 1, 1)


def run() -> dict[str, Any]:
    """Seconds of the first draft and of the second; what came out."""
    import_module("config.wsgi")
    admin = account("admin")
    with applied(admin):
        Settlement.objects.count()
        programme = Programme.objects.visible_to(admin).get()
    # A web process has been loaded so, and has settled before; so has its connection to the database.
    actions.draft_month(by=admin, programme=programme, month=BEFORE)
    scan()
    begun = perf_counter()
    settlement = actions.draft_month(by=admin, programme=programme, month=MONTH)
    drafted = perf_counter()
    actions.redraft_month(by=admin, row=settlement)
    done = perf_counter()
    with applied(admin):
        meals = settlement.lines.aggregate(total=Sum("meals_valid"))["total"]
        return {
            "seconds": drafted - begun,
            "again_seconds": done - drafted,
            "shops": settlement.lines.count(),
            "meals": meals,
            "doubtful": settlement.exceptions.count(),
        }
