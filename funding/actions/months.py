"""A month held still while something is done to it."""

from collections.abc import Sequence
from typing import Any

from core.actions import Refused
from core.words import first_few
from funding.models import Settlement
from funding.models.settlements import OPEN_STAGES

NAMED = 5


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


def without_statement(shops: Sequence[str]) -> str:
    """How many shops served and stated nothing, the first of them by name."""
    return f"{len(shops)} 家门店没有报数：{first_few(shops, NAMED)}。"
