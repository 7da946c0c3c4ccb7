"""The facts that figures are counted from."""

from metrics.facts.base import Fact, Grouping
from metrics.facts.breakfast import ENROLMENTS
from metrics.facts.employers import EMPLOYERS, WORKERS
from metrics.facts.funding import GRANTS, PROJECTS, SUBSIDIES
from metrics.facts.members import MEMBERS
from metrics.facts.unions import REPORTED_MEMBERS, UNIONS

FACTS: tuple[Fact, ...] = (
    MEMBERS,
    EMPLOYERS,
    WORKERS,
    UNIONS,
    REPORTED_MEMBERS,
    ENROLMENTS,
    SUBSIDIES,
    GRANTS,
    PROJECTS,
)

__all__ = [
    "EMPLOYERS",
    "ENROLMENTS",
    "FACTS",
    "GRANTS",
    "MEMBERS",
    "PROJECTS",
    "REPORTED_MEMBERS",
    "SUBSIDIES",
    "UNIONS",
    "WORKERS",
    "Fact",
    "Grouping",
]
