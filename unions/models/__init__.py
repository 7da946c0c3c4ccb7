"""The tree of unions, the accounts that work in it, employers and their coverage."""

from unions.models.accounts import Account
from unions.models.employers import (
    DemocraticKind,
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    Ownership,
    SystemForm,
    UnitCoverage,
)
from unions.models.tree import (
    AdministrativeDivision,
    DivisionLevel,
    LegalPersonRegistration,
    Union,
    UnionHeadcount,
    UnionKind,
    UnionLevel,
    UnionLine,
    UnionTerm,
)

__all__ = [
    "Account",
    "AdministrativeDivision",
    "DemocraticKind",
    "DemocraticSystem",
    "DivisionLevel",
    "Employer",
    "EmployerHeadcount",
    "LegalPersonRegistration",
    "Ownership",
    "SystemForm",
    "Union",
    "UnionHeadcount",
    "UnionKind",
    "UnionLevel",
    "UnionLine",
    "UnionTerm",
    "UnitCoverage",
]
