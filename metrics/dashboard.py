"""What a dashboard shows of one place and quarter, read in a fixed number of queries."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from core.models import Finding
from core.quarters import Quarter
from metrics import charts
from metrics.cards import Reading, card, compare, shown
from metrics.charts import Point
from metrics.indicators import INDICATORS, Indicator
from metrics.models import DeclaredFigure, Figure, IndicatorTarget, PrintedFigure
from metrics.words import count
from unions.models import Account, Union, UnionLevel

TREND_QUARTERS = 8
PRINTED_SHOWN = 60
Key = tuple[str, str, str, str]

STATE = """
select (select max(quarter) from metrics_figure where union_id = %(union)s),
       concat_ws('.',
         (select max(run_id) from metrics_figure where union_id = %(union)s),
         (select sum(id + version) from metrics_indicatortarget),
         (select sum(id + version) from core_finding where union_id = %(union)s),
         (select sum(id + version) from metrics_declaredfigure where union_id = %(union)s),
         (select sum(id + version) from metrics_printedfigure where union_id = %(union)s),
         (select sum(id + version) from metrics_sourcedocument)),
       (select max(id) from core_auditevent)
"""


class State(NamedTuple):
    """How a place's dashboard stands: the newest quarter with figures (the running one where there are none);
    what changes with any row that the board shows; what changes with anything at all."""

    latest: Quarter
    board: str
    event: int | None


def state(union: Union) -> State:
    """The state of the dashboard of a union that the account may see. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"union": union.pk})
        newest, board, event = cursor.fetchone()
    return State(Quarter.parse(newest) if newest else Quarter.of(timezone.localdate()), board, event)


def dashboard_url(union_code: str, quarter: Quarter, indicator: str = "") -> str:
    """The address of a place's dashboard."""
    more = f"&indicator={indicator}" if indicator else ""
    return f"{reverse('dashboard-place', args=[union_code])}?quarter={quarter}{more}"


def figure_url(
    indicator: str, union_code: str, quarter: str, group: tuple[str, str] = ("", ""), half: str = ""
) -> str:
    """The address of the page that explains and opens one figure."""
    more = {"group": ":".join(filter(None, group)), "half": half}
    query = "&".join(f"{name}={text}" for name, text in more.items() if text)
    url = reverse("figure", args=[indicator, union_code, quarter])
    return f"{url}?{query}" if query else url


class Below(NamedTuple):
    """A place below the one that is shown."""

    pk: int
    code: str
    level: str
    parent_id: int
    name: str


