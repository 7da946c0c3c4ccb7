"""Declared against computed: a county's own figure that differs from what its rows say."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from core.quarters import Quarter
from metrics.checks.base import Check, Contradiction
from metrics.indicators import REGISTRY
from metrics.models import DeclaredFigure, Figure
from metrics.words import count, signed


def beside_computed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Declared figures with the halves that the portal computed for the same thing."""
    names = ("union", "indicator", "quarter", "group_key", "group_value")
    same = Figure.objects.filter(**{name: OuterRef(name) for name in names})
    annotated: QuerySet[Any] = rows.annotate(
        computed_numerator=Subquery(same.values("numerator")[:1]),
        computed_denominator=Subquery(same.values("denominator")[:1]),
    )
    return annotated


DIFFERS = ~Q(numerator=F("computed_numerator")) | ~Q(denominator=F("computed_denominator"))
_HALVES = ("numerator", "denominator", "computed_numerator", "computed_denominator")
KNOWN = Q(**{f"{half}__isnull": False for half in _HALVES})


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Declared figures of which a half differs from the computed one."""
    rows = DeclaredFigure.objects.filter(
        county_id__in=codes, archived_at__isnull=True, indicator__in=REGISTRY
    )
    for declared in beside_computed(rows).filter(KNOWN, DIFFERS).select_related("union"):
        yield _contradiction(declared)


def _contradiction(declared: Any) -> Contradiction:
    indicator = REGISTRY[declared.indicator]
    group = indicator.group_label(declared.group_key, declared.group_value)
    what = f"{indicator.name}（{group}）" if group else indicator.name
    said = f"{count(declared.numerator)}/{count(declared.denominator)}"
    computed = f"{count(declared.computed_numerator)}/{count(declared.computed_denominator)}"
    top = signed(declared.numerator - declared.computed_numerator)
    bottom = signed(declared.denominator - declared.computed_denominator)
    return Contradiction(
        subject_id=declared.pk,
        subject_label=f"{declared.union} {Quarter.parse(declared.quarter).label}申报数 {what}",
        union_id=declared.union_id,
        county_id=declared.county_id,
        message=f"{what}：申报 {said}，系统计算 {computed}，分子相差 {top}，分母相差 {bottom}。",
        detail={
            "indicator": declared.indicator,
            "quarter": declared.quarter,
            "group_key": declared.group_key,
            "group_value": declared.group_value,
            "declared": said,
            "computed": computed,
        },
    )


DECLARED_AGAINST_COMPUTED = Check(
    key="declared_against_computed",
    label="申报数与系统计算数",
    subject_type="metrics.declaredfigure",
    find=find,
)
