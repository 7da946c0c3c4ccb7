"""Phones, cards and unsuccessful scans for programs and for the administrator: read, stop, renew; nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases.models import CheckInDevice, MealCard
from core import scope
from core.models import AuditEvent
from tests.checkin.conftest import CLERK, enrolled
from tests.world import PASSWORD, World


def _browser(world: World, name: str) -> Client:
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def _device(world: World, device: CheckInDevice) -> CheckInDevice:
    with scope.applied(world.account(CLERK)):
        return CheckInDevice.objects.get(pk=device.pk)


def test_a_program_reads_and_revokes_a_phone(phone: Client, device: CheckInDevice, world: World) -> None:
    clerk = _browser(world, CLERK)
    [row] = clerk.get("/api/v1/devices/").json()["results"]
    assert (row["id"], row["label"], row["state"]) == (device.pk, "收银台", "使用中")
    assert datetime.fromisoformat(row["paired_at"]).utcoffset() == timedelta(hours=8)
    address = f"/api/v1/devices/{device.pk}/revoke/"
    assert clerk.post(address, {}, content_type="application/json").status_code == 400  # no reason
    answer: Any = clerk.post(address, {"reason": "丢失"}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert phone.get("/shop/").status_code == 403
    stranger = _browser(world, "632322.clerk")
    assert stranger.get(f"/api/v1/devices/{device.pk}/").status_code == 404


def test_a_program_renews_a_card(device: CheckInDevice, world: World) -> None:
    card, clerk = enrolled(world, 1)[0], _browser(world, CLERK)
    answer: Any = clerk.post(
        f"/api/v1/meal_cards/{card.pk}/renew/", {"reason": "丢失"}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["card_no"] != card.card_no and answer.json()["epoch"] == 2
    assert clerk.get("/api/v1/rejected_scans/").json()["results"] == []
    assert clerk.get("/api/v1/scan_anomalies/").json()["results"] == []


@pytest.mark.parametrize(("reason", "ends"), [("", False), ("丢失", True)])
def test_the_administrator_revokes_phones_with_a_reason(
    phone: Client, device: CheckInDevice, world: World, reason: str, ends: bool
) -> None:
    admin = _browser(world, "admin")
    told = {"action": "revoke", "_selected_action": [device.pk], "reason": reason}
    answer: Any = admin.post("/admin/cases/checkindevice/", told, follow=True)
    assert ("请写明理由" in answer.content.decode()) is not ends
    assert (_device(world, device).revoked_at is not None) is ends
    assert AuditEvent.objects.filter(verb="cases.revoke_device", reason="丢失").exists() is ends


def test_the_administrator_renews_cards(device: CheckInDevice, world: World) -> None:
    card, admin = enrolled(world, 1)[0], _browser(world, "admin")
    told = {"action": "renew", "_selected_action": [card.pk], "reason": "丢失"}
    assert "已换卡" in admin.post("/admin/cases/mealcard/", told, follow=True).content.decode()
    with scope.applied(world.account(CLERK)):
        assert MealCard.objects.get(pk=card.pk).epoch == 2
    assert admin.get("/admin/cases/rejectedscan/").status_code == 200
    assert admin.get("/admin/cases/rejectedscan/add/").status_code == 403
