"""Addresses of programmes, projects, funding lines, sources and documents."""

from typing import Any

from django.urls import URLPattern, path

from cases.views import ChooseKindView
from core.screens import Screen
from funding import views
from funding.screens import LINE_SCREEN, PROGRAMME_SCREEN, PROJECT_SCREEN, SOURCE_SCREEN


def _with(screen: Screen, **own: tuple[Any, dict[str, Any]]) -> list[URLPattern]:
    """A screen's addresses, some of them with a view of their own."""
    patterns = []
    for pattern in screen.urls():
        name = str(pattern.name)
        view, options = own.get(name.removeprefix(f"{screen.slug}-"), (None, {}))
        if view is not None:
            pattern = path(str(pattern.pattern), view.as_view(screen=screen, **options), name=name)
        patterns.append(pattern)
    return patterns


urlpatterns = [
    *_with(
        PROGRAMME_SCREEN,
        new=(ChooseKindView, {"of": "programme"}),
        detail=(views.ProgrammeView, {}),
    ),
    *_with(PROJECT_SCREEN, new=(ChooseKindView, {"of": "project"}), detail=(views.ProjectView, {})),
    *LINE_SCREEN.urls(),
    *_with(SOURCE_SCREEN, detail=(views.SourceView, {})),
    path("files/<uuid:uuid>/", views.EvidenceView.as_view(), name="evidence"),
]
