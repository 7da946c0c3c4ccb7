"""Every indicator, declared; the order is the order on screen."""

from metrics.indicators.base import Companion, Direction, Half, Indicator
from metrics.indicators.democracy import CONGRESS, DISCLOSURE
from metrics.indicators.organisation import (
    FEMALE_MEMBER_DENSITY,
    LEGAL_PERSON_REGISTRATION,
    MEMBER_DENSITY,
    NEW_EMPLOYMENT_DENSITY,
    NONPUBLIC_UNION,
    REALNAME_COLLECTION,
    RURAL_MIGRANT_DENSITY,
    UNION_ESTABLISHMENT,
)
from metrics.indicators.services import BREAKFAST_TAKE_UP, FUNDING_RECONCILIATION, SUBSIDY_RECEIPT

INDICATORS: tuple[Indicator, ...] = (
    UNION_ESTABLISHMENT,
    NONPUBLIC_UNION,
    MEMBER_DENSITY,
    RURAL_MIGRANT_DENSITY,
    NEW_EMPLOYMENT_DENSITY,
    FEMALE_MEMBER_DENSITY,
    REALNAME_COLLECTION,
    LEGAL_PERSON_REGISTRATION,
    CONGRESS,
    DISCLOSURE,
    BREAKFAST_TAKE_UP,
    SUBSIDY_RECEIPT,
    FUNDING_RECONCILIATION,
)
REGISTRY: dict[str, Indicator] = {indicator.code: indicator for indicator in INDICATORS}
CHOICES: list[tuple[str, str]] = [(one.code, one.name) for one in INDICATORS]


def problems() -> list[str]:
    """What is wrong with the declarations; the portal does not start with any."""
    found = [problem for indicator in INDICATORS for problem in indicator.problems()]
    codes = [indicator.code for indicator in INDICATORS] + [indicator.key for indicator in INDICATORS]
    if len(codes) != len(set(codes)):
        found.append("an indicator is declared twice")
    return found


__all__ = ["CHOICES", "INDICATORS", "REGISTRY", "Companion", "Direction", "Half", "Indicator", "problems"]
