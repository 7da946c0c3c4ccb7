"""Programmes, projects, funding lines and sources in the admin; a new case starts on its own page."""

from dataclasses import replace

from django.contrib import admin

from cases.models import Programme, Project
from core.actionadmin import ActionModelAdmin, Writes
from funding.models import FundingLine, FundingSource
from funding.screens import LINE_SCREEN, PROGRAMME_SCREEN, PROJECT_SCREEN, SOURCE_SCREEN


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
