"""The same grant in two places: one finding on the later line, naming both."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef

from funding.duplicates import Pair, Reported, counts_in, pairs, places_in
from funding.models import FundingLine, FundStage
from metrics.checks.base import Check, Contradiction, cut
from metrics.words import money

# Money that was spent or came in parts repeats by itself; what was promised does not.
STAGES = (FundStage.APPLIED, FundStage.LETTER, FundStage.APPROVED, FundStage.RECEIVED)


def find(codes: Sequence[int]) -> Iterator[Contradiction]:
    """Lines that report a grant which an earlier line has reported already."""
    rows = {row.pk: row for row in _rows(codes)}
    told: set[int] = set()
    for pair in pairs(map(_reported, rows.values())):
        if pair.second.id not in told:
            told.add(pair.second.id)
            yield _contradiction(pair, rows)


def _rows(codes: Sequence[int]) -> Any:
    """Only lines that have another one of the same stage and amount in their county."""
    lines = FundingLine.objects.active().filter(county_id__in=codes, stage__in=STAGES)
    same = (
        FundingLine.objects.active()
        .filter(county=OuterRef("county"), stage=OuterRef("stage"), amount=OuterRef("amount"))
        .exclude(pk=OuterRef("pk"))
    )
    joined = lines.annotate(key=F("source__name_key")).select_related("source", "project", "programme")
    return joined.filter(Exists(same)).order_by("pk")


def _reported(row: Any) -> Reported:
    subject = row.subject
    return Reported(
        id=row.pk,
        county=row.county_id,
        subject=f"{subject._meta.label_lower}:{subject.pk}",
        subject_kind=f"{subject._meta.model_name}:{subject.kind}",
        count=counts_in(subject.name),
        source=row.key,
        source_kind=row.source.kind,
        stage=row.stage,
        amount=row.amount,
        document=row.document_no.strip(),
        is_in_kind=row.is_in_kind,
        places=places_in(subject.name),
    )


def _contradiction(pair: Pair, rows: dict[int, Any]) -> Contradiction:
    first, second = rows[pair.first.id], rows[pair.second.id]
    return Contradiction(
        subject_id=second.pk,
        subject_label=f"{second.subject.name}：{second}"[:200],
        union_id=second.union_id,
        county_id=second.county_id,
        message=cut(
            f"{_words(first)}，与{_words(second)}，{'、'.join(pair.agree)}都相同，可能是同一笔报了两次。"
            "是同一笔的请归档一条，是两笔的请说明。"
        ),
        detail={
            "lines": [first.pk, second.pk],
            "subjects": [pair.first.subject, pair.second.subject],
            "amount": str(first.amount),
            "agree": list(pair.agree),
        },
    )


def _words(line: Any) -> str:
    number = f"，{line.document_no}" if line.document_no else ""
    stage = line.get_stage_display()
    return f"“{line.subject.name}”{line.recorded_on.isoformat()}的{stage} {money(line.amount)}（{line.source}{number}）"


SAME_GRANT = Check(
    key="same_grant", label="同一笔资金报了两次", subject_type="funding.fundingline", find=find
)
