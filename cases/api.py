"""Shops, meals, check-in and what hangs on projects, for programs; programmes and projects show money: see funding.api."""

from cases import serializers
from cases.checkin.screens import ANOMALY_SCREEN, CARD_SCREEN, DEVICE_SCREEN, REJECTED_SCREEN
from cases.project_screens import PART_SCREENS
from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, SHOP_SCREEN
from core.api.registry import Endpoint
from core.api.rows import Nested
from core.api.views import screen_viewset

CHECK_IN_SCREENS = (DEVICE_SCREEN, CARD_SCREEN, REJECTED_SCREEN, ANOMALY_SCREEN)
ENDPOINTS = (
    Endpoint(
        "shops",
        screen_viewset(
            SHOP_SCREEN,
            nested=(
                Nested("contracts", "合同", serializers.ContractSerializer, "shop"),
                Nested("inspections", "检查", serializers.InspectionSerializer, "shop"),
                Nested("pauses", "停供", serializers.PauseSerializer, "shop"),
            ),
        ),
    ),
    Endpoint(
        "meals",
        screen_viewset(MEAL_SCREEN, nested=(Nested("doubts", "疑问", serializers.DoubtSerializer, "meal"),)),
    ),
    *(
        Endpoint(screen.slug, screen_viewset(screen))
        for screen in (ENROLMENT_SCREEN, *PART_SCREENS, *CHECK_IN_SCREENS)
    ),
)
