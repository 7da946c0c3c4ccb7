"""Two lines of defence: either alone keeps foreign rows away, and without both the walk sees the leak."""

from typing import Any

import pytest
from django.db import models

from core import scope
from tests.contracts import kit
from tests.contracts.walking import Walk, foreign_names
from tests.world import World
from unions.models import AdministrativeDivision

CLERK = "632322.clerk"
SHOWING = ("-list", "-detail", "-export", "home", "dashboard", "dashboard-place", "figure", "evidence")


@pytest.fixture
def furnished(db: None) -> World:
    return kit.furnished()


@pytest.fixture
def without_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """`visible_to` of every queryset returns everything."""
    for queryset in _querysets(models.QuerySet):
        if "visible_to" in queryset.__dict__:
            monkeypatch.setattr(queryset, "visible_to", lambda self, actor: self.all())


def _querysets(kind: Any) -> list[Any]:
    return [kind, *(below for child in kind.__subclasses__() for below in _querysets(child))]


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every county is open to every transaction."""

    def wide(actor: Any) -> list[int]:
        getattr(
            actor, "scope_path", ""
        )  # where the account stands is asked once, and opens its county for that
        return list(AdministrativeDivision.objects.values_list("pk", flat=True))

    monkeypatch.setattr(scope, "counties_of", wide)


def _told(world: World) -> list[str]:
    """What lists, details and exports tell the clerk of the other counties."""
    foreign = foreign_names(CLERK)
    walk = Walk(world, CLERK, methods=("get",), only=_shows_rows)
    return [f"{answer} tells {name}" for answer in walk.answers() for name in foreign if name in answer.body]


def _shows_rows(route: kit.Route) -> bool:
    """Lists, details and exports, dashboards and figures; the administrators' pages are closed to a clerk."""
    is_admin = route.template.startswith("admin/")
    return not is_admin and route.name.endswith(SHOWING)


def test_the_database_alone_keeps_foreign_rows_away(furnished: World, without_application: None) -> None:
    assert _told(furnished) == []


def test_the_application_alone_keeps_foreign_rows_away(furnished: World, without_database: None) -> None:
    assert _told(furnished) == []


def test_without_both_the_walk_sees_the_leak(
    furnished: World, without_application: None, without_database: None
) -> None:
    told = _told(furnished)
    leaking = {line.split(" ")[1] for line in told}
    screens = {
        route.name
        for route in kit.routes()
        if "screen" in route.options
        and kit.has_county(route.options["screen"].resource.model)
        and _shows_rows(route)
    }
    assert screens and screens - leaking == set()
