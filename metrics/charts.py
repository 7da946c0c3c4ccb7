"""The charts of the dashboard, each with its numbers as a table. Pure shaping for components/chart.html."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.quarters import Quarter
from metrics.cards import plotted, shown
from metrics.indicators import Indicator
from metrics.models import Halves, IndicatorTarget
from metrics.words import count


@dataclass(frozen=True)
class Point:
    """One bar, dot or county: its name, where it leads, its figure."""

    label: str
    url: str
    figure: Halves | None
    code: str = ""


def trend(
    indicator: Indicator,
    what: str,
    points: Sequence[Point],
    target: IndicatorTarget | None,
    group_key: str = "",
) -> dict[str, Any]:
    """The last quarters of one figure, or of the companion kept under a key; `what` names place and figure."""
    title = f"{what}（%），{points[0].label}至{points[-1].label}"
    return _chart("trend", indicator, title, points, target, group_key)


def ranking(
    indicator: Indicator,
    place: str,
    quarter: Quarter,
    points: Sequence[Point],
    target: IndicatorTarget | None,
) -> dict[str, Any]:
    """The children of a place, the highest first, the unknown last."""
    ordered = sorted(points, key=lambda point: (plotted(point.figure) is None, -(plotted(point.figure) or 0)))
    title = f"{place}各下级 {indicator.name}（%），{quarter.label}"
    return {**_chart("ranking", indicator, title, ordered, target), "tall": True}


def choropleth(indicator: Indicator, place: str, quarter: Quarter, points: Sequence[Point]) -> dict[str, Any]:
    """The counties of a place on the map."""
    title = f"{place}各县（市、区） {indicator.name}（%），{quarter.label}"
    chart = _chart("map", indicator, title, points, None)
    chart["data"] |= {"codes": [point.code for point in points], "unknown": "缺数据"}
    return {**chart, "tall": True}


def _chart(
    kind: str,
    indicator: Indicator,
    title: str,
    points: Sequence[Point],
    target: IndicatorTarget | None,
    group_key: str = "",
) -> dict[str, Any]:
    return {
        "id": f"{kind}-{indicator.code.lower()}",
        "title": title,
        "summary": f"{title}。{_extremes(points)}",
        "note": f"系统计算。{indicator.rule}",
        "data": {
            "kind": kind,
            "labels": [point.label for point in points],
            "series": [{"name": indicator.name, "values": [plotted(point.figure) for point in points]}],
            "unit": "%",
            "links": [point.url for point in points],
            "target": float(target.value) if target else None,
        },
        "head": [
            "季度" if kind == "trend" else "地方",
            f"{indicator.name}",
            *(f"{half.label}（{half.unit}）" for half in indicator.halves(group_key)),
        ],
        "rows": [
            {"label": point.label, "url": point.url, "cells": [shown(point.figure), *_halves(point.figure)]}
            for point in points
        ],
    }


def _halves(figure: Halves | None) -> list[str]:
    if figure is None:
        return ["—", "—"]
    return [count(figure.numerator), count(figure.denominator)]


def _extremes(points: Sequence[Point]) -> str:
    known = [(value, point.label) for point in points if (value := plotted(point.figure)) is not None]
    if not known:
        return "还没有数据。"
    low, high = min(known), max(known)
    return f"最高{high[1]} {high[0]}%，最低{low[1]} {low[0]}%。"
