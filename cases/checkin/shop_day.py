"""A shop on a day, as a tap found it: all that decides about everybody's tap there, whoever comes."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from cases.models import PartnerShop, Programme
from cases.serving import Standing, why_not_served
from core.rights import Right
from unions.models import Account

# What `cases_tap` tells of each, in the order of the model's fields.
SHOP = ("id", "union_id", "county_id", "programme_id", "name", "serves_from", "serves_until")
PROGRAMME = ("id", "archived_at", "name", "attributes", "started_on", "ended_on")
ACCOUNT = ("id", "role", "union_id", "county_id", "is_active")


@dataclass(frozen=True)
class ShopDay:
    """`basis` is the text it was made of, by which the database knows whether it still holds."""

    basis: str
    shop: PartnerShop
    account: Account
    standing: Standing

    def serves(self, at: datetime) -> bool:
        """Whether a worker who taps at this moment of the day gets a meal, unless he has had one."""
        if self.standing.is_settled or not self.account.can(Right.CHECK_IN):
            return False
        return not why_not_served(self.shop, at, self.standing)


def shop_day(basis: str) -> ShopDay:
    """What the text of `cases_tap` tells."""
    shop, programme, account, standing, _ = json.loads(basis)
    row = _told(PartnerShop, SHOP, shop)
    row.programme = _told(Programme, PROGRAMME, programme)
    return ShopDay(basis, row, _told(Account, ACCOUNT, account), Standing(*standing))


def _told(model: type[models.Model], names: tuple[str, ...], values: list[Any]) -> Any:
    fields: Any = map(model._meta.get_field, names)
    return model.from_db(
        None, names, [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    )
