"""The money of one project or programme: its current lines with the rules applied to them. Only reads."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from cases.models import Programme, Project
from funding.models import FundingLine, FundingSource, FundStage
from funding.reconciliation import (
    STAGES,
    ZERO,
    Difference,
    Line,
    Waterfall,
    difference,
    together,
    waterfalls,
)

STAGE_LABELS = {stage: str(FundStage(stage).label) for stage in STAGES}


def as_line(row: FundingLine) -> Line:
    """A row as the rules see it; sources are told apart by their number."""
    return Line(row.pk, str(row.source_id), row.stage, row.amount)


class Money:
    """Lines of a project or programme by source. Another project's money is never among them."""

    def __init__(self, subject: Project | Programme, account: Any) -> None:
        self.subject = subject
        own = {"project": subject} if isinstance(subject, Project) else {"programme": subject}
        found = FundingLine.objects.visible_to(account).active().filter(**own).select_related("source")
        rows = list(found.order_by("recorded_on", "pk"))
        self.sources: dict[str, FundingSource] = {str(row.source_id): row.source for row in rows}
        self.lines = [as_line(row) for row in rows]
        self.parts = sorted(
            waterfalls(self.lines), key=lambda part: (-(part.promised or ZERO), self.name(part))
        )
        self.whole = together(self.parts)

    @property
    def stated(self) -> Decimal | None:
        """The total as the document says; only projects have one."""
        return self.subject.stated_total if isinstance(self.subject, Project) else None

    @cached_property
    def difference(self) -> Difference | None:
        return difference(self.stated, self.lines)

    def name(self, part: Waterfall | Line) -> str:
        return self.sources[part.source].name

    @property
    def basis(self) -> str:
        """At which stages the sources' amounts were taken, in words."""
        stages = {part.basis for part in self.parts}
        names = "、".join(label for stage, label in STAGE_LABELS.items() if stage in stages)
        return f"按各来源的{names}金额" if names else ""
