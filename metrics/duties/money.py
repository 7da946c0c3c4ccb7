"""Months of programmes on their way to payment, and subsidies that lie too long."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from funding.models import Settlement, SettlementStage, SubsidyGrant
from funding.settlement.forecast import unsettled
from metrics.duties.base import Item, item
from unions.models import Account

UNCHECKED = (SettlementStage.DRAFTED, SettlementStage.CONFIRMED)


def settlements(account: Account) -> list[Item]:
    """What whoever works out and pays the months has to do next."""
    months = Settlement.objects.visible_to(account)
    objected = months.filter(stage__in=UNCHECKED, lines__objected_at__isnull=False).distinct()
    return [
        *_months(objected, "个月结算有门店提出异议", "看清异议，改正或说明后请门店再确认。", "去处理"),
        *_months(
            months.filter(stage__in=UNCHECKED), "个月结算等待核对", "处理疑点，等门店确认后核对。", "去核对"
        ),
        *_months(
            months.filter(stage=SettlementStage.APPROVED),
            "个月结算已批准，等待付款",
            "付款后登记日期和凭证号。",
            "去付款",
            SettlementStage.APPROVED,
        ),
        *item(
            unsettled(account).count(),
            "个服务项目有月份还没有结算",
            "有就餐，月份已过，还没有生成月结算。",
            reverse("settlements-list"),
            "去生成",
        ),
    ]


def approvals(account: Account) -> list[Item]:
    """Months that somebody else has checked."""
    checked = Settlement.objects.visible_to(account).filter(stage=SettlementStage.CHECKED)
    return _months(
        checked.exclude(checked_by=account),
        "个月结算已核对，等待批准",
        "核对人不能批准自己核对的月份。",
        "去批准",
        SettlementStage.CHECKED,
    )


def subsidies(account: Account) -> list[Item]:
    grants: Any = SubsidyGrant.objects.visible_to(account).active().with_money(timezone.localdate())
    return item(
        grants.filter(overdue__gt=0).count(),
        "笔县级工会补助超期没有支出",
        "到账后久未支出的补助，请支出并登记，或说明。",
        f"{reverse('subsidy_grants-list')}?state=overdue",
        "看名单",
    )


def _months(months: Any, title: str, text: str, action: str, stage: str = "") -> list[Item]:
    """One month opens at once; of several the list."""
    found = list(months.order_by("month").values_list("pk", flat=True)[:2])
    url = reverse("settlements-list") + (f"?stage={stage}" if stage else "")
    if len(found) == 1:
        url = reverse("settlements-detail", args=found)
    return item(months.count(), title, text, url, action)
