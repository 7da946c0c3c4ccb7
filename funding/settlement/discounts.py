"""What shops take off each meal by their contracts, held against the merchant's share of the rule."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.urls import reverse

from cases.models import ShopContract
from core.money import yuan
from core.words import first_few
from funding.models import CostShareRule, PayerKind, Settlement
from funding.settling.splitting import per_meal

NAMED = 5


def discount_notices(row: Settlement, account: Any) -> list[dict[str, str]]:
    """For components/findings.html: one for each rule of the month that contracts say otherwise than."""
    if row.is_frozen:
        return []  # nothing of it can be put right any more
    rules = CostShareRule.objects.visible_to(account).with_shares()
    notices = [
        _notice(row, rule, _other_contracts(row, rule, account))
        for rule in rules.filter(programme=row.programme_id).within(row.month, row.following)
    ]
    return [notice for notice in notices if notice]


def _other_contracts(row: Settlement, rule: CostShareRule, account: Any) -> list[ShopContract]:
    """Contracts of the month's shops, on the days of the rule, with another discount than the rule's."""
    contracts = ShopContract.objects.visible_to(account).select_related("shop")
    contracts = contracts.filter(shop__settlement_lines__settlement=row, discount__isnull=False)
    share = merchant_share(rule)
    found = contracts.within(*row.days_of(rule)).order_by("shop__name", "pk").distinct()
    return [each for each in found if each.discount is not None and Fraction(each.discount) != share]


def merchant_share(rule: CostShareRule) -> Fraction:
    """What the shop bears of one meal, in yuan, exactly."""
    amounts = zip(rule.shares.all(), per_meal(rule.face_value, rule.parts), strict=True)
    return sum((amount for share, amount in amounts if share.payer == PayerKind.MERCHANT), Fraction(0))


def _notice(row: Settlement, rule: CostShareRule, contracts: Sequence[ShopContract]) -> dict[str, str]:
    if not contracts:
        return {}
    shops = len({contract.shop_id for contract in contracts})
    said = [f"{contract.shop.name} {yuan(contract.discount)} 元" for contract in contracts]
    agreed = f"{row.days_text(rule)}的分担办法里商家让利每份 {float(merchant_share(rule)):.2f} 元"
    return {
        "title": f"{shops} 家门店合同里的让利与分担办法不同。",
        "text": f"{agreed}；合同里：{first_few(said, NAMED)}。结算按分担办法计算，请核对哪一处不对并更正。"
        + _how_to_follow(row, rule, contracts),
        "url": reverse("cost_share_rules-detail", args=[rule.pk]),
        "action": "看分担办法",
    }


def _how_to_follow(row: Settlement, rule: CostShareRule, contracts: Sequence[ShopContract]) -> str:
    """What to do where the rule changed within the month and a contract from before goes on."""
    first, _ = row.days_of(rule)
    if first == row.month or all(contract.valid_from >= first for contract in contracts):
        return ""
    return (
        f"分担办法从 {first} 起换过，合同还是原来那份的：门店从那天起也换了让利的，"
        f"在门店页面“更正合同”，终止日期填 {first}，再“签订合同”写明新的让利。"
    )
