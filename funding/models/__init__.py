"""Money: who pays, how much, at which stage. Yuan with two decimals; 万元 is a way to show it."""

from funding.models.lines import (
    FundingLine,
    FundingLineQuerySet,
    FundingSource,
    FundStage,
    MatchRequirement,
    SourceKind,
    SourceMember,
)
from funding.models.subsidies import (
    MONTHS_TO_SPEND,
    TARGET_KINDS,
    CountyTier,
    EntryStage,
    FundingTarget,
    PairingTier,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)

__all__ = [
    "MONTHS_TO_SPEND",
    "TARGET_KINDS",
    "CountyTier",
    "EntryStage",
    "FundStage",
    "FundingLine",
    "FundingLineQuerySet",
    "FundingSource",
    "FundingTarget",
    "MatchRequirement",
    "PairingTier",
    "SourceKind",
    "SourceMember",
    "SubsidyEntry",
    "SubsidyGrant",
    "SubsidyStandard",
]
