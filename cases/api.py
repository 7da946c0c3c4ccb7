"""Shops and what hangs on projects, for programs; programmes and projects show money: see funding.api."""

from cases import serializers
from cases.project_screens import PART_SCREENS
from cases.screens import SHOP_SCREEN
from core.api.registry import Endpoint
from core.api.rows import Nested
from core.api.views import screen_viewset

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
    *(Endpoint(screen.slug, screen_viewset(screen)) for screen in PART_SCREENS),
)
