"""The same grant in two places: one finding on the later line, naming both."""

from collections.abc import Iterator, Sequence

from funding.models import FundingLine
from funding.same_grants import SAME_GRANT_CHECK, Twice, detail_of, first_of_each, reported_twice, words_of
from metrics.checks.base import Check, Contradiction, cut


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Lines that report a grant which an earlier line has reported already."""
    pairs = reported_twice(FundingLine.objects.filter(county_id__in=codes))
    yield from map(_contradiction, first_of_each(pairs).values())


def _contradiction(twice: Twice) -> Contradiction:
    second = twice.second
    return Contradiction(
        subject_id=second.pk,
        subject_label=f"{second.subject.name}：{second}"[:200],
        union_id=second.union_id,
        county_id=second.county_id,
        message=cut(words_of(twice)),
        detail=detail_of(twice),
    )


SAME_GRANT = Check(
    key=SAME_GRANT_CHECK, label="同一笔资金报了两次", subject_type="funding.fundingline", find=find
)
