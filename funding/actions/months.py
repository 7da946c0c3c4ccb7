"""A month held still while something is done to it."""

from typing import Any

from core.actions import Refused
from funding.models import Settlement
from funding.models.settlements import OPEN_STAGES


def place_of(row: Any) -> dict[str, int]:
    return {"union_id": row.union_id, "county_id": row.county_id}


def held_month(settlement: Settlement) -> Settlement:
    """The month, nobody else's until the transaction ends."""
    return Settlement.objects.select_for_update().get(pk=settlement.pk)


def require_open(settlement: Settlement) -> None:
    if settlement.is_frozen:
        raise Refused(f"{settlement.month_text}的结算已批准，不能再改。多付、少付的请登记更正。")
    if settlement.stage not in OPEN_STAGES:
        raise Refused(f"{settlement.month_text}的结算已核对，请先退回再改。")
