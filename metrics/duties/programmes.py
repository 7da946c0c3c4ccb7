"""Shops of programmes that wait for the union."""

from typing import Any

from django.urls import reverse

from cases.models import ShopStage
from cases.shops import shop_rows
from metrics.duties.base import Item, item
from unions.models import Account


def shops(account: Account) -> list[Item]:
    rows: Any = shop_rows(account).filter(archived_at__isnull=True)
    url = reverse("shops-list")
    over = rows.filter(stage=ShopStage.CONTRACTED, standing="over")
    return [
        *item(
            rows.filter(stage=ShopStage.APPLIED).count(),
            "家门店已申请，等待验收",
            "验收合格才能签约。",
            f"{url}?stage={ShopStage.APPLIED}",
            "去验收",
        ),
        *item(
            rows.filter(stage=ShopStage.INSPECTED).count(),
            "家门店验收合格，等待签约",
            "签约之后才能打卡。",
            f"{url}?stage={ShopStage.INSPECTED}",
            "去签约",
        ),
        *item(
            over.count(),
            "家门店的合同已结束",
            "续签，或者终止合作；没有合同的日子不能打卡。",
            f"{url}?stage={ShopStage.CONTRACTED}&standing=over",
            "去处理",
            "info",
        ),
    ]
