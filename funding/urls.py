"""Addresses of programmes, projects, funding lines, sources and documents."""

from django.urls import path

from cases.views import ChooseKindView
from funding import views
from funding.screens import LINE_SCREEN, PROGRAMME_SCREEN, PROJECT_SCREEN, SOURCE_SCREEN

urlpatterns = [
    *PROGRAMME_SCREEN.urls_with(
        new=(ChooseKindView, {"of": "programme"}),
        detail=(views.ProgrammeView, {}),
    ),
    *PROJECT_SCREEN.urls_with(new=(ChooseKindView, {"of": "project"}), detail=(views.ProjectView, {})),
    *LINE_SCREEN.urls(),
    *SOURCE_SCREEN.urls_with(detail=(views.SourceView, {})),
    path("files/<uuid:uuid>/", views.EvidenceView.as_view(), name="evidence"),
]
