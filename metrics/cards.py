"""A figure in words: how much, of how much, against what target, since when. Pure shaping for components."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.quarters import Quarter
from metrics.indicators import Half, Indicator
from metrics.models import Figure, Halves, IndicatorTarget
from metrics.words import count, percent, points, signed, tenths

IMPOSSIBLE = "分子大于分母，待核"


@dataclass(frozen=True)
class Reading:
    """Everything a card says: the figure, the one a quarter before, the target, where it opens."""

    indicator: Indicator
    figure: Halves | None
    before: Halves | None
    before_label: str
    target: IndicatorTarget | None
    url: str
    group_key: str = ""


def value(figure: Halves | None) -> str:
    """The figure as one text: a rate, both halves where the rate would lie, empty where unknown."""
    if figure is None:
        return ""
    if figure.is_impossible:
        return f"{count(figure.numerator)}/{count(figure.denominator)}"
    return "" if figure.rate is None else percent(figure.rate)


def unknown(figure: Halves | None) -> str:
    """Why there is no value."""
    if figure is None:
        return "未计算"
    if figure.numerator is None:
        return "缺分子"
    return "缺分母" if figure.denominator is None else "分母为零"


def shown(figure: Halves | None) -> str:
    """The figure in a table cell."""
    return value(figure) or f"—（{unknown(figure)}）"


def plotted(figure: Halves | None) -> float | None:
    """The figure on an axis, in percent."""
    return None if figure is None or figure.rate is None else float(tenths(figure.rate))


def card(reading: Reading) -> dict[str, Any]:
    """The parameters of components/card.html."""
    indicator, figure = reading.indicator, reading.figure
    numerator, denominator = indicator.halves(reading.group_key)
    return {
        "label": indicator.group_label(reading.group_key, "") or indicator.name,
        "url": reading.url,
        "value": value(figure),
        "unknown": unknown(figure),
        "numerator": _half(numerator, figure.numerator if figure else None),
        "denominator": _half(denominator, figure.denominator if figure else None),
        "target": _target(reading),
        "change": _change(reading),
        "percent": _bar(figure),
        "target_percent": float(reading.target.value) if reading.target else None,
        "since": Quarter.parse(indicator.since).label,
        "finding": IMPOSSIBLE if figure is not None and figure.is_impossible else "",
        "state": "系统计算",
    }


def _half(half: Half, number: Decimal | None) -> dict[str, Any]:
    return {"label": half.label, "value": count(number), "unit": half.unit}


def _bar(figure: Halves | None) -> float | None:
    plain = plotted(figure)
    return None if plain is None or plain > 100 else plain


def _target(reading: Reading) -> dict[str, Any] | None:
    target, figure = reading.target, reading.figure
    if target is None:
        return None
    if figure is None or figure.rate is None or figure.is_impossible:
        return {"value": target.words, "gap": "", "met": False}
    gap = tenths(figure.rate - target.value / 100)
    words = f"{'高' if gap > 0 else '低'} {abs(gap)} 个百分点" if gap else "持平"
    return {"value": target.words, "gap": words, "met": target.is_met_by(figure.rate)}


def _change(reading: Reading) -> dict[str, Any] | None:
    figure, before = reading.figure, reading.before
    if figure is None or before is None:
        return None
    return {
        "since": reading.before_label,
        "rate": points(before.rate, figure.rate),
        "numerator": signed(_minus(figure.numerator, before.numerator)),
        "denominator": signed(_minus(figure.denominator, before.denominator)),
        "direction": _direction(before.rate, figure.rate),
    }


def _minus(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if after is None or before is None else after - before


def _direction(before: Decimal | None, after: Decimal | None) -> str:
    if before is None or after is None or before == after:
        return "flat"
    return "up" if after > before else "down"


def compare(computed: Figure | None, declared: Halves) -> str:
    """How a declared figure stands to the computed one, in words."""
    if computed is None:
        return "没有系统计算数"
    if (computed.numerator, computed.denominator) == (declared.numerator, declared.denominator):
        return "一致"
    return "不一致"
