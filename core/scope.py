"""Scope: who may see which rows.

Two lines of defence. In the application, `visible_to(account)` limits every queryset to the account's own
part of the tree of unions. In the database, row-level security limits every scoped table to the counties
named in the transaction-local setting `app.counties`; where nothing is set, nothing is visible.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, Self, TypeVar

from django.apps import apps as django_apps
from django.conf import settings
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

ModelT = TypeVar("ModelT", bound=models.Model, covariant=True)
ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)


class Actor(Protocol):
    """What the kernel needs to know of an account."""

    pk: Any
    scope_path: str
    is_area_wide: bool

    def can(self, right: Any) -> bool: ...
    def scope_counties(self) -> list[int]: ...


class ScopedQuerySet(models.QuerySet[ModelT]):
    """Rows that belong to a union; the only door for screens, API, exports and look-ups."""

    def visible_to(self, actor: Any) -> Self:
        """Limit to the actor's part of the tree. Anonymous actors see nothing."""
        if not getattr(actor, "is_authenticated", False):
            return self.none()
        if actor.is_area_wide:
            return self.filter(county_id__in=actor.scope_counties())
        return self.filter(union__path__startswith=actor.scope_path)


class Scoped(models.Model):
    """A row that belongs to a union and carries its county (see `core.operations.ScopeTable`).

    `county` is the county-level division of the union, or the union's own division above counties. The
    database keeps it true by a foreign key over (union, county), so the plain ones are left out.
    """

    union = models.ForeignKey(
        settings.UNION_MODEL, models.PROTECT, verbose_name="所属工会", db_constraint=False, related_name="+"
    )
    county = models.ForeignKey(
        settings.DIVISION_MODEL,
        models.PROTECT,
        verbose_name="县级区划",
        db_constraint=False,
        db_index=False,
        editable=False,
        related_name="+",
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class IndexedByUnion(Scoped):
    """A scoped row of a table with an index that begins with the union: the plain one would stand twice."""

    union = models.ForeignKey(
        settings.UNION_MODEL,
        models.PROTECT,
        verbose_name="所属工会",
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        abstract = True


def set_counties(codes: Iterable[int | str]) -> None:
    """Open the given counties to the current transaction; it ends with the transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("a scope needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.counties', %s, true)", [",".join(str(code) for code in codes)])


def counties_of(actor: Any) -> Iterable[int | str]:
    """The counties of an actor's scope; an anonymous actor has none."""
    return actor.scope_counties() if getattr(actor, "is_authenticated", False) else []


def apply(actor: Any) -> None:
    """Give the current transaction the actor's scope."""
    set_counties(counties_of(actor))


def apply_everywhere() -> None:
    """Open every county, for work that nobody asked for: sweeping jobs, the nightly computation."""
    divisions = django_apps.get_model(settings.DIVISION_MODEL)._default_manager
    set_counties(divisions.values_list("pk", flat=True))


@contextmanager
def everywhere() -> Iterator[None]:
    """Every county within the current transaction, to ask whether something is there; then what was open before.

    Whatever fails inside takes the setting back with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.counties', true)")
        before = cursor.fetchone()[0] or ""
    with transaction.atomic():
        apply_everywhere()
        yield
        set_counties(before.split(",") if before else [])


@contextmanager
def applied(actor: Any) -> Iterator[None]:
    """A transaction with the actor's scope, for tasks and commands."""
    with transaction.atomic():
        apply(actor)
        yield


def _open_request(actor: Any) -> None:
    """The actor's scope and the limit of a page's statements, in one."""
    counties = ",".join(map(str, counties_of(actor)))
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.counties', %s, true), set_config('statement_timeout', %s, true)",
            [counties, f"{settings.WEB_STATEMENT_SECONDS}s"],
        )


def scoped(request: HttpRequest, answer: Callable[[], ResponseT]) -> ResponseT:
    """Answer in one transaction with the account's scope, rolled back when it fails."""
    with transaction.atomic():
        _open_request(request.user)
        response = answer()
        if response.status_code >= 500:
            transaction.set_rollback(True)
    return response


class ScopeMiddleware:
    """Every request is `scoped`, except where there is no database and where the view sees to it itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in settings.UNSCOPED_PATHS or request.path.startswith(settings.NOBODYS_PATHS):
            return self.get_response(request)
        return scoped(request, lambda: self.get_response(request))
