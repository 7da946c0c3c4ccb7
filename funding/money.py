"""The money of one project or programme: its current lines with the rules applied to them. Only reads."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from cases.models import Programme, Project
from funding.gifts import gifts_of, value_of
from funding.models import FundingLine, FundingSource, FundStage, MatchRequirement, SourceMember
from funding.reconciliation import (
    STAGES,
    ZERO,
    Difference,
    Line,
    Match,
    Owed,
    Waterfall,
    difference,
    matching,
    owed,
    together,
    waterfalls,
)

STAGE_LABELS = {stage: str(FundStage(stage).label) for stage in STAGES}


def as_line(row: FundingLine) -> Line:
    """A row as the rules see it; sources are told apart by their number."""
    return Line(
        row.pk, str(row.source_id), row.stage, row.amount, row.recorded_on, row.is_match, row.document_no
    )


def as_lines(rows: Iterable[FundingLine]) -> list[Line]:
    return [as_line(row) for row in rows]


def joint_names(sources: Iterable[FundingSource], account: Any) -> dict[int, list[str]]:
    """Who stands behind each joint source, by the source's number."""
    members = SourceMember.objects.visible_to(account).filter(joint__in=list(sources), archived_at=None)
    found: dict[int, list[str]] = {}
    for member in members.select_related("member"):
        found.setdefault(member.joint_id, []).append(member.member.name)
    return found


class Money:
    """Lines of a project or programme by source. Another project's money is never among them; goods stand
    beside it (`gifts`, and `in_kind` their lines that count)."""

    def __init__(self, subject: Project | Programme, account: Any) -> None:
        self.subject, self.account = subject, account
        own = {"project": subject} if isinstance(subject, Project) else {"programme": subject}
        found = FundingLine.objects.visible_to(account).active().filter(**own).select_related("source")
        rows = list(found.order_by("recorded_on", "pk"))
        self.sources: dict[str, FundingSource] = {str(row.source_id): row.source for row in rows}
        self.gifts = gifts_of(rows)
        self.lines = as_lines(row for row in rows if not row.is_in_kind)
        self.in_kind = as_lines(line for gift in self.gifts for line in gift.counted)
        self.parts = sorted(
            waterfalls(self.lines), key=lambda part: (-(part.counted or ZERO), self.name(part))
        )
        self.whole = together(self.parts)

    @property
    def stated(self) -> Decimal | None:
        """The total as the document says; only projects have one."""
        return self.subject.stated_total if isinstance(self.subject, Project) else None

    @cached_property
    def difference(self) -> Difference | None:
        return difference(self.stated, self.lines, self.in_kind)

    @property
    def goods_value(self) -> Decimal | None:
        """The estimated value of the gifts in kind; None where there are none."""
        return value_of(self.gifts) if self.gifts else None

    @cached_property
    def owed(self) -> list[Owed]:
        """Committed in writing and not yet come."""
        return owed(self.lines, timezone.localdate())

    @cached_property
    def matches(self) -> list[tuple[MatchRequirement, Match]]:
        """What grants ask the project to add, each with how it stands."""
        if not isinstance(self.subject, Project):
            return []
        asked = MatchRequirement.objects.visible_to(self.account).filter(
            project=self.subject, archived_at__isnull=True
        )
        return [(one, matched(one, self.lines)) for one in asked.select_related("source")]

    @cached_property
    def joint(self) -> dict[int, list[str]]:
        return joint_names(self.sources.values(), self.account)

    def name(self, part: Waterfall | Line) -> str:
        return self.sources[part.source].name

    def members(self, part: Waterfall) -> list[str]:
        """The payers of a joint source; empty for one that is somebody alone."""
        return self.joint.get(int(part.source), [])

    @property
    def basis(self) -> str:
        """At which stages the sources' amounts were taken, in words."""
        stages = {part.basis for part in self.parts}
        names = "、".join(label for stage, label in STAGE_LABELS.items() if stage in stages)
        return f"按各来源的{names}金额" if names else ""


def matched(requirement: MatchRequirement, lines: list[Line]) -> Match:
    """A requirement against the project's lines in cash."""
    source = str(requirement.source_id) if requirement.source_id else ""
    return matching(lines, requirement.percent, source)
