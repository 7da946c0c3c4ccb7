"""Money: who pays, how much, at which stage. Yuan with two decimals; 万元 is a way to show it."""

from funding.models.lines import FundingLine, FundingLineQuerySet, FundingSource, FundStage, SourceKind

__all__ = [
    "FundStage",
    "FundingLine",
    "FundingLineQuerySet",
    "FundingSource",
    "SourceKind",
]
