"""The balance of each programme's public money, and the months that nobody has worked out yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, TruncMonth
from django.urls import reverse
from django.utils import timezone

from cases.models import MealCheckIn, Programme
from core.money import yuan
from funding.models import CostShareRule, FundingLine, FundStage, Settlement, SettlementShare
from funding.models.settlements import next_month
from funding.models.subsidies import Months
from funding.settling.forecast import Forecast, forecast, used_by
from funding.settling.splitting import ZERO, per_meal

LATELY = 28
SHOWN = 6
MONTHS_SHOWN = 24


def forecasts(account: Any) -> dict[str, Any]:
    """For the head of the list of months: the first programmes that have a cost-sharing rule."""
    shown = _first(account)
    balances = _balances(shown, account)
    missing = _missing(shown, account)
    return {
        "programmes": [
            {
                "name": programme.name,
                "url": reverse("programmes-detail", args=[programme.pk]),
                "facts": _facts(balances[programme.pk]),
                "missing": missing[programme.pk],
            }
            for programme in shown
        ]
    }


def _first(account: Any, programme: int | None = None) -> list[Programme]:
    """The first programmes that have a cost-sharing rule, or the one that is meant."""
    rules = CostShareRule.objects.visible_to(account).active().order_by().values("programme")
    found: Any = Programme.objects.visible_to(account).active().filter(pk__in=rules)
    found = found if programme is None else found.filter(pk=programme)
    return list(found.order_by("name_sort", "pk")[:SHOWN])


def next_to_settle(account: Any, programme: int | None = None) -> tuple[Programme, date] | None:
    """The oldest month that is over, has meals and is not worked out, of one programme or of the first ones."""
    shown = {each.pk: each for each in _first(account, programme)}
    missing = min(_months_missing(shown.values(), account), key=lambda found: found[1], default=None)
    return (shown[missing[0]], missing[1]) if missing else None


def unsettled(account: Any) -> QuerySet[Programme]:
    """Programmes with meals in months that are over and come after the last one worked out."""
    last = Settlement.objects.filter(programme=OuterRef("pk")).order_by("-month").values("month")[:1]
    following = ExpressionWrapper(Subquery(last) + Months(Value(1)), output_field=DateTimeField())
    since = Coalesce(Cast(OuterRef("following"), DateField()), Value(date.min))
    meals = MealCheckIn.objects.filter(
        programme=OuterRef("pk"), served_on__gte=since, served_on__lt=timezone.localdate().replace(day=1)
    )
    rules = CostShareRule.objects.visible_to(account).active().order_by().values("programme")
    programmes: Any = Programme.objects.visible_to(account).active().filter(pk__in=rules)
    found: QuerySet[Programme] = programmes.annotate(following=following).filter(Exists(meals))
    return found


@dataclass
class _Balance:
    """What the forecast of one programme is worked out from."""

    programme: Programme
    rule: CostShareRule | None
    last: date | None
    meals: int
    lately: int
    received: Decimal
    settled: Decimal
    settled_meals: int

    @property
    def first_lately(self) -> date:
        assert self.last
        return _first_lately(self.programme, self.last)


def _first_lately(programme: Programme, last: date) -> date:
    return max(programme.started_on, last - timedelta(days=LATELY - 1))


def _balances(programmes: list[Programme], account: Any) -> dict[int, _Balance]:
    """By programme; as many queries for many programmes as for one."""
    meals = MealCheckIn.objects.visible_to(account).filter(programme__in=programmes).order_by()
    rows = meals.values_list("programme").annotate(last=Max("served_on"), meals=Count("pk"))
    served = {programme: (last, count) for programme, last, count in rows}
    lately = _meals_lately(meals, programmes, {pk: last for pk, (last, _) in served.items()})
    rules = _rules(programmes, account)
    received, settled = _received(programmes, account), _settled(programmes, account)
    settled_meals = _settled_meals(programmes, account)
    found = {}
    for programme in programmes:
        key = programme.pk
        last, count = served.get(key, (None, 0))
        day = last or timezone.localdate()
        found[key] = _Balance(
            programme,
            next((rule for rule in rules if rule.programme_id == key and rule.is_on(day)), None),
            last,
            count,
            lately.get(key, 0),
            received.get(key, ZERO),
            settled.get(key, ZERO),
            settled_meals.get(key, 0),
        )
    return found


def _meals_lately(meals: Any, programmes: list[Programme], last: dict[int, date]) -> dict[int, int]:
    """Meals of each programme in the weeks up to its own last one."""
    spans = [
        Q(programme=each, served_on__range=(_first_lately(each, last[each.pk]), last[each.pk]))
        for each in programmes
        if each.pk in last
    ]
    if not spans:
        return {}
    return dict(meals.filter(reduce(or_, spans)).values_list("programme").annotate(Count("pk")))


def _facts(balance: _Balance) -> list[dict[str, Any]]:
    """Received, used, left, burn and the month it runs out, each with what it was made of."""
    if balance.rule is None or balance.last is None:
        return [{"label": "结余预测", "value": "", "note": "没有就餐记录或费用分担办法，算不出。"}]
    one, last, first = _public(balance.rule), balance.last, balance.first_lately
    waiting = balance.meals - balance.settled_meals
    used = used_by(balance.settled, waiting, one)
    days = (last - first).days + 1
    found = forecast(balance.received, used, one, balance.lately, days, last)
    lines = f"{reverse('funding_lines-list')}?programme={balance.programme.pk}"
    worked_out = f"已生成的月份 {yuan(balance.settled)} 元"
    return [
        {
            "label": "公共资金到位",
            "value": f"{yuan(balance.received)} 元",
            "note": "到位减退回",
            "url": lines,
        },
        {
            "label": "已用",
            "value": f"{yuan(used)} 元",
            "note": f"{worked_out}，还没有生成的 {waiting:,} 份按每份 {float(one):.2f} 元估计",
        },
        {"label": "结余", "value": f"{yuan(found.left)} 元", "badge": "ok" if found.left >= 0 else "bad"},
        {
            "label": "近来每天用",
            "value": f"{yuan(found.per_day)} 元",
            "note": f"{first} 至 {last} 共 {balance.lately:,} 份 × {float(one):.2f} 元 ÷ {days} 天",
        },
        _runs_out(found, last),
    ]


def _runs_out(found: Forecast, last: date) -> dict[str, Any]:
    fact: dict[str, Any] = {"label": "预计用完"}
    if found.left < 0:
        return fact | {"value": "已经用完", "badge": "bad", "note": "已用的多于到位的，请核对资金明细。"}
    if found.runs_out_on is None:
        why = (
            f"近来每天只用 {yuan(found.per_day)} 元" if found.per_day else "每份早餐没有由资金来源承担的部分"
        )
        return fact | {"value": "一百年内用不完", "note": f"{why}。"}
    month = f"{found.runs_out_on.year}年{found.runs_out_on.month}月"
    why = f"为什么：结余 {yuan(found.left)} 元 ÷ 每天 {yuan(found.per_day)} 元，从 {last} 算起"
    return fact | {"value": month, "note": why, "badge": "warn"}


def _rules(programmes: list[Programme], account: Any) -> list[CostShareRule]:
    rules = CostShareRule.objects.visible_to(account).active().with_shares()
    return list(rules.filter(programme__in=programmes))


def _public(rule: CostShareRule) -> Fraction:
    """What the sources pay of one meal."""
    shares = zip(rule.shares.all(), per_meal(rule.face_value, rule.parts), strict=True)
    return sum((amount for share, amount in shares if share.is_public), Fraction(0))


def _received(programmes: list[Programme], account: Any) -> dict[int, Decimal]:
    """Cash that came in, less what went back."""
    lines = FundingLine.objects.visible_to(account).active().in_cash().filter(programme__in=programmes)
    came = Sum("amount", filter=Q(stage=FundStage.RECEIVED), default=ZERO)
    went = Sum("amount", filter=Q(stage=FundStage.RETURNED), default=ZERO)
    return dict(lines.order_by().values_list("programme").annotate(total=came - went))


def _settled(programmes: list[Programme], account: Any) -> dict[int, Decimal]:
    shares = SettlementShare.objects.visible_to(account).filter(settlement__programme__in=programmes)
    public = shares.filter(share__source__isnull=False).order_by()
    return dict(public.values_list("settlement__programme").annotate(total=Sum("amount")))


def _settled_meals(programmes: list[Programme], account: Any) -> dict[int, int]:
    """Check-ins of the months that were worked out, the disputed ones with them."""
    months = Settlement.objects.visible_to(account).filter(programme__in=programmes).order_by()
    return dict(months.values_list("programme").annotate(total=Sum("lines__meals_recorded", default=0)))


def _missing(programmes: list[Programme], account: Any) -> dict[int, list[dict[str, str]]]:
    """By programme: months that are over and not worked out, the latest first."""
    over = sorted(_months_missing(programmes, account), reverse=True)
    return {
        each.pk: [_month_link(each, month) for key, month in over if key == each.pk][:MONTHS_SHOWN]
        for each in programmes
    }


def _months_missing(programmes: Collection[Programme], account: Any) -> list[tuple[int, date]]:
    months = Settlement.objects.visible_to(account).filter(programme__in=programmes).order_by()
    known = set(months.values_list("programme", "month"))
    meals = MealCheckIn.objects.visible_to(account).filter(programme__in=programmes).order_by()
    served = set(meals.values_list("programme", TruncMonth("served_on")).distinct())
    today = timezone.localdate()
    return [(key, month) for key, month in served - known if next_month(month) <= today]


def _month_link(programme: Programme, month: date) -> dict[str, str]:
    return {
        "label": f"{month.year}年{month.month}月",
        "url": f"{reverse('settlements-new')}?programme={programme.pk}&month={month:%Y-%m}",
    }
