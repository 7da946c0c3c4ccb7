"""The balance of each programme's public money, and the months that nobody has worked out yet."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Max, Sum
from django.urls import reverse
from django.utils import timezone

from cases.models import MealCheckIn, Programme
from core.money import yuan
from funding.models import CostShareRule, FundingLine, FundStage, Settlement, SettlementShare
from funding.models.settlements import next_month
from funding.settling.forecast import Forecast, forecast, used_by
from funding.settling.splitting import ZERO, per_meal

LATELY = 28
SHOWN = 6


def forecasts(account: Any) -> dict[str, Any]:
    """For the head of the list of months: every programme with a cost-sharing rule."""
    rules = CostShareRule.objects.visible_to(account).active()
    programmes = (
        Programme.objects.visible_to(account).active().filter(pk__in=rules.order_by().values("programme"))
    )
    return {
        "programmes": [_programme(row, account) for row in programmes.order_by("name_sort", "pk")[:SHOWN]]
    }


def _programme(programme: Any, account: Any) -> dict[str, Any]:
    return {
        "name": programme.name,
        "url": reverse("programmes-detail", args=[programme.pk]),
        "facts": balance_facts(programme, account),
        "missing": _missing(programme, account),
    }


def balance_facts(programme: Programme, account: Any) -> list[dict[str, Any]]:
    """Received, used, left, burn and the month it runs out, each with what it was made of."""
    meals = MealCheckIn.objects.visible_to(account).filter(programme=programme)
    last = meals.aggregate(last=Max("served_on"))["last"]
    rule = _rule(programme, last or timezone.localdate(), account)
    if rule is None or last is None:
        return [{"label": "结余预测", "value": "", "note": "没有就餐记录或费用分担办法，算不出。"}]
    one = _public(rule)
    received, settled = _received(programme, account), _settled(programme, account)
    waiting = meals.count() - _settled_meals(programme, account)
    used = used_by(settled, waiting, one)
    first = max(programme.started_on, last - timedelta(days=LATELY - 1))
    lately, days = meals.between(first, last).count(), (last - first).days + 1
    found = forecast(received, used, one, lately, days, last)
    lines = f"{reverse('funding_lines-list')}?subject={programme.name}"
    return [
        {"label": "公共资金到位", "value": f"{yuan(received)} 元", "note": "到位减退回", "url": lines},
        {
            "label": "已用",
            "value": f"{yuan(used)} 元",
            "note": f"已生成的月份 {yuan(settled)} 元，还没有生成的 {waiting:,} 份按每份 {float(one):.2f} 元估计",
        },
        {"label": "结余", "value": f"{yuan(found.left)} 元", "badge": "ok" if found.left >= 0 else "bad"},
        {
            "label": "近来每天用",
            "value": f"{yuan(found.per_day)} 元",
            "note": f"{first} 至 {last} 共 {lately:,} 份 × {float(one):.2f} 元 ÷ {days} 天",
        },
        _runs_out(found, last),
    ]


def _runs_out(found: Forecast, last: date) -> dict[str, Any]:
    fact: dict[str, Any] = {"label": "预计用完"}
    if found.left < 0:
        return fact | {"value": "已经用完", "badge": "bad", "note": "已用的多于到位的，请核对资金明细。"}
    if found.runs_out_on is None:
        return fact | {"value": "", "note": "近来没有就餐，算不出。"}
    month = f"{found.runs_out_on.year}年{found.runs_out_on.month}月"
    why = f"为什么：结余 {yuan(found.left)} 元 ÷ 每天 {yuan(found.per_day)} 元，从 {last} 算起"
    return fact | {"value": month, "note": why, "badge": "warn"}


def _rule(programme: Programme, day: date, account: Any) -> CostShareRule | None:
    rules = CostShareRule.objects.visible_to(account).with_shares()
    found: CostShareRule | None = rules.on(day).filter(programme=programme).first()
    return found


def _public(rule: CostShareRule) -> Fraction:
    """What the sources pay of one meal."""
    shares = zip(rule.shares.all(), per_meal(rule.face_value, rule.parts), strict=True)
    return sum((amount for share, amount in shares if share.is_public), Fraction(0))


def _received(programme: Programme, account: Any) -> Decimal:
    lines = FundingLine.objects.visible_to(account).active().in_cash().filter(programme=programme)
    sums = dict(lines.order_by().values_list("stage").annotate(total=Sum("amount")))
    return Decimal(sums.get(FundStage.RECEIVED, ZERO) - sums.get(FundStage.RETURNED, ZERO))


def _settled(programme: Programme, account: Any) -> Decimal:
    shares = SettlementShare.objects.visible_to(account).filter(settlement__programme=programme)
    return shares.filter(share__source__isnull=False).aggregate(total=Sum("amount"))["total"] or ZERO


def _settled_meals(programme: Programme, account: Any) -> int:
    """Check-ins of the months that were worked out, the disputed ones with them."""
    lines = Settlement.objects.visible_to(account).filter(programme=programme)
    return int(lines.aggregate(total=Sum("lines__meals_recorded"))["total"] or 0)


def _missing(programme: Programme, account: Any) -> list[dict[str, str]]:
    """Months that are over and not worked out, the latest first."""
    known = set(
        Settlement.objects.visible_to(account).filter(programme=programme).values_list("month", flat=True)
    )
    meals = MealCheckIn.objects.visible_to(account).filter(programme=programme)
    served = {day.replace(day=1) for day in meals.dates("served_on", "month")}
    over = [month for month in sorted(served - known) if next_month(month) <= timezone.localdate()]
    return [
        {
            "label": f"{month.year}年{month.month}月",
            "url": f"{reverse('settlements-new')}?programme={programme.pk}&month={month:%Y-%m}",
        }
        for month in reversed(over[-24:])
    ]
