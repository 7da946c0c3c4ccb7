"""What the page of one figure shows: its rule, its halves, its past, its groups and the rows behind it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from core.models import Finding
from core.quarters import Quarter
from core.rights import Right
from core.tables import text
from metrics import charts, engine, rows
from metrics.breadth import whole
from metrics.cards import IMPOSSIBLE, compare, shown
from metrics.charts import Point
from metrics.dashboard import TREND_QUARTERS, cell, figure_url, finding_box
from metrics.engine import DENOMINATOR, NUMERATOR, OUTSIDE, Number, Opened
from metrics.indicators import Half, Indicator
from metrics.models import ComputationRun, DeclaredFigure, Figure, IndicatorTarget
from metrics.words import count
from unions.models import Account, Union

PAGE_ROWS = 50


@dataclass
class FigurePage:
    """One figure of one place, seen by one account; `half` says which rows are open."""

    account: Account
    union: Union
    indicator: Indicator
    quarter: Quarter
    group: tuple[str, str]
    half: str
    after: int

    @property
    def title(self) -> str:
        group = self.indicator.group_label(*self.group)
        return f"{self.indicator.name}（{group}）" if group else self.indicator.name

    @property
    def rule(self) -> str:
        return self.indicator.rule_of(self.group[0])

    @property
    def halves(self) -> tuple[Half, Half]:
        return self.indicator.halves(self.group[0])

    def _figures(self) -> QuerySet[Figure]:
        return Figure.objects.visible_to(self.account).filter(union=self.union, indicator=self.indicator.code)

    @cached_property
    def history(self) -> dict[str, Figure]:
        """This figure in the last quarters."""
        quarters = [str(quarter) for quarter in self.quarter.last(TREND_QUARTERS)]
        group_key, group_value = self.group
        found = self._figures().filter(quarter__in=quarters, group_key=group_key, group_value=group_value)
        return {one.quarter: one for one in found}

    @property
    def figure(self) -> Figure | None:
        return self.history.get(str(self.quarter))

    def facts(self) -> list[dict[str, Any]]:
        """The figure itself, explained."""
        top, bottom = self.halves
        figure = self.figure
        impossible = figure is not None and figure.is_impossible
        facts = [
            {"label": "数值", "value": shown(figure), "note": IMPOSSIBLE if impossible else ""},
            {"label": f"分子：{top.label}", "value": _number(figure and figure.numerator, top)},
            {"label": f"分母：{bottom.label}", "value": _number(figure and figure.denominator, bottom)},
            {"label": "口径", "value": self.rule},
            {"label": "起始季度", "value": self.indicator.since_quarter.label},
            {"label": "归口", "value": self.indicator.owner},
        ]
        target = self._target()
        if target and not self.group[0]:
            facts.insert(3, {"label": "目标", "value": target.words, "note": target.source})
        if figure:
            facts.append({"label": "计算时间", "value": text(self._computed_at(figure))})
        return facts

    def _computed_at(self, figure: Figure) -> Any:
        """When it was computed, also where the computation was a higher level's."""
        with whole(self.account):
            run = ComputationRun.objects.filter(pk=figure.run_id)
            return run.values_list("finished_at", flat=True).get()

    def _target(self) -> IndicatorTarget | None:
        holding = IndicatorTarget.objects.visible_to(self.account).holding(self.union, str(self.quarter))
        return holding.filter(indicator=self.indicator.code).first()

    def trend(self) -> dict[str, Any]:
        """The past of this figure as a chart."""
        target = None if self.group[0] else self._target()
        points = [
            Point(quarter.label, self._url(quarter=quarter), self.history.get(str(quarter)))
            for quarter in self.quarter.last(TREND_QUARTERS)
        ]
        what = f"{self.union.county.name} {self.title}"
        chart = charts.trend(self.indicator, what, points, target, self.group[0])
        return {**chart, "note": f"系统计算。{self.rule}"}

    def groups(self) -> list[dict[str, Any]]:
        """The same figure broken down, as rows of a table."""
        found = self._figures().filter(quarter=str(self.quarter), group_key__in=self.indicator.groups)
        return [self._group_row(one) for one in found.order_by("group_key", "group_value")]

    def _group_row(self, one: Figure) -> dict[str, Any]:
        top, bottom = self.indicator.halves()
        cells = [
            cell("组别", self.indicator.group_label(one.group_key, one.group_value)),
            cell("数值", shown(one), numeric=True),
            cell(f"{top.label}（{top.unit}）", count(one.numerator), numeric=True),
            cell(f"{bottom.label}（{bottom.unit}）", count(one.denominator), numeric=True),
        ]
        url = figure_url(one.indicator, self.union.code, one.quarter, (one.group_key, one.group_value))
        return {"url": url, "cells": cells, "tone": "warn" if one.is_impossible else ""}

    def declared(self) -> list[dict[str, Any]]:
        """What was declared for this very figure."""
        group_key, group_value = self.group
        found = DeclaredFigure.objects.visible_to(self.account).filter(
            union=self.union,
            indicator=self.indicator.code,
            quarter=str(self.quarter),
            group_key=group_key,
            group_value=group_value,
            archived_at__isnull=True,
        )
        return [
            {
                "label": f"申报 {one.printed}".strip(),
                "value": f"{count(one.numerator)} / {count(one.denominator)}（{shown(one)}）",
                "note": f"与系统计算{compare(self.figure, one)} {one.document or one.source}".strip(),
            }
            for one in found.select_related("document")
        ]

    def findings(self) -> list[dict[str, Any]]:
        """Findings about this figure, open or closed."""
        if self.figure is None:
            return []
        found = Finding.objects.visible_to(self.account).filter(
            subject_type=Figure._meta.label_lower, subject_id=self.figure.pk
        )
        return [finding_box(one) for one in found]

    def opened(self) -> dict[str, Any]:
        """One page of the rows behind the chosen half."""
        page = self._open(self.half, self.after)
        chosen = self.halves[1] if self.half == DENOMINATOR else self.halves[0]
        following = self._url(half=self.half, after=page.next_after) if page.next_after else ""
        return {
            **rows.table(self.account, page, chosen),
            "title": f"{chosen.label}（{chosen.fact.label}）",
            "next_url": following,
            "first_url": self._url(half=self.half) if self.after else "",
        }

    def parted(self) -> list[dict[str, Any]]:
        """That the rows of the opened half no longer make the figure; for components/findings.html."""
        if self.figure is None:
            return []
        stored, chosen = self.figure.numerator, self.halves[0]
        if self.half == DENOMINATOR:
            stored, chosen = self.figure.denominator, self.halves[1]
        now = self._total(chosen)
        if now == stored:
            return []
        at = text(self._computed_at(self.figure))
        title = (
            f"这个数是 {at} 计算的，之后有补登、更正或归档，"
            f"下面的名单按现在的数据合计为 {_number(now, chosen)}（计算时 {_number(stored, chosen)}）。"
        )
        return [{"title": title, **self._recomputing()}]

    def _recomputing(self) -> dict[str, str]:
        """How the figure comes to agree with its rows again."""
        running = Quarter.of(timezone.localdate())
        nightly = "本季度每晚自动重新计算。" if self.quarter == running else ""
        if self.account.can(Right.COMPUTE):
            asked = nightly or "请重新计算这个季度。"
            return {"text": asked, "url": reverse("runs-list"), "action": "重新计算"}
        return {"text": nightly or "请有“计算指标”权限的账号重新计算这个季度。"}

    def outside(self) -> dict[str, Any] | None:
        """Rows of the numerator that are not in the denominator, where the figure is impossible."""
        figure, (top, bottom) = self.figure, self.halves
        if figure is None or not figure.is_impossible or not _is_countable(top, bottom):
            return None
        return rows.table(self.account, self._open(OUTSIDE, 0), top)

    def _open(self, half: str, after: int) -> Opened:
        with whole(self.account):
            place = engine.places([self.union])[0]
            return engine.rows(
                self.indicator, place, self.quarter, half, group=self.group, after=after, limit=PAGE_ROWS
            )

    def _total(self, half: Half) -> Number:
        with whole(self.account):
            return engine.total(half, engine.places([self.union])[0], self.quarter, group=self.group)

    def tabs(self) -> list[dict[str, Any]]:
        """Which half is open."""
        return [
            {"label": half.label, "url": self._url(half=key), "active": key == self.half}
            for key, half in zip((NUMERATOR, DENOMINATOR), self.halves, strict=True)
        ]

    def _url(self, quarter: Quarter | None = None, half: str = "", after: int | None = None) -> str:
        asked = str(quarter or self.quarter)
        url = figure_url(self.indicator.code, self.union.code, asked, self.group, half)
        return f"{url}{'&' if '?' in url else '?'}after={after}" if after else url


def _is_countable(top: Half, bottom: Half) -> bool:
    return top.fact is bottom.fact and top.measure in top.fact.counts


def _number(value: Any, half: Half) -> str:
    return f"{count(value)} {half.unit}"
