"""Programmes that run day by day, projects that are built once, and what happens in them.

What differs only in fields and stages is declared in `cases.kinds`; tables here are for what has volume,
money or constraints.
"""

from cases.models.anomalies import AnomalyKind, ScanAnomaly, ScanWindow
from cases.models.base import Case, CaseQuerySet, DatedQuerySet
from cases.models.devices import CheckInDevice, MealCard, RejectedScan, RejectionReason
from cases.models.doubts import MealDoubt
from cases.models.meals import MealChannel, MealCheckIn, MealQuerySet
from cases.models.phones import WorkerPhone
from cases.models.programmes import Enrolment, Programme
from cases.models.projects import (
    Acceptance,
    AcceptanceResult,
    Equipment,
    EquipmentState,
    Milestone,
    ProgressReport,
    Project,
    ProjectPhoto,
    ProjectStage,
    Visit,
)
from cases.models.ratings import HIGHEST, LOWEST, MealRating
from cases.models.shops import (
    PartnerShop,
    PauseKind,
    ShopContract,
    ShopInspection,
    ShopPause,
    ShopStage,
)
from cases.models.venues import SIX_ITEMS, VenueCheck

__all__ = [
    "HIGHEST",
    "LOWEST",
    "SIX_ITEMS",
    "Acceptance",
    "AcceptanceResult",
    "AnomalyKind",
    "Case",
    "CaseQuerySet",
    "CheckInDevice",
    "DatedQuerySet",
    "Enrolment",
    "Equipment",
    "EquipmentState",
    "MealCard",
    "MealChannel",
    "MealCheckIn",
    "MealDoubt",
    "MealQuerySet",
    "MealRating",
    "Milestone",
    "PartnerShop",
    "PauseKind",
    "Programme",
    "ProgressReport",
    "Project",
    "ProjectPhoto",
    "ProjectStage",
    "RejectedScan",
    "RejectionReason",
    "ScanAnomaly",
    "ScanWindow",
    "ShopContract",
    "ShopInspection",
    "ShopPause",
    "ShopStage",
    "VenueCheck",
    "Visit",
    "WorkerPhone",
]
