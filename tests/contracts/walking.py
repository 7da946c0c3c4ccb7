"""A walk over every address as one account: what it answered, what it told, what it wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.db import models, transaction
from django.test import Client

from core import scope
from core.rights import RIGHTS_OF
from metrics.models import IndicatorTarget
from tests.contracts import kit
from tests.contracts.expectations import Rule, rule_of
from tests.world import World

METHODS = ("get", "post", "patch")
# Values of those parts of an address that name no row.
FIXED = {
    "key": "members",
    "topic": "imports",
    "indicator": "I01",
    "quarter": "2023Q1",
    "suffix": "pdf",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "app_label": "unions",
    "url": "nowhere",
    "content_type_id": 1,
    "object_id": 1,
    "pk": "I01",
    "token": "nobody",
    "door": "nowhere",
}


@dataclass(frozen=True)
class Answer:
    """One request and what came of it. `county` is where its row lies, None where it names no row."""

    route: kit.Route
    rule: Rule
    role: str
    rights: frozenset[Any]
    method: str
    county: int | None
    status: int
    body: str
    written: tuple[str, ...]

    @property
    def is_inside(self) -> bool:
        return self.county is None or self.county in kit.SEES.get(self.role, set())

    def __str__(self) -> str:
        where = "" if self.county is None else f" of {self.county}"
        return f"{self.method.upper()} {self.route.name}{where} as {self.role or 'nobody'}: {self.status}"


class Walk:
    """Walks the addresses as one account (or as nobody); every request is taken back afterwards."""

    def __init__(
        self,
        world: World,
        role: str,
        *,
        methods: tuple[str, ...] = METHODS,
        only: Callable[[kit.Route], bool] = lambda route: True,
    ) -> None:
        self.world, self.role, self.methods, self.only = world, role, methods, only
        self.rights = RIGHTS_OF[world.accounts[role].role] if role else frozenset()
        self.client = Client(raise_request_exception=False)
        self.places: dict[type[models.Model], dict[int, Any]] = {}
        if role:
            self.client.force_login(world.account(role))
        self.cookies = self.client.cookies.output(header="", sep=";")

    def answers(self) -> Iterator[Answer]:
        for route in kit.routes():
            rule = rule_of(route)
            if rule is not None and self.only(route):
                yield from self._of_route(route, rule)

    def _of_route(self, route: kit.Route, rule: Rule) -> Iterator[Answer]:
        for method in self.methods:
            if method == "patch" and rule.patch == Rule.patch:
                continue
            right = rule.right_for(method)
            is_refused = bool(self.role) and right is not None and right not in self.rights
            for county, values in self._targets(route, rule, 1 if is_refused or not self.role else 3):
                yield self._ask(route, rule, method, county, values)

    def _targets(self, route: kit.Route, rule: Rule, most: int) -> list[tuple[int | None, dict[str, Any]]]:
        """A row in scope, one of a sibling and one of above; fewer where the answer cannot depend on it."""
        if rule.model is None:
            return [(None, FIXED)]
        rows = self._rows(rule.model, area="code" in route.arguments)
        inside = [county for county in rows if county in kit.SEES.get(self.role, set())]
        outside = [county for county in rows if county not in inside]
        chosen = (*inside[:1], *outside[:1], *outside[-1:][: len(outside) - 1])
        return [(county, FIXED | _named(rows[county])) for county in chosen[:most]]

    def _rows(self, model: type[models.Model], area: bool) -> dict[int, Any]:
        """One row of the model in every division that has one."""
        if area or model not in self.places:
            scope.apply_everywhere()
            divisions = (*kit.COUNTIES, *kit.ABOVE)
            found = {c: kit.union_of(c) if area else _row(model, c) for c in divisions}
            rows = {county: row for county, row in found.items() if row is not None}
            if area:
                return rows
            self.places[model] = rows
        return self.places[model]

    def _ask(
        self, route: kit.Route, rule: Rule, method: str, county: int | None, values: dict[str, Any]
    ) -> Answer:
        self.client.cookies = SimpleCookie(self.cookies)
        options = {"content_type": "application/json"} if method == "patch" else {}
        with transaction.atomic():
            scope.set_counties([])
            with kit.statements() as written:
                response = getattr(self.client, method)(route.address(values), **options)
                body = kit.body(response)
            transaction.set_rollback(True)
        status = response.status_code
        return Answer(route, rule, self.role, self.rights, method, county, status, body, tuple(written))


def _row(model: type[models.Model], county: int) -> Any:
    if not kit.has_county(model):
        return model._default_manager.order_by("pk").last() if county == 630000 else None
    return kit.row_of(model, county)


def _named(row: Any) -> dict[str, Any]:
    names = {"pk": row.pk, "object_id": row.pk}
    return names | {name: getattr(row, name) for name in ("uuid", "code") if hasattr(row, name)}


def expected(answer: Answer) -> frozenset[int]:
    """What the rule promises for this answer."""
    rule, promised = answer.rule, answer.rule.answers(answer.method)
    if not answer.role:
        return rule.anonymous
    lacking = {rule.right_to_read, rule.right_for(answer.method)} - {None} - answer.rights
    if lacking:
        return frozenset({403}) | (promised & {405})
    if answer.is_inside:
        return promised
    if rule.model is IndicatorTarget:
        return promised | {404}  # a target holds below its place and is read there; changing it is refused
    return frozenset({404}) | (promised & {405})


def foreign_names(role: str) -> list[str]:
    """Names that stand in rows of counties the role does not see."""
    sees = kit.SEES.get(role, set())
    names = [name for county, name in kit.COUNTIES.items() if county not in sees]
    return names + [f"示范{str(county)[-2:]}" for county in kit.COUNTIES if county not in sees]
