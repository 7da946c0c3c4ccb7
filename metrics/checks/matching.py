"""Matching money: what a grant asks a project to add, and what the project has added."""

from collections.abc import Iterator, Sequence
from typing import cast

from django.db.models import Prefetch, QuerySet

from cases.models import Project
from funding.models import FundingLine, MatchRequirement
from funding.money import as_lines, matched
from funding.reconciliation import Match
from metrics.checks.base import Check, Contradiction, cut
from metrics.words import money


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Projects that promised less matching money than their grants ask for."""
    projects = cast(QuerySet[Project], Project.objects.filter(archived_at__isnull=True, county_id__in=codes))
    asked = projects.filter(match_requirements__archived_at__isnull=True).distinct()
    current = Prefetch(
        "match_requirements",
        MatchRequirement.objects.filter(archived_at__isnull=True).select_related("source"),
        to_attr="asked",
    )
    lines = Prefetch("funding_lines", FundingLine.objects.active().in_cash(), to_attr="in_cash")
    for project in asked.filter(match_requirements__isnull=False).prefetch_related(current, lines):
        yield from _of_project(project)


def _of_project(project: Project) -> Iterator[Contradiction]:
    own = as_lines(project.in_cash)  # type: ignore[attr-defined]
    states = [(one, matched(one, own)) for one in project.asked]  # type: ignore[attr-defined]
    short = [(one, state) for one, state in states if state.shortfall]
    if short:
        yield Contradiction(
            subject_id=project.pk,
            subject_label=project.name,
            union_id=project.union_id,
            county_id=project.county_id,
            message=cut("".join(_sentence(one, state) for one, state in short)),
            detail={str(one.pk): _detail(state) for one, state in short},
        )


def _sentence(one: MatchRequirement, state: Match) -> str:
    name = f"“{one.source.name}”" if one.source else "非配套资金"
    return (
        f"{name} {money(state.base)}要求配套{one.percent.normalize():f}%，应配套 {money(state.required)}，"
        f"已承诺配套 {money(state.matched)}，还差 {money(state.shortfall)}。"
    )


def _detail(state: Match) -> dict[str, str]:
    return {
        "percent": str(state.percent),
        "base": str(state.base),
        "required": str(state.required),
        "matched": str(state.matched),
        "shortfall": str(state.shortfall),
    }


MATCH_SHARE = Check(key="match_share", label="配套资金与配套要求", subject_type="cases.project", find=find)
