"""The breakfast's take-up and reach broken down: by shop, by office, by week. Both halves, division last."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Avg, Count, Q
from django.db.models.functions import TruncWeek
from django.urls import reverse
from django.utils import timezone

from cases.models import Enrolment, MealCheckIn, MealRating, Programme, ShopContract, ShopPause
from cases.shops import STANDINGS, shop_rows
from cases.take_up import ShopSpan, Span, in_service, person_days, serving_spans

WEEK = timedelta(days=7)
SUNDAY = timedelta(days=6)
NO_OFFICE = "未写街道（镇）"
# Bars beyond these are left to the numbers below the picture.
BARS = 40


@dataclass(frozen=True)
class Share:
    """One shop, office or week: meals of the days on which they could be taken, people of those enrolled."""

    label: str
    url: str
    meals: int
    meal_days: int
    reached: int
    enrolled: int

    @property
    def take_up(self) -> float | None:
        return 100 * self.meals / self.meal_days if self.meal_days else None

    @property
    def reach(self) -> float | None:
        return 100 * self.reached / self.enrolled if self.enrolled else None

    @property
    def cells(self) -> list[str]:
        """Take-up and its halves, reach and its halves, in words."""
        counts = (f"{self.meals:,}", f"{self.meal_days:,}"), (f"{self.reached:,}", f"{self.enrolled:,}")
        return [rate(self.take_up), *counts[0], rate(self.reach), *counts[1]]


HEAD = ["就餐率", "就餐（份）", "应就餐（人日）", "覆盖面", "就餐过（人）", "登记过（人）"]


def rate(value: float | None) -> str:
    """A percentage in words; unknown where there is nothing to divide by."""
    return "—" if value is None else f"{value:.1f}%"


def contract_spans(
    model: type[ShopContract] | type[ShopPause], programme: Programme, account: Any
) -> list[ShopSpan]:
    """Shop, first day and day after the last of the programme's contracts or pauses."""
    rows = model.objects.visible_to(account).active().filter(shop__programme=programme).order_by()
    spans = rows.values_list("shop_id", "valid_from", "valid_to", "shop__archived_at")
    return [(shop, first, _no_later(end, archived)) for shop, first, end, archived in spans]


def _no_later(end: date | None, archived: datetime | None) -> date | None:
    """A shop served until it was archived at the latest; what it served before stays what it was."""
    if archived is None:
        return end
    gone = timezone.localtime(archived).date() + timedelta(days=1)
    return gone if end is None else min(end, gone)


