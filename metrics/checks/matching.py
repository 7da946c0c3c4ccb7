"""Matching money: what a grant asks a project to add, and what the project has added."""

from collections.abc import Iterator, Sequence
from typing import cast

from django.db.models import Prefetch, QuerySet

from cases.models import Project
from funding.doubts import MATCH_CHECK, of_matches
from funding.models import FundingLine, MatchRequirement
from funding.money import as_lines, matched
from metrics.checks.base import Check, Contradiction, cut


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
    found = of_matches((one, matched(one, own)) for one in project.asked)  # type: ignore[attr-defined]
    if found:
        yield Contradiction(
            subject_id=project.pk,
            subject_label=project.name,
            union_id=project.union_id,
            county_id=project.county_id,
            message=cut(found.title),
            detail=dict(found.detail),
        )


MATCH_SHARE = Check(key=MATCH_CHECK, label="配套资金与配套要求", subject_type="cases.project", find=find)
