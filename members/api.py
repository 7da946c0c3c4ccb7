"""Members and transfers for programs. An ID number goes in and never comes out."""

from core.api.registry import Endpoint
from core.api.rows import Nested
from core.api.views import screen_viewset
from members import serializers
from members.screens import MEMBER_SCREEN, TRANSFER_SCREEN

ENDPOINTS = (
    Endpoint(
        "members",
        screen_viewset(
            MEMBER_SCREEN,
            nested=(
                Nested("memberships", "会籍", serializers.MembershipSerializer, "person"),
                Nested("tags", "群体标签", serializers.TagSerializer, "person"),
            ),
        ),
    ),
    Endpoint("transfers", screen_viewset(TRANSFER_SCREEN)),
)
