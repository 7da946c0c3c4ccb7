"""Programmes, projects, funding lines and sources for programs."""

from cases import serializers as cases
from core.api.registry import Endpoint
from core.api.rows import Nested
from core.api.views import screen_viewset
from funding.contract_screens import CONTRACT_SCREEN, PAYMENT_SCREEN, SUPPLEMENT_SCREEN
from funding.match_screens import MATCH_SCREEN
from funding.money_api import DonorViewSet, MoneyMixin
from funding.programme_screens import PROGRAMME_SCREEN
from funding.project_screens import PROJECT_SCREEN
from funding.screens import LINE_SCREEN, SOURCE_SCREEN
from funding.serializers import (
    CorrectionSerializer,
    LineSerializer,
    PaymentSerializer,
    SettledShareSerializer,
    ShareSerializer,
)
from funding.settlement import screens as settlement
from funding.sharing.screens import RULE_SCREEN
from funding.subsidy_screens import SCREENS


def _lines(field: str) -> Nested:
    return Nested("funding-lines", "资金明细", LineSerializer, field, joined=("source",))


ENDPOINTS = (
    Endpoint(
        "programmes",
        screen_viewset(
            PROGRAMME_SCREEN,
            nested=(
                Nested("shops", "门店", cases.ShopSerializer, "programme"),
                Nested("enrolments", "登记职工", cases.EnrolmentSerializer, "programme", joined=("person",)),
                Nested("meals", "就餐记录", cases.MealSerializer, "programme"),
                _lines("programme"),
            ),
            mixins=(MoneyMixin,),
        ),
    ),
    Endpoint(
        "projects",
        screen_viewset(
            PROJECT_SCREEN,
            nested=(
                Nested("milestones", "节点", cases.MilestoneSerializer, "project"),
                Nested("progress-reports", "进度报告", cases.ProgressSerializer, "project"),
                Nested("acceptances", "验收记录", cases.AcceptanceSerializer, "project"),
                Nested("venue-checks", "六有检查", cases.VenueCheckSerializer, "project"),
                Nested("equipment-list", "设备", cases.EquipmentSerializer, "project"),
                Nested("visit-days", "使用记录", cases.VisitSerializer, "project"),
                _lines("project"),
            ),
            mixins=(MoneyMixin,),
        ),
    ),
    Endpoint("project_contracts", screen_viewset(CONTRACT_SCREEN)),
    Endpoint("contract_supplements", screen_viewset(SUPPLEMENT_SCREEN)),
    Endpoint("contract_payments", screen_viewset(PAYMENT_SCREEN)),
    Endpoint("match_requirements", screen_viewset(MATCH_SCREEN)),
    *(Endpoint(screen.slug, screen_viewset(screen)) for screen in SCREENS),
    Endpoint("funding_lines", screen_viewset(LINE_SCREEN)),
    Endpoint(
        "settlements",
        screen_viewset(
            settlement.SETTLEMENT_SCREEN,
            nested=(Nested("payments", "付款", PaymentSerializer, "settlement"),),
        ),
    ),
    Endpoint(
        "settlement_lines",
        screen_viewset(
            settlement.LINE_SCREEN,
            nested=(
                Nested("shares", "各方承担", SettledShareSerializer, "line", joined=("share__source",)),
                Nested("corrections", "更正", CorrectionSerializer, "line"),
            ),
        ),
    ),
    Endpoint("settlement_payments", screen_viewset(settlement.PAYMENT_SCREEN)),
    Endpoint("settlement_exceptions", screen_viewset(settlement.EXCEPTION_SCREEN)),
    Endpoint("shop_statements", screen_viewset(settlement.STATEMENT_SCREEN)),
    Endpoint(
        "cost_share_rules",
        screen_viewset(
            RULE_SCREEN, nested=(Nested("shares", "各方承担", ShareSerializer, "rule", joined=("source",)),)
        ),
    ),
    Endpoint("donors", DonorViewSet),
    Endpoint("funding_sources", screen_viewset(SOURCE_SCREEN, nested=(_lines("source"),))),
)
