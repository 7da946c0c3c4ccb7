"""The subsidy before it is granted: who sets the standards; which county, which tier, which sum. Only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q

from core.checks import Problem
from funding.models import CountyTier, PairingTier, SubsidyGrant, SubsidyStandard
from unions.models import Union, UnionLevel

TIER_LABELS = {value: str(label) for value, label in PairingTier.choices}


def why_not_set_standards(account: Any) -> str:
    """Standards hold for every county, so the province sets them; the sentence for everybody else."""
    if account.union.level == UnionLevel.PROVINCIAL:
        return ""
    return "补助标准由省级工会制定，请联系省总工会。"


END_AND_ANEW = "要换标准，请给它填写终止日期，再制定新标准"


@dataclass(frozen=True)
class Granted:
    """The grants that rest on a standard: how many, and the day of the last."""

    count: int
    last: date | None

    def refusal(self, standard: Any, values: dict[str, Any]) -> tuple[str, Problem] | None:
        """Which of the new values would change what was granted, and why it cannot be; `standard` as a mapping."""
        if not self.last:
            return None
        so_far, until = f"按这个标准已下达 {self.count} 笔补助", values.get("valid_to")
        if values.get("spend_within", standard["spend_within"]) != standard["spend_within"]:
            return "spend_within", Problem(f"{so_far}，使用期限不能改", END_AND_ANEW)
        if until is not None and until != standard["valid_to"] and until <= self.last:
            said = f"{so_far}，最后一笔在 {self.last}，终止日期要在这一天以后"
            return "valid_to", Problem(said, "请核对终止日期")
        return None


def granted_by(account: Any, standards: Iterable[int]) -> dict[int, Granted]:
    """The grants that rest on standards, as the province sees them; of those on which any does."""
    grants = SubsidyGrant.objects.visible_to(account).active().filter(standard__in=list(standards)).order_by()
    found = grants.values_list("standard").annotate(Count("pk"), Max("granted_on"))
    return {standard: Granted(count, last) for standard, count, last in found}


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