class Breakdown:
    """What every breakdown of one programme shares, read once: its serving days and its enrolments."""

    def __init__(self, programme: Programme, until: date, account: Any) -> None:
        self.programme, self.until, self.account = programme, until, account
        ended = programme.ended_on and programme.ended_on + timedelta(days=1)
        self.runs: Span = (programme.started_on, ended)
        self.contracts = contract_spans(ShopContract, programme, account)
        self.serving = in_service(self.contracts, contract_spans(ShopPause, programme, account))
        spells = self.enrolments().order_by().values_list("office", "valid_from", "valid_to")
        self.spells = list(spells.annotate(number=Count("pk")))

    def enrolments(self) -> Any:
        """Everybody who was enrolled up to the day."""
        rows = Enrolment.objects.visible_to(self.account).active()
        return rows.filter(programme=self.programme, valid_from__lte=self.until)

    def meals(self) -> Any:
        """Every meal up to the day."""
        rows = MealCheckIn.objects.visible_to(self.account).filter(programme=self.programme)
        return rows.filter(served_on__lte=self.until).order_by()

    def meal_days(self, through: date, office: str | None = None) -> int:
        """Worker days up to and including `through` on which a meal could have been taken."""
        spans = serving_spans(self.runs, self.serving, through)
        wanted = ((since, end, number) for name, since, end, number in self.spells if office in (None, name))
        return person_days(spans, wanted)

    def by_office(self) -> list[Share]:
        """By the office that the worker is enrolled under."""
        eaten = _by_key(self.meals().values("enrolment__office"), "enrolment__office")
        enrolled = dict(
            self.enrolments().order_by().values_list("office").annotate(Count("person", distinct=True))
        )
        url = reverse("meals-list")
        return [
            Share(
                office or NO_OFFICE,
                f"{url}?{urlencode({'programme': self.programme.pk, 'office': office or '-', 'until': self.until})}",
                eaten[office][0],
                self.meal_days(self.until, office),
                eaten[office][1],
                enrolled[office],
            )
            for office in sorted(enrolled)
        ]

    def by_shop(self, whole: int, ever_enrolled: int) -> list[tuple[Any, Share]]:
        """By shop, the busiest first. Workers may eat at any shop, so each shop's part is of the whole: the
        parts of the take-up add up to the programme's.
        """
        eaten = _by_key(self.meals().values("shop_id"), "shop_id")
        shops = shop_rows(self.account).filter(programme=self.programme)
        found = [
            (shop, self._of_shop(shop, eaten[shop.pk], whole, ever_enrolled))
            for shop in shops
            if shop.pk in eaten or not shop.is_archived
        ]
        return sorted(found, key=lambda pair: (-pair[1].meals, pair[0].name))

    def ratings(self) -> dict[int, tuple[float, int]]:
        """Mean and number of the ratings of each shop's meals up to the day."""
        rows = MealRating.objects.visible_to(self.account).filter(
            meal__programme=self.programme, meal__served_on__lte=self.until
        )
        found = rows.order_by().values_list("meal__shop").annotate(Avg("stars"), Count("pk"))
        return {shop: (mean, number) for shop, mean, number in found}

    def _of_shop(self, shop: Any, eaten: tuple[int, int], whole: int, ever_enrolled: int) -> Share:
        query = {"programme": self.programme.pk, "at": shop.pk, "until": self.until}
        url = f"{reverse('meals-list')}?{urlencode(query)}"
        return Share(shop.name, url, eaten[0], whole, eaten[1], ever_enrolled)

    def by_week(self, first: date, last: date) -> list[Share]:
        """By ISO week, from the one of `first` to the one of `last`."""
        mondays = list(_mondays(first, last))
        if not mondays:
            return []  # not begun yet
        counted = {
            f"w{number}": Count(
                "person",
                distinct=True,
                filter=Q(valid_from__lte=monday + SUNDAY)
                & (Q(valid_to__isnull=True) | Q(valid_to__gt=monday)),
            )
            for number, monday in enumerate(mondays)
        }
        enrolled = self.enrolments().aggregate(**counted)
        within = self.meals().filter(served_on__range=(mondays[0], mondays[-1] + SUNDAY))
        eaten = _by_key(within.annotate(week=TruncWeek("served_on")).values("week"), "week")
        return [
            self._of_week(monday, eaten[monday], enrolled[f"w{number}"])
            for number, monday in enumerate(mondays)
        ]

    def _of_week(self, monday: date, eaten: tuple[int, int], enrolled: int) -> Share:
        end = min(monday + SUNDAY, self.until)
        days = self.meal_days(end) - self.meal_days(monday - timedelta(days=1))
        query = {"programme": self.programme.pk, "first": monday, "until": end}
        year, week, _ = monday.isocalendar()
        label = f"{year}年第{week}周"
        return Share(label, f"{reverse('meals-list')}?{urlencode(query)}", eaten[0], days, eaten[1], enrolled)


def _by_key(groups: Any, key: str) -> dict[Any, tuple[int, int]]:
    """Meals and people of each group; none where a group has no meals."""
    counted = groups.annotate(meals=Count("pk"), people=Count("enrolment__person", distinct=True))
    found: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found.update({row[key]: (row["meals"], row["people"]) for row in counted})
    return found


def _mondays(first: date, last: date) -> Iterable[date]:
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += WEEK


# --- as charts


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _chart(
    chart_id: str, kind: str, title: str, note: str, first: str, shares: list[Share]
) -> dict[str, Any]:
    drawn = shares[-BARS:] if kind == "trend" else shares[:BARS]
    hidden = len(shares) - len(drawn)
    return {
        "id": chart_id,
        "title": title,
        "summary": f"{title}。共 {len(shares)} 项，就餐 {sum(share.meals for share in shares):,} 份。",
        "note": note + (f"图上只画 {BARS} 项，其余 {hidden} 项见数字。" if hidden else ""),
        "data": {
            "kind": kind,
            "labels": [share.label for share in drawn],
            "series": [{"name": "就餐率", "values": [_rounded(share.take_up) for share in drawn]}],
            "unit": "%",
            "links": [share.url for share in drawn],
        },
        "head": [first, *HEAD],
        "rows": [{"label": share.label, "url": share.url, "cells": share.cells} for share in shares],
    }


