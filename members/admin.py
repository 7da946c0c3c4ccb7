"""Members in the admin, masked as everywhere."""

from django.contrib import admin

from core.actionadmin import ActionModelAdmin, Writes
from members.models import Person, TransferRequest
from members.screens import MEMBER_SCREEN, TRANSFER_SCREEN


@admin.register(Person)
class PersonAdmin(ActionModelAdmin):
    writes = Writes.of(MEMBER_SCREEN)
    masked = ("id_masked", "mobile_masked")
    list_display = ("name", "id_masked", "sex", "union", "employer", "employment_state", "archived_at")
    list_filter = ("sex", "employment_state")
    list_select_related = ("union", "employer")
    search_fields = ("name", "name_sort", "=id_last4")


@admin.register(TransferRequest)
class TransferRequestAdmin(ActionModelAdmin):
    writes = Writes.of(TRANSFER_SCREEN)
    masked = ("id_masked",)
    list_display = ("name", "id_masked", "to_name", "on", "state", "answered_on")
    list_filter = ("state", "change_reason")
    search_fields = ("name", "=id_last4", "to_name")
