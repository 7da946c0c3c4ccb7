"""Programmes, projects, funding lines and sources in the admin; a new case starts on its own page."""

from dataclasses import replace

from django.contrib import admin

from cases.models import Programme, Project
from core.actionadmin import ActionModelAdmin, Writes
from funding.models import (
    CostShareRule,
    CountyTier,
    FundingLine,
    FundingSource,
    FundingTarget,
    Payment,
    Settlement,
    ShopStatement,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from funding.programme_screens import PROGRAMME_SCREEN
from funding.project_screens import PROJECT_SCREEN
from funding.screens import LINE_SCREEN, SOURCE_SCREEN
from funding.settlement.screens import SETTLEMENT_SCREEN, STATEMENT_SCREEN
from funding.sharing.screens import RULE_SCREEN
from funding.subsidy_screens import (
    ENTRY_SCREEN,
    GRANT_SCREEN,
    STANDARD_SCREEN,
    TARGET_SCREEN,
    TIER_SCREEN,
)


@admin.register(Programme)
class ProgrammeAdmin(ActionModelAdmin):
    writes = replace(Writes.of(PROGRAMME_SCREEN), create=None)
    list_display = ("name", "kind", "union", "started_on", "ended_on", "face_value", "archived_at")
    list_filter = ("kind",)
    list_select_related = ("union",)
    search_fields = ("name", "name_sort")


@admin.register(Project)
class ProjectAdmin(ActionModelAdmin):
    writes = replace(Writes.of(PROJECT_SCREEN), create=None)
    list_display = (
        "name",
        "kind",
        "union",
        "stage",
        "stated_total",
        "planned_open_on",
        "opened_on",
        "archived_at",
    )
    list_filter = ("kind", "stage")
    list_select_related = ("union",)
    search_fields = ("name", "name_sort")


@admin.register(FundingLine)
class FundingLineAdmin(ActionModelAdmin):
    writes = Writes.of(LINE_SCREEN)
    list_display = (
        "source",
        "stage",
        "amount",
        "project",
        "programme",
        "union",
        "recorded_on",
        "archived_at",
    )
    list_filter = ("stage", "is_match")
    list_select_related = ("source", "project", "programme", "union")
    search_fields = ("source__name", "project__name", "programme__name", "document_no")


@admin.register(FundingSource)
class FundingSourceAdmin(ActionModelAdmin):
    writes = Writes.of(SOURCE_SCREEN)
    list_display = ("name", "kind", "union", "archived_at")
    list_filter = ("kind",)
    list_select_related = ("union",)
    search_fields = ("name",)


@admin.register(CountyTier)
class CountyTierAdmin(ActionModelAdmin):
    writes = Writes.of(TIER_SCREEN)
    list_display = ("union", "year", "tier", "archived_at")
    list_filter = ("year", "tier")
    list_select_related = ("union",)
    search_fields = ("union__name",)


@admin.register(SubsidyStandard)
class SubsidyStandardAdmin(ActionModelAdmin):
    writes = Writes.of(STANDARD_SCREEN)
    list_display = ("tier", "amount", "valid_from", "valid_to", "spend_within", "archived_at")
    list_filter = ("tier",)


@admin.register(SubsidyGrant)
class SubsidyGrantAdmin(ActionModelAdmin):
    writes = Writes.of(GRANT_SCREEN)
    list_display = ("union", "year", "tier", "amount", "granted_on", "archived_at")
    list_filter = ("year", "tier")
    list_select_related = ("union",)
    search_fields = ("union__name", "document_no")


@admin.register(SubsidyEntry)
class SubsidyEntryAdmin(ActionModelAdmin):
    writes = Writes.of(ENTRY_SCREEN)
    list_display = ("grant", "stage", "amount", "occurred_on", "union", "archived_at")
    list_filter = ("stage",)
    list_select_related = ("grant__union", "union")
    search_fields = ("union__name", "purpose")


@admin.register(FundingTarget)
class FundingTargetAdmin(ActionModelAdmin):
    writes = Writes.of(TARGET_SCREEN)
    list_display = ("union", "year", "kind", "amount", "archived_at")
    list_filter = ("year", "kind")
    list_select_related = ("union",)
    search_fields = ("union__name",)


@admin.register(CostShareRule)
class CostShareRuleAdmin(ActionModelAdmin):
    writes = Writes.of(RULE_SCREEN)
    list_display = ("programme", "face_value", "valid_from", "valid_to", "union", "archived_at")
    list_select_related = ("programme", "union")
    search_fields = ("programme__name", "note")


@admin.register(Settlement)
class SettlementAdmin(ActionModelAdmin):
    writes = replace(Writes.of(SETTLEMENT_SCREEN), create=None)
    list_display = ("programme", "month", "stage", "union", "checked_by", "approved_by")
    list_filter = ("stage",)
    list_select_related = ("programme", "union", "checked_by", "approved_by")
    search_fields = ("programme__name",)


@admin.register(Payment)
class PaymentAdmin(ActionModelAdmin):
    list_display = ("line", "amount", "reference", "paid_on", "returned_on", "union")
    list_filter = ("returned_on",)
    list_select_related = ("line__shop", "line__settlement__programme", "union")
    search_fields = ("line__shop__name", "reference")


@admin.register(ShopStatement)
class ShopStatementAdmin(ActionModelAdmin):
    writes = Writes.of(STATEMENT_SCREEN)
    list_display = ("shop", "month", "meals", "stated_on", "union", "archived_at")
    list_select_related = ("shop", "union")
    search_fields = ("shop__name",)
