"""Lines that may report a grant which another line has reported: read for the nightly check and for a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef

from funding.duplicates import Reported, counts_in, pairs, places_in
from funding.models import FundingLine, FundStage

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
