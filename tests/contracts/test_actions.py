"""Every action: one audit event; refused without the right or out of scope; a failing one leaves nothing."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404

from core import actions, rights, scope
from core.actions import REGISTRY
from core.models import AuditEvent
from tests.contracts import kit
from tests.contracts.scenarios import SCENARIOS, Scenario
from tests.world import World
from unions.models import Account

ROOT = Path(__file__).parents[2]
# A clerk of another prefecture: everything of the scenarios' county is foreign to this account.
STRANGER, STRANGERS_COUNTY = "630103.clerk", 630103
Verbs = Iterator[tuple[str, Scenario]]


class Failure(Exception):
    """Planted at the very end of an action."""


@pytest.fixture
def world(db: None) -> World:
    _import_every_declaration()
    return kit.furnished()


def _import_every_declaration() -> None:
    for package in (*kit.APPS, "config"):
        for path in (ROOT / package).rglob("*.py"):
            if "\n@action(" in path.read_text():
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _each(world: World) -> Verbs:
    """Every verb with a scenario, each in a transaction that is taken back."""
    for verb, scenario in sorted(SCENARIOS.items()):
        with transaction.atomic():
            scope.apply_everywhere()
            yield verb, scenario
            transaction.set_rollback(True)


def _perform(world: World, verb: str, by: str, arguments: dict[str, Any]) -> Any:
    return REGISTRY[verb].run(by=world.account(by), reason="合同测试", **arguments)


@contextmanager
def _role_with(
    world: World, monkeypatch: pytest.MonkeyPatch, by: str, *, more: Any = None, less: Any = None
) -> Iterator[None]:
    """The rights of an account's role, changed for a moment."""
    role = world.accounts[by].role
    with monkeypatch.context() as patch:
        patch.setitem(rights.RIGHTS_OF, role, (rights.RIGHTS_OF[role] | {more}) - {less})
        yield


def _what_happens(run: Callable[[], Any], expected: type[Exception]) -> str | None:
    """None when it is refused as expected and nothing is written, else what happened."""
    before = kit.fingerprint()
    try:
        with transaction.atomic():
            run()
    except expected:
        written = kit.differences(before, kit.fingerprint())
        return f"wrote {written}" if written else None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "was performed"


def test_every_verb_has_a_scenario(world: World) -> None:
    assert set(REGISTRY) == set(SCENARIOS)


def test_every_verb_and_right_carries_its_chinese_label(world: World) -> None:
    assert [verb for verb, declared in REGISTRY.items() if declared.label.isascii()] == []


def test_every_action_leaves_exactly_one_event(world: World) -> None:
    problems = []
    for verb, scenario in _each(world):
        arguments = scenario.arguments(world)
        scope.apply_everywhere()
        known = set(AuditEvent.objects.values_list("pk", flat=True))
        before = kit.fingerprint(*kit.RECORDS)
        _perform(world, verb, scenario.by, arguments)
        scope.apply_everywhere()
        new = list(AuditEvent.objects.exclude(pk__in=known).values_list("verb", "by__username", "reason"))
        if new != [(verb, scenario.by, "合同测试")]:
            problems.append(f"{verb}: {new}")
        tables = kit.differences(before, kit.fingerprint(*kit.RECORDS))
        if not tables and verb not in WRITES_NOTHING:
            problems.append(f"{verb}: the scenario changes nothing")
    assert problems == []


# Verbs whose event is all they leave.
WRITES_NOTHING = {
    "accounts.fail_to_sign_in",
    "accounts.sign_in",
    "exports.export",
    "funding.export_donors",
    "funding.print_line",
    "funding.print_statement",
    "funding.take_line",
    "funding.take_statement",
    "funding.report_donor",
    "imports.return_held",
    "imports.update_table",
    "members.reveal",
}


def test_no_action_is_performed_without_its_right(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = {}
    for verb, scenario in _each(world):
        right = REGISTRY[verb].right
        if right is None:
            assert verb in OPEN_TO_ALL
            continue
        arguments = scenario.arguments(world)
        with _role_with(world, monkeypatch, scenario.by, less=right):
            problems[verb] = _what_happens(
                partial(_perform, world, verb, scenario.by, arguments), PermissionDenied
            )
    assert {verb: problem for verb, problem in problems.items() if problem} == {}


# Verbs that every account may use on itself.
OPEN_TO_ALL = {
    "accounts.change_own_password",
    "accounts.create_token",
    "accounts.revoke_token",
    "accounts.fail_to_sign_in",
    "accounts.sign_in",
}


def _rows(arguments: dict[str, Any]) -> list[str]:
    """The arguments that are rows of a place."""
    return [
        name
        for name, value in arguments.items()
        if isinstance(value, models.Model) and hasattr(type(value)._default_manager, "visible_to")
    ]


def test_no_action_is_performed_out_of_scope(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = {}
    for verb, scenario in _each(world):
        arguments = scenario.arguments(world)
        if not _rows(arguments):
            assert verb in WITHOUT_ROWS, verb
            continue
        right = REGISTRY[verb].right
        with _role_with(world, monkeypatch, STRANGER, more=right):
            problems[verb] = _what_happens(partial(_perform, world, verb, STRANGER, arguments), Http404)
    assert {verb: problem for verb, problem in problems.items() if problem} == {}


# Verbs that name no row: they work on the actor's own scope, or on what belongs to no place.
WITHOUT_ROWS = OPEN_TO_ALL | {
    "exports.export",
    "funding.export_donors",
    "funding.archive_standard",
    "funding.carry_tiers",
    "funding.change_standard",
    "funding.grant_subsidies",
    "funding.set_standard",
    "imports.update_table",
    "imports.upload",
    "imports.upload_pile",
    "metrics.run_checks",
}


def test_no_argument_may_be_a_row_of_elsewhere(world: World) -> None:
    """The row itself is the actor's own, but one of the others is not."""
    problems = {}
    for verb, scenario in _each(world):
        if scenario.by == "admin":
            continue
        own = scenario.arguments(world)
        scope.apply_everywhere()
        for name in filter(lambda name: kit.has_county(type(own[name])), _rows(own)):
            arguments = own | {name: _elsewhere(own[name])}
            problems[f"{verb} {name}"] = _what_happens(
                partial(_perform, world, verb, scenario.by, arguments), Http404
            )
    assert {verb: problem for verb, problem in problems.items() if problem} == {}


def _elsewhere(row: models.Model) -> models.Model:
    found = kit.row_of(type(row), STRANGERS_COUNTY)
    assert found is not None
    return found


def test_a_failing_action_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = {}
    for verb, scenario in _each(world):
        arguments = scenario.arguments(world)
        with monkeypatch.context() as patch:
            patch.setattr(actions, "_close_event", _fail)
            problems[verb] = _what_happens(partial(_perform, world, verb, scenario.by, arguments), Failure)
    assert {verb: problem for verb, problem in problems.items() if problem} == {}


def _fail(*arguments: Any) -> None:
    raise Failure


def test_actions_do_not_nest(world: World) -> None:
    """One audit event is one action: a verb inside a verb would hide the first."""

    def nested(*, by: Account) -> None:
        REGISTRY["metrics.run_checks"].run(by=by)

    try:
        run = actions.action("contracts.nested", label="嵌套", right=None)(nested)
        with pytest.raises(RuntimeError, match="do not nest"):
            run(by=world.account("632322.clerk"))
    finally:
        REGISTRY.pop("contracts.nested", None)
