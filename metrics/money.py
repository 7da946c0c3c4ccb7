"""资金总览: the money of one place and everything below it, each number opening its rows."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from core.models import Finding
from core.money import wan, wan_number, wan_text
from core.quarters import Quarter
from funding.charts import ageing, stages
from funding.models import FundingLine, FundingSource, SubsidyGrant
from funding.money import STAGE_LABELS
from funding.pages import amounts, lines_page, open_stages, table_columns, table_row
from funding.reconciliation import ZERO
from funding.standing import Standing, Waiting, grouped, lines_of, waiting, whole
from funding.subsidy_resources import target_rows
from metrics.cards import card
from metrics.checks import OF_ROWS
from metrics.dashboard import Dashboard, state
from metrics.indicators import REGISTRY
from unions.models import Account, AdministrativeDivision, Union

CODES = ("I36", "I39", "I40")
RANKED, LONGEST, COUNTIES, TARGETS = 15, 20, 300, 60
MONEY_CHECKS = tuple(check.key for check in OF_ROWS)
COUNTY_HEADS = ("县（市、区）", "项目", *STAGE_LABELS.values(), "承诺", "尚未到位", "结余", "待核")
WAITING_HEADS = ("来源", "用于", "县（市、区）", "阶段", "尚未到位", "承诺日期", "已等（天）")
TARGET_HEADS = ("县（市、区）", "年度", "来源类别", "目标", "当年到位", "还差", "完成率（%）")


class MoneyOverview:
    """The money of a place as one account sees it; separate projects are counted once each."""

    def __init__(self, account: Account, union: Union) -> None:
        self.account, self.union = account, union
        self.lines = lines_of(account, union__path__startswith=union.path)
        self.whole = whole(self.lines)
        self.waiting = waiting(self.lines, timezone.localdate())

    @property
    def place(self) -> str:
        return str(self.union.county.name)

    def cards(self) -> tuple[Quarter, list[dict[str, Any]]]:
        """I36, I39 and I40 with their second figures, of the newest computed quarter."""
        quarter = state(self.union).latest
        board = Dashboard(self.account, self.union, quarter, REGISTRY[CODES[0]])
        readings = [board.readings(REGISTRY[code]) for code in CODES]
        return quarter, [card(reading) for own in readings for reading in own]

    def facts(self) -> list[dict[str, Any]]:
        money = self.whole.money
        owed = sum((one.amount for one in self.waiting), ZERO)
        goods = FundingLine.objects.visible_to(self.account).active().in_kind()
        gifts = goods.filter(union__path__startswith=self.union.path).count()
        return [
            {
                "label": "有资金的项目",
                "value": f"{self.whole.subjects:,} 个",
                "url": self._lines_url(),
                "note": f"{self.whole.counties} 个县，分开立项的各算各的",
            },
            {
                "label": "承诺",
                "value": wan_text(money.promised),
                "note": "取批复，没有批复的取承诺函，都没有的取到位",
            },
            {
                "label": "已到位",
                "value": wan_text(money.at("received")),
                "url": self._lines_url(stage="received", form="cash"),
            },
            {
                "label": "已支出",
                "value": wan_text(money.at("spent")),
                "url": self._lines_url(stage="spent", form="cash"),
            },
            {"label": "结余", "value": wan_text(money.left)},
            {"label": "已承诺未到位", "value": wan_text(owed), "note": "只算批复和承诺函"},
            {
                "label": "实物明细",
                "value": f"{gifts:,} 条",
                "url": self._lines_url(form="kind"),
                "note": "折价另列",
            },
            *self._subsidy(),
        ]

    def _lines_url(self, **more: str) -> str:
        return lines_page(below=self.union.code, **more)

    def _subsidy(self) -> list[dict[str, Any]]:
        """The newest year's subsidy."""
        grants = SubsidyGrant.objects.visible_to(self.account).active()
        grants = grants.filter(union__path__startswith=self.union.path)
        year = grants.order_by("-year").values_list("year", flat=True).first()
        if year is None:
            return []
        own = grants.filter(year=year).with_money(timezone.localdate())
        sums = own.aggregate(n=Count("pk"), granted=Sum("amount"), came=Sum("received"), used=Sum("spent"))
        url = f"{reverse('subsidy_grants-list')}?{urlencode({'below': self.union.code, 'year': year})}"
        words = (
            f"下达 {wan_text(sums['granted'])}，到账 {wan_text(sums['came'])}，支出 {wan_text(sums['used'])}"
        )
        return [
            {
                "label": f"{year}年县级工会补助",
                "value": words,
                "url": url,
                "note": f"{sums['n']} 个县，不并入上面的合计",
            }
        ]

    def charts(self) -> list[dict[str, Any]]:
        found = (stages(self.place, self.whole.money), ageing(self.place, self.waiting), self._ranking())
        return [chart for chart in found if chart]

    def _ranking(self) -> dict[str, Any] | None:
        """The largest donors, each leading to what it gave."""
        found = [one for one in grouped(self.lines, "donor", RANKED) if one.money.promised]
        if not found:
            return None
        sources = FundingSource.objects.visible_to(self.account).filter(
            name_key__in=[one.key for one in found]
        )
        pages = {one.name_key: reverse("donors-detail", args=[one.pk]) for one in sources.order_by("-pk")}
        title = f"{self.place}：承诺最多的 {len(found)} 个来源"
        return {
            "id": "money-sources",
            "title": title,
            "summary": "、".join(f"{one.name} {wan_text(one.money.promised)}" for one in found[:5]),
            "note": "几方共同出资、没有分列的，作为一个来源计一次。",
            "tall": True,
            "data": {
                "kind": "ranking",
                "labels": [one.name for one in found],
                "series": [{"name": "承诺", "values": [wan_number(one.money.promised) for one in found]}],
                "unit": "万元",
                "links": [pages[one.key] for one in found],
            },
            "head": ["来源", "承诺（万元）", "已到位（万元）", "尚未到位（万元）"],
            "rows": [
                {"label": one.name, "url": pages[one.key], "cells": [wan(part) for part in _three(one)]}
                for one in found
            ],
        }

    def counties(self) -> dict[str, Any]:
        """One row per county, opening its own overview; the sum below is the place's whole."""
        found = by_county(self.lines)
        opened = dict(
            Finding.objects.visible_to(self.account)
            .filter(state=Finding.State.OPEN, check_key__in=MONEY_CHECKS)
            .order_by()
            .values_list("county")
            .annotate(Count("pk"))
        )
        numeric = COUNTY_HEADS[1:]
        rows = [_county_row(one, name, opened.get(int(one.key), 0), numeric) for one, name in found]
        if len(rows) > 1:
            waiting_here = sum(opened.get(int(one.key), 0) for one, _ in found)
            cells = ("合计", self.whole.subjects, *amounts(self.whole.money), waiting_here)
            row = table_row(COUNTY_HEADS, cells, numeric=numeric)
            rows.append(open_stages(row, self.whole.money, below=self.union.code))
        return {"columns": table_columns(COUNTY_HEADS, numeric), "rows": rows}

    def longest(self) -> dict[str, Any]:
        """What has been waiting longest, each line opening."""
        shown = self.waiting[:LONGEST]
        lines = FundingLine.objects.visible_to(self.account).select_related(
            "source", "project", "programme", "county"
        )
        known = lines.in_bulk([one.line_id for one in shown])
        numeric = ("尚未到位", "已等（天）")
        rows = [_waiting_row(known[one.line_id], one, numeric) for one in shown]
        return {"columns": table_columns(WAITING_HEADS, numeric), "rows": rows}

    def targets(self) -> dict[str, Any]:
        """Funding targets of the newest year that has any."""
        rows = target_rows(self.account).filter(archived_at=None, union__path__startswith=self.union.path)
        year = rows.order_by("-year").values_list("year", flat=True).first()
        shown = rows.filter(year=year).order_by("union__code", "kind")[:TARGETS] if year else []
        numeric = ("目标", "当年到位", "还差", "完成率（%）")
        return {
            "columns": table_columns(TARGET_HEADS, numeric),
            "rows": [_target_row(one, numeric) for one in shown],
        }


