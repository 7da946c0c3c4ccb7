"""The yearly run of the subsidy before it is granted: which county, which tier, which sum. Only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from funding.models import CountyTier, PairingTier, SubsidyGrant, SubsidyStandard
from unions.models import Union, UnionLevel

TIER_LABELS = {value: str(label) for value, label in PairingTier.choices}


@dataclass(frozen=True)
class Item:
    """One county in the run: what it has and what it would get."""

    union: Union
    tier: CountyTier | None
    standard: SubsidyStandard | None
    grant: SubsidyGrant | None

    @property
    def is_coming(self) -> bool:
        return self.grant is None and self.tier is not None and self.standard is not None

    @property
    def state(self) -> str:
        if self.grant is not None:
            return "已下达"
        if self.tier is None:
            return "没有对口层级"
        return "将下达" if self.standard is not None else "没有有效标准"


@dataclass(frozen=True)
class Plan:
    """The run over the counties of a scope."""

    year: int
    items: tuple[Item, ...]

    @property
    def coming(self) -> list[Item]:
        return [item for item in self.items if item.is_coming]

    @property
    def without_tier(self) -> int:
        """How many counties nobody has given a tier."""
        return sum(item.tier is None and item.grant is None for item in self.items)

    @property
    def total(self) -> Decimal:
        return sum((item.standard.amount for item in self.coming if item.standard), Decimal(0))

    @property
    def without_standard(self) -> list[str]:
        """Tiers that a county waits with and that are worth nothing on that day."""
        waiting = [
            item.tier.tier for item in self.items if item.tier and not item.standard and not item.grant
        ]
        return [label for tier, label in TIER_LABELS.items() if tier in waiting]

    @property
    def words(self) -> str:
        return f"将下达 {len(self.coming)} 个县，合计 {self.total:,.2f} 元"


def plan(account: Any, year: int, on: date) -> Plan:
    """Every county of the account's scope, with the tier of the year and the standard in force on a day."""
    counties = Union.objects.visible_to(account).areas().filter(level=UnionLevel.COUNTY).order_by("code")
    tiers = _by_union(CountyTier.objects.visible_to(account).active().filter(year=year))
    grants = _by_union(SubsidyGrant.objects.visible_to(account).active().filter(year=year))
    in_force = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    valid = SubsidyStandard.objects.filter(in_force, valid_from__lte=on, archived_at__isnull=True)
    standards = {standard.tier: standard for standard in valid}
    return Plan(year, tuple(_item(union, tiers, grants, standards) for union in counties))


def _by_union(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.union_id: row for row in rows}


def _item(union: Union, tiers: dict[int, Any], grants: dict[int, Any], standards: dict[str, Any]) -> Item:
    tier = tiers.get(union.pk)
    return Item(union, tier, standards.get(tier.tier) if tier else None, grants.get(union.pk))
