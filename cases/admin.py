"""Check-in in the admin: phones, cards and unsuccessful scans to read; phones to stop, cards to renew."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from cases import actions
from cases.models import CheckInDevice, MealCard, RejectedScan
from core.actionadmin import ActionModelAdmin
from core.actions import Refused


def _one_by_one(perform: Callable[..., Any], done: str) -> Callable[..., None]:
    """Row by row with the typed reason; what is refused is named, the others are done."""

    def run(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, "请写明理由。")
            return
        for row in rows:
            try:
                perform(by=request.user, row=row, reason=reason)
                messages.success(request, f"{done}：{row}")
            except Refused as refused:
                messages.error(request, f"{row}：{refused.message}")

    return run


@admin.action(description="停用所选的手机（须写理由）")
def revoke(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Lost phones end at once."""
    _one_by_one(actions.revoke_device, "已停用")(model_admin, request, rows)


@admin.action(description="换卡（须写理由）")
def renew(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Lost cards end at once."""
    _one_by_one(actions.renew_card, "已换卡")(model_admin, request, rows)


@admin.register(CheckInDevice)
class DeviceAdmin(ActionModelAdmin):
    actions = (revoke,)
    list_display = ("shop", "label", "state_label", "paired_at", "revoked_at")
    list_select_related = ("shop",)
    search_fields = ("label", "shop__name")


@admin.register(MealCard)
class CardAdmin(ActionModelAdmin):
    actions = (renew,)
    list_display = ("person", "card_no", "programme", "epoch")
    list_select_related = ("person", "programme")
    search_fields = ("=card_no", "person__name")


@admin.register(RejectedScan)
class RejectedScanAdmin(ActionModelAdmin):
    list_display = ("scanned_at", "shop", "worker", "reason", "sentence")
    list_filter = ("reason", "channel")
    list_select_related = ("shop",)
    search_fields = ("shop__name",)
