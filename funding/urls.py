"""Addresses of programmes, projects, funding lines, sources, the subsidy and documents."""

from django.urls import path

from cases.grids import MilestonesView, MonthView
from cases.views import ChooseKindView
from funding import views
from funding.contract_screens import CONTRACT_SCREEN, PAYMENT_SCREEN, SUPPLEMENT_SCREEN
from funding.donor_views import DonorReportView, DonorsExportView, DonorsView, DonorView
from funding.match_screens import MATCH_SCREEN
from funding.programme_screens import PROGRAMME_SCREEN
from funding.project_screens import PROJECT_SCREEN
from funding.screens import LINE_SCREEN, SOURCE_SCREEN
from funding.settlement import screens as settlement
from funding.settlement.shop_months import ShopMonthsView, ShopMonthView
from funding.sharing.screens import RULE_SCREEN
from funding.subsidy_screens import SCREENS
from funding.subsidy_views import CarryTiersView, SubsidyRunView

urlpatterns = [
    *PROGRAMME_SCREEN.urls_with(
        new=(ChooseKindView, {"of": "programme"}),
        detail=(views.ProgrammeView, {}),
    ),
    *PROJECT_SCREEN.urls_with(new=(ChooseKindView, {"of": "project"}), detail=(views.ProjectView, {})),
    path(
        "projects/<int:pk>/milestones/",
        MilestonesView.as_view(screen=PROJECT_SCREEN),
        name="projects-milestones",
    ),
    path("projects/<int:pk>/month/", MonthView.as_view(screen=PROJECT_SCREEN), name="projects-month"),
    *CONTRACT_SCREEN.urls(),
    *SUPPLEMENT_SCREEN.urls(),
    *PAYMENT_SCREEN.urls(),
    *MATCH_SCREEN.urls(),
    *LINE_SCREEN.urls(),
    *SOURCE_SCREEN.urls_with(detail=(views.SourceView, {})),
    path("donors/", DonorsView.as_view(), name="donors-list"),
    path("donors/export/", DonorsExportView.as_view(), name="donors-export"),
    path("donors/<int:pk>/", DonorView.as_view(), name="donors-detail"),
    path("donors/<int:pk>/report.<str:suffix>", DonorReportView.as_view(), name="donors-report"),
    path("subsidy_grants/carry/", CarryTiersView.as_view(), name="subsidy_grants-carry"),
    path("subsidy_grants/run/", SubsidyRunView.as_view(), name="subsidy_grants-run"),
    *(pattern for screen in SCREENS for pattern in screen.urls()),
    *RULE_SCREEN.urls(),
    *settlement.SETTLEMENT_SCREEN.urls(),
    *settlement.LINE_SCREEN.urls(),
    *settlement.PAYMENT_SCREEN.urls(),
    *settlement.EXCEPTION_SCREEN.urls(),
    *settlement.STATEMENT_SCREEN.urls(),
    path("shop/months/", ShopMonthsView.as_view(), name="shop-months"),
    path("shop/months/<int:pk>/", ShopMonthView.as_view(), name="shop-month"),
    path("files/<uuid:uuid>/", views.EvidenceView.as_view(), name="evidence"),
]
