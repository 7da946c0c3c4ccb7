"""Interface code reaches rows only through the scope: read from the source, not tried.

Every module is interface code unless `BACKSTAGE` says why not, so a new module is under the rule by default.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.contracts import kit

ROOT = Path(__file__).parents[2]
Parents = dict[ast.AST, ast.AST]
MANAGERS = {"objects", "_default_manager", "_base_manager"}
# Modules, packages and the reason why the scope is kept in another way there.
BACKSTAGE = {
    "migrations": "structure, not rows",
    "models": "declares the querysets",
    "actions": "checks every row it is given, see test_actions.py",
    "management": "commands run as an account through actions, or for the whole province",
    "tasks": "the clock's work, for the whole province",
    "clock": "the account in whose name the clock works",
    "clearing": "the clock's work, for the whole province",
    "jobs": "runs as the job's account, under row-level security",
    "store": "writes figures inside an action, for the whole place",
    "engine": "counts for the whole place inside an action",
    "facts": "counts for the whole place inside an action",
    "checks": "run for the whole place inside an action",
    "demo": "the demonstration province is loaded once, from nothing",
    "founding": "the first rows of a province, before there is an account",
    "scope": "defines the rule",
    "tokens": "an account's own token",
    "supervisor": "starts processes",
}
# Places in interface modules that ask without `visible_to`, and why they may.
EXCEPTIONS: dict[str, str] = {
    "cases/forms.py:__init__ PartnerShop": "own_shops, to which they are handed, asks for what is visible",
    "cases/forms.py:_only_enrolled Enrolment": "narrows persons who are visible",
    "cases/late_meals.py:of_workers MealCheckIn": "the meals of enrolments that the caller was given",
    "cases/late_meals.py:of_workers Enrolment": "other spells of the same workers in the same programme",
    "cases/late_meals.py:of_ended Enrolment": "of a programme that the caller was given",
    "cases/late_meals.py:at_shop MealCheckIn": "the meals of a shop that the caller was given",
    "cases/serving.py:standing_on PartnerShop": "a shop that the caller was given, asked for its own contract",
    "cases/checkin/door.py:door_of CheckInDevice": "the phones of the shop behind a poster, in its county",
    "cases/checkin/door.py:_county_of PartnerShop": "which county a poster belongs to: answers nothing else",
    "cases/checkin/door.py:door_of PartnerShop": "the shop behind a poster, in its county",
    "cases/checkin/entries.py:cards_of MealCard": "of the phone's own programme, inside its action",
    "cases/checkin/leavers.py:__init__ Person": "the workers of cards of the phone's own programme",
    "cases/checkin/leavers.py:_read_leavers Membership": "until when those workers were here, under row-level security",
    "cases/checkin/leavers.py:_read_leavers Person": "those of them who were members here: shown by the first character",
    "cases/checkin/rating.py:post CheckInDevice": "a phone of the shop whose meal the worker rates",
    "cases/checkin/rating.py:rateable MealCheckIn": "the meals of the one card that a signed token names",
    "cases/checkin/shopfront.py:device_of CheckInDevice": "the one phone that a signed token names",
    "cases/checkin/worker_page.py:_meals_of MealCheckIn": "the meals of the one card that a signed token names",
    "cases/checkin/workers.py:card_of MealCard": "the one card that a signed token names",
    "cases/importing_meals.py:_ask_elsewhere MealCheckIn": "eaten or not, across counties: answers nothing else",
    "cases/importing_meals.py:_note_elsewhere Enrolment": "whom to ask about across counties: answers nothing else",
    "core/imports/checking.py:_begin ImportBatch": "the job's own batch, guarded by its lease",
    "core/imports/checking.py:_guard ImportBatch": "the job's own batch, guarded by its lease",
    "core/imports/console.py:account get_user_model()": "the command line names the account it acts as",
    "core/elsewhere.py:held_anywhere model": "taken or not, across counties: answers nothing else",
    "core/imports/reading.py:remembered ImportMapping": "the batch's own county, under row-level security",
    "core/imports/sorting.py:_remembered ImportMapping": "the job's own county, under row-level security",
    "core/timeline.py:_times_of AuditEvent": "when a row that the actor sees was changed; nothing else of it",
    "members/importing.py:current_rows MemberGroupTag": "of persons found in scope",
    "members/spells.py:open_spells Membership": "of persons found in scope",
    "members/spells.py:last_ends Membership": "of persons found in scope; of other counties a day that is not shown",
    "members/transferring.py:_holder Membership": "who is asked for a member out of sight: kept, never shown",
    "members/transferring.py:_holder Person": "who is asked for a member out of sight: kept, never shown",
    "members/transferring.py:_move MemberGroupTag": "of a person found in scope",
    "members/transferring.py:_move Membership": "of a person found in scope",
    "metrics/figure_page.py:_computed_at ComputationRun": "when a visible figure was computed",
    "metrics/duties/review.py:review IndicatorTarget": "whether there is any target at all",
    "unions/coding.py:code_planned Union": "the unions above those of a plan, under row-level security",
    "unions/coding.py:next_codes Union": "the next free code of the county, under row-level security",
    "unions/importing.py:current_rows EmployerHeadcount": "of employers found in scope",
    "unions/importing.py:current_rows UnitCoverage": "of employers found in scope",
    "unions/views.py:_note_failure Account": "the account that a failed sign-in named, for its audit entry",
    "unions/views.py:_demo_accounts Account": "the fixed accounts of the demonstration, only there",
    "unions/views.py:page Token": "the account's own",
}


def test_interface_code_reaches_rows_only_through_the_scope() -> None:
    assert [place for place in _unscoped() if place not in EXCEPTIONS] == []


def test_no_exception_has_outlived_its_code() -> None:
    assert set(EXCEPTIONS) - set(_unscoped()) == set()


def _unscoped() -> list[str]:
    """Where a manager is used without the scope: `path:function Model`."""
    return sorted(
        {
            place
            for path in _interface_modules()
            for place in _places(str(path.relative_to(ROOT)), path.read_text())
        }
    )


def _interface_modules() -> Iterator[Path]:
    for package in (*kit.APPS, "config"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if not BACKSTAGE.keys() & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}:
                yield path


def _places(path: str, source: str) -> Iterator[str]:
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and not _is_scoped(node, parents):
            yield f"{path}:{_function(node, parents)} {ast.unparse(node.value)}"


def _is_scoped(manager: ast.Attribute, parents: Parents) -> bool:
    """Whether the chain of calls on a manager contains the scope, is empty, or hangs on an outer query."""
    if isinstance(manager.value, ast.Name) and manager.value.id in _public_models():
        return True
    given = parents[manager]
    if isinstance(given, (ast.Assign, ast.AnnAssign)) and given.value is manager:
        return all(_is_use_scoped(use, parents) for use in _uses(given, parents))
    return _is_chain_scoped(manager, parents)


def _is_chain_scoped(start: ast.AST, parents: Parents) -> bool:
    called, hangs = _chain(start, parents)
    return hangs or bool({"visible_to", "none"} & called)


def _public_models() -> set[str]:
    """Models of the portal that belong to no place: divisions, targets, documents."""
    managers = {model.__name__: model._default_manager for model in kit.portal_models()}
    return {name for name, manager in managers.items() if not hasattr(manager, "visible_to")}


def _uses(given: ast.Assign | ast.AnnAssign, parents: Parents) -> list[ast.Name]:
    """Where the name that a manager was given is read again in its function."""
    target = given.targets[0] if isinstance(given, ast.Assign) else given.target
    function = next(
        node for node in _above(given, parents) if isinstance(node, (ast.FunctionDef, ast.Module))
    )
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == ast.unparse(target)
    ]


def _is_use_scoped(use: ast.Name, parents: Parents) -> bool:
    """Scoped, or beside the question whether the model has a scope at all."""
    asks = any(
        isinstance(node, ast.IfExp) and "hasattr" in ast.unparse(node.test) for node in _above(use, parents)
    )
    return asks or _is_chain_scoped(use, parents)


def _above(node: ast.AST, parents: Parents) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


def _chain(manager: ast.AST, parents: Parents) -> tuple[set[str], bool]:
    """The methods called on a manager, and whether one of them refers to an outer row."""
    called: set[str] = set()
    hangs, node, above = False, manager, parents[manager]
    while _continues(above, node):
        if isinstance(above, ast.Attribute):
            called.add(above.attr)
        else:
            hangs = hangs or any(isinstance(n, ast.Name) and n.id == "OuterRef" for n in ast.walk(above))
        node, above = above, parents[above]
    return called, hangs


def _continues(above: ast.AST, node: ast.AST) -> bool:
    return (isinstance(above, ast.Attribute) and above.value is node) or (
        isinstance(above, ast.Call) and above.func is node
    )


def _function(node: ast.AST, parents: Parents) -> str:
    named = (
        above.name for above in _above(node, parents) if isinstance(above, (ast.FunctionDef, ast.ClassDef))
    )
    return next(named, "module")


def test_the_rule_sees_what_it_should() -> None:
    """The rule itself, tried on lines that are right and wrong."""
    source = """
def right(user):
    Row.objects.visible_to(user).filter(a=1)
    Row.objects.active().visible_to(user)
    Row.objects.none()
    Row.objects.filter(parent=OuterRef('pk'))
    AdministrativeDivision.objects.all()
    manager = Row._default_manager
    manager.visible_to(user) if hasattr(manager, 'visible_to') else manager.all()
def wrong(user):
    Row.objects.filter(a=1)
    Row._default_manager.get(pk=1)
    manager = Row.objects
    manager.all()
"""
    assert list(_places("x", source)) == ["x:wrong Row"] * 3
