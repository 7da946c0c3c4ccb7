"""Money: who pays, how much, at which stage, and what is settled with whom. Yuan with two decimals."""

from funding.models.contracts import ContractPayment, ContractSupplement, ProjectContract
from funding.models.doubts import (
    Decision,
    ExceptionReason,
    SettlementException,
    ShopStatement,
    StatementChannel,
)
from funding.models.lines import (
    ALL_UNMATCHED,
    FundingLine,
    FundingLineQuerySet,
    FundingSource,
    FundStage,
    MatchRequirement,
    SourceKind,
    SourceMember,
)
from funding.models.payments import Payment, SettlementSpending
from funding.models.settlements import (
    Settlement,
    SettlementCorrection,
    SettlementLine,
    SettlementShare,
    SettlementStage,
)
from funding.models.sharing import (
    CostShare,
    CostShareRule,
    PayerKind,
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
    "ALL_UNMATCHED",
    "MONTHS_TO_SPEND",
    "TARGET_KINDS",
    "ContractPayment",
    "ContractSupplement",
    "CostShare",
    "CostShareRule",
    "CountyTier",
    "Decision",
    "EntryStage",
    "ExceptionReason",
    "FundStage",
    "FundingLine",
    "FundingLineQuerySet",
    "FundingSource",
    "FundingTarget",
    "MatchRequirement",
    "PairingTier",
    "PayerKind",
    "Payment",
    "ProjectContract",
    "Settlement",
    "SettlementCorrection",
    "SettlementException",
    "SettlementLine",
    "SettlementShare",
    "SettlementSpending",
    "SettlementStage",
    "ShopStatement",
    "SourceKind",
    "SourceMember",
    "StatementChannel",
    "SubsidyEntry",
    "SubsidyGrant",
    "SubsidyStandard",
]
