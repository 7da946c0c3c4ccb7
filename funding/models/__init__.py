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

__all__ = [
    "FundStage",
    "FundingLine",
    "FundingLineQuerySet",
    "FundingSource",
    "MatchRequirement",
    "SourceKind",
    "SourceMember",
]
