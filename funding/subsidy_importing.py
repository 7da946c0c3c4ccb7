"""Tiers, grants and funding targets from spreadsheets: one row per county and year."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from core.checks import Problem
from core.imports import Draft, Image
from funding.models.subsidies import FIRST_YEAR, LAST_YEAR
from unions.importing import PlacedImporter
from unions.models import UnionLevel


class YearImporter(PlacedImporter):
    """Rows of a county and a year."""

    keys: tuple[tuple[str, ...], ...] = (("union_id", "year"),)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        year, amount = image.get("year"), image.get("amount")
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            yield "year", Problem("不是年度", "请填写四位年份，如 2023")
        if amount is not None and amount <= 0:
            yield "amount", Problem("必须大于 0", "请核对金额")


class TiersImporter(YearImporter):
    """A county's tier; only county unions have one."""

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from super().rules(draft, image)
        union = self.unions.resolve(draft, self.columns["union"])
        if union is not None and union["level"] != UnionLevel.COUNTY:
            yield "union", Problem("不是县级工会", "对口层级和补助只登记在县级工会上")


class GrantsImporter(TiersImporter):
    """Grants of earlier years; tier and sum of one that stands do not change."""

    fixed: ClassVar[dict[str, str]] = {
        **YearImporter.fixed,
        "tier": "补助下达后层级不能改",
        "amount": "补助下达后金额不能改",
    }

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from super().rules(draft, image)
        granted = image.get("granted_on")
        if granted is not None and granted > self.today:
            yield "granted_on", Problem("晚于今天", "还没有下达的不要导入")


class TargetsImporter(YearImporter):
    keys = (("union_id", "year", "kind"),)
