"""Subset against whole: a numerator larger than the denominator it should lie in."""

from collections.abc import Iterator, Sequence
from functools import partial

from django.db.models import F

from core.quarters import Quarter
from metrics.checks.base import Check, Contradiction
from metrics.indicators import REGISTRY
from metrics.models import DeclaredFigure, Figure
from metrics.words import count

FigureModel = type[Figure] | type[DeclaredFigure]


def find(model: FigureModel, codes: Sequence[int]) -> Iterator[Contradiction]:
    """Figures of which the part is larger than the whole."""
    figures = model.objects.filter(county_id__in=codes, numerator__gt=F("denominator"))
    for figure in figures.filter(indicator__in=REGISTRY).select_related("union"):
        if not getattr(figure, "is_archived", False):
            yield _contradiction(figure)


def _contradiction(figure: Figure | DeclaredFigure) -> Contradiction:
    indicator = REGISTRY[figure.indicator]
    top, bottom = indicator.halves(figure.group_key)
    group = indicator.group_label(figure.group_key, figure.group_value)
    what = f"{indicator.name}（{group}）" if group else indicator.name
    origin = "申报数" if isinstance(figure, DeclaredFigure) else ""
    numerator, denominator = count(figure.numerator), count(figure.denominator)
    return Contradiction(
        subject_id=figure.pk,
        subject_label=f"{figure.union} {Quarter.parse(figure.quarter).label}{origin} {what}",
        union_id=figure.union_id,
        county_id=figure.county_id,
        message=f"{what}：{top.label} {numerator} {top.unit}，多于{bottom.label} {denominator} {bottom.unit}。",
        detail={
            "indicator": figure.indicator,
            "quarter": figure.quarter,
            "group_key": figure.group_key,
            "group_value": figure.group_value,
            "numerator": numerator,
            "denominator": denominator,
        },
    )


COMPUTED_SUBSET = Check(
    key="subset_against_whole",
    label="系统计算数：分子与分母",
    subject_type="metrics.figure",
    find=partial(find, Figure),
)
DECLARED_SUBSET = Check(
    key="declared_subset_against_whole",
    label="申报数：分子与分母",
    subject_type="metrics.declaredfigure",
    find=partial(find, DeclaredFigure),
)