@dataclass
class Dashboard:
    """One place in one quarter, seen by one account; `chosen` is the indicator of the charts."""

    account: Account
    union: Union
    quarter: Quarter
    chosen: Indicator
    figures: dict[Key, Figure] = field(default_factory=dict)
    targets: dict[str, IndicatorTarget] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.figures = self._figures()
        self.targets = self._targets()

    @property
    def place(self) -> str:
        return str(self.union.county.name)

    @property
    def _quarters(self) -> list[Quarter]:
        return self.quarter.last(TREND_QUARTERS)

    def _figures(self) -> dict[Key, Figure]:
        """The place's own wholes, two quarters of each and eight of the chosen one. One query."""
        shown = [str(self.quarter.shift(-1)), str(self.quarter)]
        trend = Q(indicator=self.chosen.code, quarter__in=[str(quarter) for quarter in self._quarters])
        wanted = Q(quarter__in=shown) | trend
        return _by_key(self._own_figures().filter(wanted, group_value=""))

    def _own_figures(self) -> QuerySet[Figure]:
        return Figure.objects.visible_to(self.account).filter(union=self.union)

    def _targets(self) -> dict[str, IndicatorTarget]:
        holding = IndicatorTarget.objects.visible_to(self.account).holding(self.union, str(self.quarter))
        return {one.indicator: one for one in reversed(holding.select_related("union"))}

    def figure(self, indicator: Indicator, quarter: Quarter, group_key: str = "") -> Figure | None:
        return self.figures.get((indicator.code, str(quarter), group_key, ""))

    def cards(self) -> list[dict[str, Any]]:
        """One card per indicator, and one per second figure."""
        return [card(reading) for one in INDICATORS for reading in self.readings(one)]

    def readings(self, indicator: Indicator) -> list[Reading]:
        """The indicator's figure and its second figures."""
        return [self._reading(indicator, key) for key in self._keys(indicator)]

    @staticmethod
    def _keys(indicator: Indicator) -> list[str]:
        return ["", *(companion.key for companion in indicator.companions)]

    def _reading(self, indicator: Indicator, group_key: str) -> Reading:
        before = self.quarter.shift(-1)
        return Reading(
            indicator=indicator,
            figure=self.figure(indicator, self.quarter, group_key),
            before=self.figure(indicator, before, group_key),
            before_label=before.label,
            target=None if group_key else self.targets.get(indicator.code),
            url=figure_url(indicator.code, self.union.code, str(self.quarter), (group_key, "")),
            group_key=group_key,
        )

    def charts(self) -> list[dict[str, Any]]:
        """Trend; ranking of the children and map of the counties where there are any."""
        target = self.targets.get(self.chosen.code)
        found = [charts.trend(self.chosen, f"{self.place} {self.chosen.name}", self._trend(), target)]
        below = self._below()
        if children := [point for place, point in below if place.parent_id == self.union.pk]:
            found.append(charts.ranking(self.chosen, self.place, self.quarter, children, target))
        if counties := [point for place, point in below if place.level == UnionLevel.COUNTY]:
            found.append(charts.choropleth(self.chosen, self.place, self.quarter, counties))
        return found

    def _trend(self) -> list[Point]:
        return [
            Point(
                quarter.label,
                figure_url(self.chosen.code, self.union.code, str(quarter)),
                self.figure(self.chosen, quarter),
            )
            for quarter in self._quarters
        ]

    def _below(self) -> list[tuple[Below, Point]]:
        """Places below this one, each with its figure of the chosen indicator."""
        below = Union.objects.visible_to(self.account).areas().filter(path__startswith=self.union.path)
        columns = below.exclude(pk=self.union.pk).values_list(*Below._fields[:-1], "county__name")
        places = [Below(*row) for row in columns]
        if not places:
            return []
        figures = Figure.objects.visible_to(self.account).filter(
            union__in=[place.pk for place in places],
            indicator=self.chosen.code,
            quarter=str(self.quarter),
            group_key="",
        )
        by_union = {one.union_id: one for one in figures}
        return [(place, self._point(place, by_union.get(place.pk))) for place in places]

    def _point(self, place: Below, figure: Figure | None) -> Point:
        url = dashboard_url(place.code, self.quarter, self.chosen.code)
        return Point(place.name, url, figure, place.code)

    def findings(self) -> list[dict[str, Any]]:
        """Open findings about this place itself: of this quarter, and those that belong to no quarter."""
        of_quarter = Q(detail__quarter=str(self.quarter)) | Q(detail__quarter__isnull=True)
        rows = open_findings(self.account).filter(of_quarter, union=self.union)
        return [finding_box(one) for one in rows]

    def declared(self) -> list[dict[str, Any]]:
        """Declared figures of the quarter beside the computed ones: rows of a table."""
        rows = DeclaredFigure.objects.visible_to(self.account).filter(
            union=self.union, quarter=str(self.quarter), archived_at__isnull=True
        )
        found = list(rows.select_related("document"))
        figures = _by_key(self._own_figures().filter(quarter=str(self.quarter))) if found else {}
        return [self._declared_row(one, figures.get(_key(one))) for one in found]

    def _declared_row(self, one: DeclaredFigure, computed: Figure | None) -> dict[str, Any]:
        indicator = next((known for known in INDICATORS if known.code == one.indicator), None)
        name = indicator.name if indicator else one.indicator
        group = indicator.group_label(one.group_key, one.group_value) if indicator else one.group_value
        words = compare(computed, one)
        cells = [
            cell("指标", f"{name}（{group}）" if group else name),
            cell("原文", one.printed or "—"),
            cell("申报分子/分母", f"{count(one.numerator)} / {count(one.denominator)}", numeric=True),
            cell("申报数", shown(one), numeric=True),
            cell("系统计算", shown(computed), numeric=True),
            cell("核对", words, badge="ok" if words == "一致" else "warn"),
            cell("出处", str(one.document or one.source or "—")),
        ]
        group_of = (one.group_key, one.group_value)
        url = figure_url(one.indicator, self.union.code, one.quarter, group_of) if indicator else ""
        return {"url": url, "cells": cells, "tone": "warn" if one.is_impossible else ""}

    def printed(self) -> list[dict[str, Any]]:
        """Figures of published documents about this place, as printed: rows of a table."""
        rows = PrintedFigure.objects.visible_to(self.account).filter(union=self.union)
        return [_printed_row(one) for one in rows.select_related("document")[:PRINTED_SHOWN]]


def _key(one: Figure | DeclaredFigure) -> Key:
    return one.indicator, one.quarter, one.group_key, one.group_value


def _by_key(rows: QuerySet[Figure]) -> dict[Key, Figure]:
    return {_key(one): one for one in rows}


def _printed_row(one: PrintedFigure) -> dict[str, Any]:
    published = one.document.published_on
    source = f"{one.document.title}（{published.isoformat()}）" if published else one.document.title
    return {
        "cells": [
            cell("项目", one.label),
            cell("数值", one.words, numeric=True),
            cell("截至", one.as_of or "—"),
            cell("出处", source),
            cell("备注", "原文不清" if one.is_uncertain else one.note or "—", muted=True),
        ]
    }


def cell(label: str, text: str, **more: Any) -> dict[str, Any]:
    """A cell of components/table.html."""
    return {"label": label, "text": text, **more}


def open_findings(account: Account) -> QuerySet[Finding]:
    """What waits for an explanation in the account's scope."""
    return Finding.objects.visible_to(account).filter(state=Finding.State.OPEN)


def finding_box(one: Finding) -> dict[str, Any]:
    """The parameters of components/findings.html for one finding."""
    return {
        "title": one.subject_label,
        "text": one.message if one.state == Finding.State.OPEN else f"{one.message}说明：{one.explanation}",
        "url": reverse("findings-detail", args=[one.pk]),
        "action": "处理" if one.state == Finding.State.OPEN else "查看",
        "state": one.get_state_display(),
    }
