"""Unions and employers for programs."""

from core.api.registry import Endpoint
from core.api.rows import Nested
from core.api.views import screen_viewset
from unions import serializers
from unions.screens import EMPLOYER_SCREEN, UNION_SCREEN

ENDPOINTS = (
    Endpoint(
        "unions",
        screen_viewset(
            UNION_SCREEN,
            nested=(
                Nested("certificates", "法人登记", serializers.CertificateSerializer, "union"),
                Nested("member-counts", "上报会员数", serializers.ReportedMembersSerializer, "union"),
                Nested("terms", "届期", serializers.TermSerializer, "union"),
            ),
        ),
    ),
    Endpoint(
        "employers",
        screen_viewset(
            EMPLOYER_SCREEN,
            nested=(
                Nested("headcounts", "职工数", serializers.HeadcountSerializer, "employer"),
                Nested("coverages", "工会覆盖", serializers.CoverageSerializer, "employer"),
                Nested("systems", "民主管理制度", serializers.SystemSerializer, "employer"),
            ),
        ),
    ),
)
