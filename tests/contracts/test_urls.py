"""Every address × every role × inside and outside the scope: the status, what is told, what is written."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.test import Client

from core.rights import Right
from tests.contracts import kit
from tests.contracts.expectations import DECLARED, rule_of, without_rule
from tests.contracts.walking import FIXED, METHODS, Answer, Walk, expected, foreign_names
from tests.world import World

ROLES = ("", *kit.SEES)
UNSAFE = ("post", "put", "patch", "delete")


@pytest.fixture
def furnished(db: None, settings: Any) -> World:
    """As in production: only the demonstration names its accounts beside the sign-in."""
    settings.DEMO_MODE = False
    return kit.furnished()


def test_every_address_has_an_expectation() -> None:
    assert without_rule(kit.routes()) == []


def test_every_expectation_has_an_address() -> None:
    assert set(DECLARED) - {route.name for route in kit.routes()} == set()


def _only(role: str) -> Callable[[kit.Route], bool]:
    """A head may do what a clerk may, who walks everywhere, and approve."""

    def approves(route: kit.Route) -> bool:
        rule = rule_of(route)
        return rule is not None and Right.APPROVE in (rule.right, rule.right_to_read)

    return approves if role.endswith(".head") else lambda route: True


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "nobody")
def test_every_address_answers_as_declared(furnished: World, role: str) -> None:
    """One walk per role; the messages name address, row, role, what was expected and what came."""
    secrets, foreign = kit.secrets(furnished), foreign_names(role)
    before = kit.fingerprint(*kit.RECORDS)
    problems: list[str] = []
    for answer in Walk(furnished, role, methods=_methods(furnished, role), only=_only(role)).answers():
        promised = expected(answer)
        if answer.status not in promised:
            problems.append(f"{answer}, expected {sorted(promised)}")
        problems += [f"{answer} tells {name}" for name in foreign if name in answer.body]
        problems += [f"{answer} tells the secret {secret}" for secret in _told(answer, secrets)]
        problems += _writes(answer)
    assert kit.differences(before, kit.fingerprint(*kit.RECORDS)) in ([], [kit.SESSION])
    assert problems == [], "\n" + "\n".join(problems)


def _methods(world: World, name: str) -> tuple[str, ...]:
    """Every method for the first account of a role; the others of that role differ in what they see only."""
    if not name:
        return METHODS
    first = next(other for other in kit.SEES if world.accounts[other].role == world.accounts[name].role)
    return METHODS if name == first else ("get",)


def _told(answer: Answer, secrets: Iterable[str]) -> list[str]:
    return [secret for secret in secrets if secret in answer.body]


def _writes(answer: Answer) -> list[str]:
    """A read writes nothing, except the audit event of an export."""
    if answer.method != "get":
        return []
    allowed = "core_auditevent" if answer.rule.is_record else "\0"
    return [f"{answer} writes {sql}" for sql in answer.written if allowed not in sql]


def test_every_unsafe_request_without_a_token_is_refused(furnished: World) -> None:
    """Signed in with every right, but from another site."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(furnished.account("admin"))
    accepted = []
    for route in kit.routes():
        rule = rule_of(route)
        values = FIXED | {"pk": 1, "code": "632322", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12}
        for method in UNSAFE if rule else ():
            status = getattr(client, method)(route.address(values)).status_code
            if status != 403:
                accepted.append(f"{method.upper()} {route.name}: {status}")
    assert accepted == []