def by_county(lines: QuerySet[Any]) -> list[tuple[Standing, str]]:
    """The sums of every county that has money, each with the county's name, the largest promise first."""
    found = grouped(lines, "county", COUNTIES)
    divisions = AdministrativeDivision.objects.in_bulk([int(one.key) for one in found])
    return [(one, divisions[int(one.key)].name) for one in found]


def _three(one: Standing) -> tuple[Decimal | None, ...]:
    return one.money.promised, one.money.at("received"), one.money.outstanding


def _county_row(one: Standing, name: str, opened: int, numeric: tuple[str, ...]) -> dict[str, Any]:
    cells = (name, one.subjects, *amounts(one.money), opened)
    row = table_row(COUNTY_HEADS, cells, numeric=numeric, url=reverse("money-place", args=[one.key]))
    return open_stages(row, one.money, below=one.key)


def _waiting_row(line: FundingLine, one: Waiting, numeric: tuple[str, ...]) -> dict[str, Any]:
    cells = (
        line.source.name,
        line.subject.name,
        line.county.name,
        line.get_stage_display(),
        wan(one.amount),
        line.recorded_on,
        one.days,
    )
    return table_row(
        WAITING_HEADS, cells, numeric=numeric, url=reverse("funding_lines-detail", args=[line.pk])
    )


def _target_row(one: Any, numeric: tuple[str, ...]) -> dict[str, Any]:
    cells = (
        one.union.name,
        one.year_label,
        one.get_kind_display(),
        wan(one.amount),
        wan(one.received),
        wan(one.gap),
        f"{one.percent:,.1f}",
    )
    url = reverse("funding_targets-detail", args=[one.pk])
    return table_row(TARGET_HEADS, cells, numeric=numeric, url=url)
