"""Lines that may report a grant which another line has reported: read for the nightly check and for a page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef

from core.money import spoken
from funding.duplicates import Reported, counts_in, pairs, places_in
from funding.models import FundingLine, FundStage

# The check (`metrics.checks.duplicates`) that keeps these as findings of the later line.
SAME_GRANT_CHECK = "same_grant"
# Money that was spent or came in parts repeats by itself; what was promised does not.
STAGES = (FundStage.APPLIED, FundStage.LETTER, FundStage.APPROVED, FundStage.RECEIVED)


@dataclass(frozen=True)
class Twice:
    """Two lines that are probably one grant, the earlier first, and in what they agree."""

    first: FundingLine
    second: FundingLine
    agree: tuple[str, ...]


def subject_key(subject: Any) -> str:
    """How a finding names a project or programme."""
    return f"{subject._meta.label_lower}:{subject.pk}"


def reported_twice(lines: Any) -> Iterator[Twice]:
    """The pairs among the given lines; read are only those that another one equals in stage and amount."""
    open_lines = lines.active().filter(stage__in=STAGES)
    equal = {name: OuterRef(name) for name in ("county", "stage", "amount")}
    same = open_lines.filter(**equal).exclude(pk=OuterRef("pk"))
    found = open_lines.filter(Exists(same)).annotate(key=F("source__name_key"))
    rows = {row.pk: row for row in found.select_related("source", "project", "programme").order_by("pk")}
    for pair in pairs(map(_reported, rows.values())):
        yield Twice(rows[pair.first.id], rows[pair.second.id], pair.agree)


def first_of_each(pairs: Iterable[Twice]) -> dict[int, Twice]:
    """Of every later line the first pair in which it stands: one finding tells of one line."""
    found: dict[int, Twice] = {}
    for one in pairs:
        found.setdefault(one.second.pk, one)
    return found


def words_of(twice: Twice) -> str:
    return (
        f"{_words(twice.first)}，与{_words(twice.second)}，{'、'.join(twice.agree)}都相同，可能是同一笔报了两次。"
        "是同一笔的请归档一条，是两笔的请说明。"
    )


def detail_of(twice: Twice) -> dict[str, Any]:
    """The figures by which the finding is told from another."""
    first, second = twice.first, twice.second
    return {
        "lines": [first.pk, second.pk],
        "subjects": [subject_key(first.subject), subject_key(second.subject)],
        "amount": str(first.amount),
        "agree": list(twice.agree),
    }


def _words(line: Any) -> str:
    number = f"，{line.document_no}" if line.document_no else ""
    stage = line.get_stage_display()
    return f"“{line.subject.name}”{line.recorded_on.isoformat()}的{stage} {spoken(line.amount)}（{line.source}{number}）"


def _reported(row: Any) -> Reported:
    subject = row.subject
    return Reported(
        id=row.pk,
        county=row.county_id,
        subject=subject_key(subject),
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