def office_chart(programme: Programme, until: date, shares: list[Share]) -> dict[str, Any]:
    """Take-up of each office, the highest first."""
    ordered = sorted(shares, key=lambda share: -(share.take_up or 0))
    title = f"{programme.name}：各街道（镇）就餐率（%），截至 {until}"
    note = "按职工登记的街道（镇）计算：就餐份数，与该街道（镇）登记职工的应就餐人日之比。"
    return _chart("take-up-by-office", "ranking", title, note, "街道（镇）", ordered)


def week_chart(programme: Programme, first: date, last: date, shares: list[Share]) -> dict[str, Any]:
    """Take-up week by week."""
    title = f"{programme.name}：每周就餐率（%），{first} 至 {last}"
    note = "周一至周日为一周；没有结束的一周算到截止日。登记过的职工按那一周在册的人数计算。"
    return _chart("take-up-by-week", "trend", title, note, "周", shares)


def _rated(rating: tuple[float, int] | None) -> list[str]:
    return [f"{rating[0]:.1f}", f"{rating[1]:,}"] if rating else ["—", "0"]


def shop_chart(
    programme: Programme,
    until: date,
    shops: list[tuple[Any, Share]],
    ratings: dict[int, tuple[float, int]],
) -> dict[str, Any]:
    """Meals of each shop, with its part of take-up and reach."""
    shares = [share for _, share in shops]
    drawn = shares[:BARS]
    title = f"{programme.name}：各门店累计就餐份数，截至 {until}"
    note = (
        "职工可以到任何一家门店就餐，所以各门店的就餐率和覆盖面都以全部登记职工为分母："
        "各门店的就餐率相加，就是项目的就餐率；覆盖面不能相加，同一人会去几家门店。"
    )
    hidden = len(shares) - len(drawn)
    return {
        "id": "meals-by-shop",
        "title": title,
        "summary": f"{len(shares)} 家门店，合计 {sum(share.meals for share in shares):,} 份。",
        "note": note + (f"图上只画前 {BARS} 家，其余 {hidden} 家见数字。" if hidden else ""),
        "data": {
            "kind": "ranking",
            "labels": [share.label for share in drawn],
            "series": [{"name": "就餐", "values": [share.meals for share in drawn]}],
            "unit": "份",
            "links": [share.url for share in drawn],
        },
        "head": ["门店", "街道（镇）", *HEAD, "满意度（分）", "评价（次）"],
        "rows": [
            {
                "label": share.label,
                "url": share.url,
                "cells": [shop.office or "—", *share.cells, *_rated(ratings.get(shop.pk))],
            }
            for shop, share in shops
        ],
    }


def shop_map(programme: Programme, until: date, shops: list[tuple[Any, Share]]) -> dict[str, Any]:
    """The shops with known coordinates as points on the county, and all shops in the list beside it."""
    placed = [(shop, share) for shop, share in shops if shop.longitude is not None]
    standings = dict(STANDINGS)
    missing = len(shops) - len(placed)
    return {
        "id": "shops-on-map",
        "title": f"{programme.name}：门店分布，累计就餐份数截至 {until}",
        "summary": f"{len(shops)} 家门店，{len(placed)} 家有坐标。",
        "note": "圆点越大，累计份数越多；空心的今天不供餐。"
        + (f"{missing} 家没有坐标，只在名单里。" if missing else ""),
        "is_list_open": True,
        "tall": True,
        "data": {
            "kind": "places",
            "code": str(programme.county_id),
            "labels": [shop.name for shop, _ in placed],
            "points": [[float(shop.longitude), float(shop.latitude)] for shop, _ in placed],
            "muted": [number for number, (shop, _) in enumerate(placed) if shop.standing != "serving"],
            "series": [{"name": "累计就餐", "values": [share.meals for _, share in placed]}],
            "unit": "份",
            "links": [reverse("shops-detail", args=[shop.pk]) for shop, _ in placed],
        },
        "head": ["门店", "街道（镇）", "今天", "坐标", "累计（份）"],
        "rows": [
            {
                "label": shop.name,
                "url": reverse("shops-detail", args=[shop.pk]),
                "cells": [
                    shop.office or "—",
                    standings[shop.standing],
                    "有" if shop.longitude is not None else "—",
                    f"{share.meals:,}",
                ],
            }
            for shop, share in shops
        ],
    }
