"""Who bears the price of a breakfast, as far as documents say."""

from typing import Any

from cases.models import Programme
from config.demo.money import money
from funding.models import CostShare, CostShareRule, FundingSource
from funding.models.sharing import share_values
from funding.settling.wording import read_payers


def load_rules(row: dict[str, Any], programme: Programme) -> None:
    """The cost-sharing rules of a programme."""
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    sources = dict(FundingSource.objects.filter(**place).values_list("name", "pk"))
    for given in row["分担"]:
        rule = CostShareRule.objects.create(
            **place,
            programme=programme,
            face_value=money(given["每份标准"]),
            valid_from=given["起"],
            valid_to=given.get("止"),
            note=given["依据"],
        )
        CostShare.objects.bulk_create(
            CostShare(**place, rule=rule, **share_values(payer, position, sources.get(payer.name)))
            for position, payer in enumerate(read_payers(given["各方"]), 1)
        )
