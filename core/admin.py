"""The kernel's rows in the admin, to be read."""

from django.contrib import admin

from core.actionadmin import ActionModelAdmin
from core.models import AuditEvent, Finding, ImportBatch, Job


@admin.register(AuditEvent)
class AuditEventAdmin(ActionModelAdmin):
    list_display = ("at", "by", "verb_label", "target_label", "county", "reason")
    list_select_related = ("by", "county")
    search_fields = ("verb", "target_label", "by__username")


@admin.register(Job)
class JobAdmin(ActionModelAdmin):
    list_display = ("id", "kind", "state", "percent", "attempt", "by", "created_at", "error")
    list_filter = ("state", "kind")
    list_select_related = ("by",)


@admin.register(ImportBatch)
class ImportBatchAdmin(ActionModelAdmin):
    list_display = (
        "file",
        "resource",
        "state",
        "union",
        "by",
        "rows_new",
        "rows_changed",
        "rows_held",
        "created_at",
    )
    list_filter = ("state", "resource")
    list_select_related = ("file", "union", "by")


@admin.register(Finding)
class FindingAdmin(ActionModelAdmin):
    list_display = ("message", "subject_label", "union", "state", "opened_at")
    list_filter = ("state", "check_key")
    list_select_related = ("union",)
    search_fields = ("message", "subject_label")
