"""What every address answers to whom: derived from screens and view sets, declared by name for the rest.

A new address without a rule fails tests/contracts/test_urls.py with its name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from cases.models import PartnerShop, Project, ProjectPhoto
from core.models import AuditEvent, Finding, ImportBatch, StoredFile
from core.rights import Right
from core.screens import views as screens
from funding.models import FundingSource, Settlement, SettlementLine
from members.models import Person
from metrics.models import ComputationRun
from tests.contracts.kit import Route
from unions.models import Union

Codes = frozenset[int]
ModelType = type[models.Model]


def _codes(*codes: int) -> Codes:
    return frozenset(codes)


OK, FORM, MOVED, NOT_OFFERED, REFUSED = _codes(200), _codes(422), _codes(302), _codes(405), _codes(400)
# Verbs without a required field are performed by an empty form; the others show it again.
DONE_OR_FORM = FORM | MOVED
DONE_OR_REFUSED = OK | REFUSED
SIGN_IN = MOVED
UNKNOWN_PROGRAM = _codes(401, 403)
# Pages of a shop's phone are closed to whoever comes without one, signed in or not.
NO_SHOP = _codes(403)


@dataclass(frozen=True)
class Rule:
    """Answers for an account that has the right, about a row in its scope (`model` by the address's number).

    Without the right it is 403, out of scope 404, without sign-in `anonymous`. `post` is the answer to an
    empty body. `is_record` addresses leave an audit event even when they are only read.
    """

    get: Codes = OK
    post: Codes = NOT_OFFERED
    patch: Codes = NOT_OFFERED
    right: Right | None = None
    right_to_read: Right | None = None
    model: ModelType | None = None
    anonymous: Codes = SIGN_IN
    is_record: bool = False

    def right_for(self, method: str) -> Right | None:
        return self.right_to_read if method == "get" else self.right

    def answers(self, method: str) -> Codes:
        codes: Codes = getattr(self, method)
        return codes


def _form(right: Right | None, post: Codes = FORM, model: ModelType | None = None, get: Codes = OK) -> Rule:
    """A page with a form: the right is needed to see it, too."""
    return Rule(get, post, right=right, right_to_read=right, model=model)


def _step(model: ModelType, get: Codes = NOT_OFFERED) -> Rule:
    """A step of a batch of members: whoever imports sees it, who keeps members takes it."""
    return Rule(get, MOVED, right=Right.EDIT_MEMBERS, right_to_read=Right.IMPORT, model=model)


def _paper(model: ModelType) -> Rule:
    """A document to take away."""
    return Rule(right=Right.EXPORT, right_to_read=Right.EXPORT, model=model, is_record=True)


DECLARED: dict[str, Rule] = {
    "home": Rule(),
    "manual": Rule(),
    "manual-topic": Rule(),
    "healthz": Rule(post=OK, anonymous=OK),
    "login": Rule(get=MOVED, post=MOVED, anonymous=OK),
    "logout": Rule(get=NOT_OFFERED, post=MOVED, anonymous=MOVED | NOT_OFFERED),
    "account": Rule(post=FORM),
    "account-token": Rule(get=NOT_OFFERED, post=OK),
    "members-find": Rule(get=NOT_OFFERED, post=MOVED),
    "members-reveal": _form(Right.REVEAL, model=Person),
    "transfers-from-import": _form(Right.EDIT_MEMBERS, model=ImportBatch),
    "imports-list": Rule(right=Right.IMPORT, right_to_read=Right.IMPORT),
    "imports-new": Rule(post=FORM, right=Right.IMPORT, right_to_read=Right.IMPORT),
    # No template of members for who does not keep them.
    "imports-template": Rule(_codes(200, 404), right=Right.IMPORT, right_to_read=Right.IMPORT),
    "imports-detail": Rule(right=Right.IMPORT, right_to_read=Right.IMPORT, model=ImportBatch),
    "imports-columns": Rule(
        OK | MOVED, FORM | MOVED, right=Right.EDIT_MEMBERS, right_to_read=Right.IMPORT, model=ImportBatch
    ),
    "imports-forget": _step(ImportBatch),
    "imports-other-sheets": _form(Right.IMPORT, MOVED, ImportBatch, NOT_OFFERED),
    "imports-pile": Rule(_codes(404), _codes(404), right=Right.IMPORT, right_to_read=Right.IMPORT),
    "imports-pile-commit": _form(Right.IMPORT, _codes(404), get=NOT_OFFERED),
    "imports-sheet": _step(ImportBatch),
    "imports-fix": _step(ImportBatch, get=OK | MOVED),
    "imports-doubts": _step(ImportBatch, get=OK | MOVED),
    "imports-fill": _step(ImportBatch),
    "imports-continue": _step(ImportBatch),
    "imports-dismiss": _form(Right.IMPORT, model=ImportBatch),
    "imports-commit": _step(ImportBatch),
    "imports-recheck": _step(ImportBatch),
    "imports-discard": _step(ImportBatch),
    "imports-undo": _step(ImportBatch, get=OK | MOVED),
    "imports-held": Rule(
        get=OK | MOVED, right=Right.IMPORT, right_to_read=Right.IMPORT, model=ImportBatch, is_record=True
    ),
    "evidence": Rule(model=StoredFile),
    "shops-poster": Rule(model=PartnerShop),
    "shops-posters": Rule(),
    "donors-list": Rule(),
    "donors-export": Rule(right=Right.EXPORT, right_to_read=Right.EXPORT, is_record=True),
    "donors-detail": Rule(model=FundingSource),
    "donors-report": Rule(
        right=Right.EXPORT, right_to_read=Right.EXPORT, model=FundingSource, is_record=True
    ),
    "money": Rule(get=MOVED | OK),
    "money-place": Rule(model=Union),
    "subsidy_grants-carry": _form(Right.GRANT, MOVED, get=NOT_OFFERED),
    "subsidy_grants-run": _form(Right.GRANT),
    "photo": Rule(model=ProjectPhoto),
    "photo-small": Rule(model=ProjectPhoto),
    "projects-milestones": _form(Right.EDIT_CASES, DONE_OR_FORM, Project),
    "projects-month": _form(Right.EDIT_CASES, DONE_OR_FORM, Project),
    "settlements-sheet": _paper(Settlement),
    "settlements-print": _paper(Settlement),
    "settlement_lines-print": _paper(SettlementLine),
    "settlement_lines-sheet": _paper(SettlementLine),
    "dashboard": Rule(get=MOVED | OK),
    "dashboard-place": Rule(model=Union),
    "figure": Rule(model=Union),
    "runs-list": Rule(post=FORM),
    "runs-detail": Rule(model=ComputationRun),
    "audit_events-detail": Rule(model=AuditEvent),
    "findings-detail": Rule(post=FORM, right=Right.EXPLAIN, model=Finding),
    "meal_cards-print": Rule(right=Right.EDIT_CASES, right_to_read=Right.EDIT_CASES),
    "shop": Rule(get=NO_SHOP, post=NO_SHOP, anonymous=NO_SHOP),
    "shop-months": Rule(get=NO_SHOP, post=NO_SHOP, anonymous=NO_SHOP),
    "shop-month": Rule(get=_codes(404), post=_codes(404), anonymous=_codes(404)),
    "shop-door": Rule(get=_codes(404), post=_codes(404), anonymous=_codes(404)),
    "worker-rate": Rule(get=_codes(404), post=_codes(404), anonymous=_codes(404)),
    "worker": Rule(post=MOVED, anonymous=OK | MOVED),
    "shop-state": Rule(get=NO_SHOP, post=NO_SHOP, anonymous=NO_SHOP),
    "shop-scans": Rule(get=NO_SHOP, post=NO_SHOP, anonymous=NO_SHOP),
    "shop-script": Rule(post=OK, anonymous=OK),
    "worker-card": Rule(get=_codes(404), post=_codes(404), anonymous=_codes(404)),
    "shop-pair": Rule(get=NO_SHOP, post=NO_SHOP, anonymous=NO_SHOP),
    "admin:login": Rule(get=MOVED, post=MOVED),
    "api-indicators-list": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-indicators-detail": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-quarters-list": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-donors-list": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-donors-detail": Rule(model=FundingSource, anonymous=UNKNOWN_PROGRAM),
    "api-money-list": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-money-detail": Rule(model=Union, anonymous=UNKNOWN_PROGRAM),
    "api-root": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-schema": Rule(anonymous=UNKNOWN_PROGRAM),
    "api-docs": Rule(anonymous=UNKNOWN_PROGRAM | SIGN_IN),
}


def rule_of(route: Route) -> Rule | None:
    """The rule of an address, or None when nobody has said what it answers."""
    if route.name in DECLARED:
        return DECLARED[route.name]
    if route.template.startswith("admin/"):
        return _of_admin(route)
    screen = route.options.get("screen")
    if screen is not None:
        return _of_screen(route, screen)
    return _of_api(route) if route.name.startswith("api-") else None


# --- screens


def _of_screen(route: Route, screen: Any) -> Rule | None:
    kinds: tuple[tuple[type, Callable[[], Rule]], ...] = (
        (screens.ListView, lambda: Rule()),
        (screens.ExportView, lambda: Rule(right=Right.EXPORT, right_to_read=Right.EXPORT, is_record=True)),
        (screens.DetailView, lambda: Rule(model=screen.resource.model)),
        (screens.CreateView, lambda: _form(screen.right)),
        (screens.ChangeView, lambda: _form(screen.right, model=screen.resource.model)),
        (screens.ArchiveView, lambda: _form(screen.right, model=screen.resource.model)),
        (screens.VerbView, lambda: _verb(route, screen)),
    )
    return next((rule() for view, rule in kinds if issubclass(route.view, view)), None)


def _verb(route: Route, screen: Any) -> Rule:
    return _form(route.options["verb"].right, DONE_OR_FORM, screen.resource.model)


# --- view sets

# Rights of view sets that stand for no screen.
WITHOUT_SCREEN = {"api-findings-explain": Right.EXPLAIN}


def _of_api(route: Route) -> Rule | None:
    offered: dict[str, str] = getattr(route.pattern.callback, "actions", {})
    if not offered or not hasattr(route.view, "rows"):
        return None
    model = _model_of(route.view) if "pk" in route.arguments else None
    return Rule(
        get=OK if "get" in offered else NOT_OFFERED,
        post=_of_post(offered),
        patch=DONE_OR_REFUSED if "patch" in offered else NOT_OFFERED,
        right=_right_of(route, offered),
        right_to_read=getattr(route.view, "right", None),
        model=model,
        anonymous=UNKNOWN_PROGRAM,
    )


def _of_post(offered: dict[str, str]) -> Codes:
    if "post" not in offered:
        return NOT_OFFERED
    return REFUSED if offered["post"] in ("create", "archive") else DONE_OR_REFUSED


def _model_of(viewset: Any) -> ModelType:
    declared = viewset.screen.resource if hasattr(viewset, "screen") else viewset.serializer_class.Meta
    model: ModelType = declared.model
    return model


def _right_of(route: Route, offered: dict[str, str]) -> Right | None:
    """The right of the screen, or of the verb behind the address."""
    screen = getattr(route.view, "screen", None)
    if screen is None:
        return WITHOUT_SCREEN.get(route.name)
    written = {name for method, name in offered.items() if method != "get"}
    verbs = {f"verb_{verb.key.replace('-', '_')}": verb.right for verb in screen.verbs}
    right: Right = next((verbs[name] for name in written if name in verbs), screen.right)
    return right


# --- the administrators' pages

ADMIN_ANSWERS = _codes(200, 302, 403, 404, 405)
ADMIN_REFUSALS = _codes(302, 403, 404)


def _of_admin(route: Route) -> Rule:
    """For administrators alone; whoever else comes is sent away. Lists must open."""
    opened = OK if route.name.endswith(("_changelist", ":index")) else ADMIN_ANSWERS
    return Rule(
        get=opened,
        post=ADMIN_ANSWERS,
        right=Right.MANAGE_ACCOUNTS,
        right_to_read=Right.MANAGE_ACCOUNTS,
        model=_admin_model(route.name),
        anonymous=ADMIN_REFUSALS,
    )


def _admin_model(name: str) -> ModelType | None:
    parts = name.removeprefix("admin:").split("_")
    if len(parts) != 3 or parts[2] not in ("change", "delete", "history"):
        return None
    return apps.get_model(parts[0], parts[1])


def without_rule(routes: Iterable[Route]) -> list[str]:
    return [route.name for route in routes if rule_of(route) is None]
