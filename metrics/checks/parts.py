"""Parts against the total: a project's stated total and the sum of what its sources promised."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from django.db.models import QuerySet

from cases.models import Project
from funding.doubts import TOTAL_CHECK, total_detail
from funding.explaining import explanation
from funding.gifts import gifts_of
from funding.models import FundingLine
from funding.reconciliation import Difference, Line, difference
from metrics.checks.base import Check, Contradiction, cut
from metrics.words import money


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Projects whose stated total differs from the sum of their lines."""
    projects = cast(QuerySet[Project], Project.objects.filter(archived_at__isnull=True, county_id__in=codes))
    for project in projects.prefetch_related("funding_lines__source"):
        lines = sorted(
            (line for line in project.funding_lines.all() if not line.is_archived),
            key=lambda line: (line.recorded_on, line.pk),
        )
        cash = _lines(line for line in lines if not line.is_in_kind)
        in_kind = _lines(line for gift in gifts_of(lines) for line in gift.counted)
        found = difference(project.stated_total, cash, in_kind)
        if found:
            yield Contradiction(
                subject_id=project.pk,
                subject_label=project.name,
                union_id=project.union_id,
                county_id=project.county_id,
                message=_message(found, {line.id for line in in_kind}),
                detail=total_detail(found, lambda line: line.source),
            )


def _lines(rows: Iterable[FundingLine]) -> list[Line]:
    return [
        Line(row.pk, row.source.name, row.stage, row.amount, row.recorded_on, document=row.document_no)
        for row in rows
    ]


def _message(found: Difference, in_kind: set[int]) -> str:
    words = "多" if found.amount > 0 else "少"
    text = f"各来源资金之和 {money(found.summed)}，比文件总投资 {money(found.stated)} "
    text += f"{words} {money(abs(found.amount))}。"
    return cut(text + explanation(found, lambda line: line.source, in_kind))


PARTS_AGAINST_TOTAL = Check(
    key=TOTAL_CHECK,
    label="资金明细之和与总投资",
    subject_type="cases.project",
    find=find,
)
