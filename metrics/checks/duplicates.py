"""The same grant in two places: one finding on the later line, naming both."""

from collections.abc import Iterator, Sequence
from typing import Any

from funding.models import FundingLine
from funding.same_grants import Twice, reported_twice, subject_key
from metrics.checks.base import Check, Contradiction, cut
from metrics.words import money


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Lines that report a grant which an earlier line has reported already."""
    told: set[int] = set()
    for twice in reported_twice(FundingLine.objects.filter(county_id__in=codes)):
        if twice.second.pk not in told:
            told.add(twice.second.pk)
            yield _contradiction(twice)


def _contradiction(twice: Twice) -> Contradiction:
    first, second = twice.first, twice.second
    return Contradiction(
        subject_id=second.pk,
        subject_label=f"{second.subject.name}：{second}"[:200],
        union_id=second.union_id,
        county_id=second.county_id,
        message=cut(
            f"{_words(first)}，与{_words(second)}，{'、'.join(twice.agree)}都相同，可能是同一笔报了两次。"
            "是同一笔的请归档一条，是两笔的请说明。"
        ),
        detail={
            "lines": [first.pk, second.pk],
            "subjects": [subject_key(first.subject), subject_key(second.subject)],
            "amount": str(first.amount),
            "agree": list(twice.agree),
        },
    )


def _words(line: Any) -> str:
    number = f"，{line.document_no}" if line.document_no else ""
    stage = line.get_stage_display()
    return f"“{line.subject.name}”{line.recorded_on.isoformat()}的{stage} {money(line.amount)}（{line.source}{number}）"


SAME_GRANT = Check(
    key="same_grant", label="同一笔资金报了两次", subject_type="funding.fundingline", find=find
)
