"""Actions: the only way to change state.

An action is one keyword-only function with `by=`. The decorator opens the transaction, gives it the actor's
scope and the number of its audit event (the history triggers read both), checks right and scope, locks the
target, runs, and writes the event. Whatever fails leaves nothing behind.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.http import Http404
from django.utils import timezone

from core import scope

ResultT = TypeVar("ResultT")
# Every action pays for these: what opens an event is one statement, and so is what closes it.
_OPEN = """
select set_config('app.event_id', nextval('core_auditevent_id_seq')::text, true),
  set_config('app.counties', %s, true)"""
_CLOSE = """
with event as (
  insert into core_auditevent (id, at, by_id, county_id, verb, target_type, target_id, target_label, reason)
  values (%(id)s, %(at)s, %(by)s, %(county)s, %(verb)s, %(type)s, %(target)s, %(label)s, %(reason)s))
select set_config('app.event_id', '', true)"""
MOST_REASON = 500
_running: ContextVar[str | None] = ContextVar("running_action", default=None)


class Refused(Exception):
    """Input or state that does not allow the action; `message` is a sentence for the user."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Stale(Refused):
    """Somebody else changed the row since the actor read it."""


class Gone(Refused):
    """Somebody else took the row away since the actor read it."""

    def __init__(self, row: models.Model | type[models.Model]) -> None:
        super().__init__(f"这条{row._meta.verbose_name}刚被别人撤销，没有再做什么。")


@dataclass(frozen=True)
class Declaration:
    """What a verb needs: the right, and which argument is the row it works on."""

    verb: str
    label: str
    right: Any
    target: str | None
    is_tap: bool
    run: Callable[..., Any]


REGISTRY: dict[str, Declaration] = {}
# What is written before there is an account that could do it.
BOOTSTRAPS = {"demo.load": "载入演示数据", "setup.province": "建立省份和第一个管理员"}


def label_of(verb: str) -> str:
    """The Chinese word of an audit entry's verb."""
    return REGISTRY[verb].label if verb in REGISTRY else BOOTSTRAPS.get(verb, verb)


def verbs_called(words: str) -> list[str]:
    """The verbs whose Chinese word contains these."""
    labels = BOOTSTRAPS | {verb: declared.label for verb, declared in REGISTRY.items()}
    return [verb for verb, label in labels.items() if words in label]


def taps() -> list[str]:
    """The verbs of phones, as many as there are meals; what they did stands in lists of its own."""
    return sorted(verb for verb, declared in REGISTRY.items() if declared.is_tap)


def action(
    verb: str,
    *,
    label: str,
    right: Any,
    target: str | None = None,
    within: str = "",
    reason_in: str = "",
    is_tap: bool = False,
) -> Callable[[Callable[..., ResultT]], Callable[..., ResultT]]:
    """Declare an action. `target` names the argument that is locked and checked against `version=`; `within` its
    foreign key to the row that everybody locks first, such as a line's month; `reason_in` the argument that says why,
    where the row keeps it as well. A phone's `is_tap` is kept like any
    other, and left out where people read what people did.

    Every other argument that is a scoped row is checked against the actor's scope too. A returned model
    instance becomes the event's target where the action has none.
    """

    def decorate(function: Callable[..., ResultT]) -> Callable[..., ResultT]:
        @wraps(function)
        def run(*, by: Any, reason: str = "", version: int | None = None, **arguments: Any) -> ResultT:
            if _running.get():
                raise RuntimeError(f"{verb} inside {_running.get()}: actions do not nest")
            token = _running.set(verb)
            try:
                with transaction.atomic(), integrity_as_refusal():
                    why = reason or str(arguments.get(reason_in, ""))[:MOST_REASON]
                    return _perform(verb, function, by, why, version, arguments, right, target, within)
            finally:
                _running.reset(token)

        if verb in REGISTRY:
            raise RuntimeError(f"two actions named {verb}")
        REGISTRY[verb] = Declaration(verb, label, right, target, is_tap, run)
        return run

    return decorate


def _perform(
    verb: str,
    function: Callable[..., ResultT],
    by: Any,
    reason: str,
    version: int | None,
    arguments: dict[str, Any],
    right: Any,
    target: str | None,
    within: str,
) -> ResultT:
    if right is not None and not by.can(right):
        raise PermissionDenied(f"您的账号没有“{right.label}”的权限，请联系管理员。")
    event_id = _open_event(by)
    for name, value in arguments.items():
        if name == target:
            _lock_above(value, within)
            arguments[name] = _locked(value, by, version)
        else:
            _require_visible(value, by)
    result = function(by=by, **arguments)
    subject = arguments[target] if target else result
    _close_event(event_id, verb, by, reason, subject)
    return result


def _require_visible(value: Any, by: Any) -> None:
    if not isinstance(value, models.Model):
        return
    manager = type(value)._default_manager
    if hasattr(manager, "visible_to") and not manager.visible_to(by).filter(pk=value.pk).exists():
        raise _missing(value, by)


def _missing(row: models.Model, by: Any) -> Exception:
    """Taken away in the actor's own places, a row is told of; any other that is not to be seen is no row at all."""
    return Gone(row) if was_removed(type(row), row.pk, by) else Http404()


def was_removed(model: type[models.Model], number: int, actor: Any) -> bool:
    """Whether a row of the actor's places stood once and stands no more."""
    from core.models import History

    of_row = {"table_name": model._meta.db_table, "row_id": number}
    removed = History.objects.visible_to(actor).filter(op=History.Op.DELETE, **of_row)
    return removed.exists() and not model._default_manager.filter(pk=number).exists()


def _lock_above(value: models.Model, within: str) -> None:
    """One order for everybody, so that two who hold the same rows never wait for each other."""
    if within:
        above: Any = value._meta.get_field(within).related_model
        above._default_manager.filter(pk=getattr(value, f"{within}_id")).select_for_update().first()


def _locked(value: models.Model, by: Any, version: int | None) -> models.Model:
    manager: Any = type(value)._default_manager
    visible = manager.visible_to(by) if hasattr(manager, "visible_to") else manager.all()
    row: Any = manager.filter(pk__in=visible.filter(pk=value.pk).values("pk")).select_for_update().first()
    if row is None:
        raise _missing(value, by)
    if version is not None and row.version != version:
        raise Stale("这条记录刚被别人修改过。请核对下面的最新内容，再保存一次。")
    return row  # type: ignore[no-any-return]


def _open_event(by: Any) -> int:
    """The number of the event, and the transaction open to the counties of who acts."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [",".join(map(str, scope.counties_of(by)))])
        return int(cursor.fetchone()[0])


def _close_event(event_id: int, verb: str, by: Any, reason: str, subject: Any) -> None:
    is_row = isinstance(subject, models.Model)
    written = {
        "id": event_id,
        "at": timezone.now(),
        "by": by.pk,
        "county": _county_of(subject, by),
        "verb": verb,
        "type": subject._meta.label_lower if is_row else "",
        "target": subject.pk if is_row else None,
        "label": str(subject)[:200] if is_row else "",
        "reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, written)


def _county_of(subject: Any, by: Any) -> int:
    """Where the event is kept: with its row, or with the actor if the row lies out of the actor's sight."""
    county_id: Any = getattr(subject, "county_id", None)
    is_seen = county_id == by.county_id or county_id in by.scope_counties()
    return int(county_id if is_seen else by.county_id)


class integrity_as_refusal:
    """Turn a broken constraint into the sentence its declaration carries."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, IntegrityError):
            raise Refused(_constraint_sentence(error)) from error
        if isinstance(error, ValidationError):
            raise Refused(";".join(error.messages), field=_first_field(error)) from error


def _first_field(error: ValidationError) -> str | None:
    fields = [name for name in getattr(error, "error_dict", {}) if name != "__all__"]
    return fields[0] if fields else None


def _constraint_sentence(error: IntegrityError) -> str:
    from django.apps import apps

    said = getattr(error.__cause__, "diag", None)
    if hint := getattr(said, "message_hint", None):
        return str(hint)  # a trigger that keeps an invariant says so itself
    name = getattr(said, "constraint_name", "") or ""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return str(constraint.get_violation_error_message())
    return "这项内容与已有记录冲突（可能已被删除或重复登记）。请刷新页面后再试。"


def save_new(row: models.Model) -> None:
    """Validate and insert a row inside an action."""
    row.full_clean(validate_unique=True, validate_constraints=True)
    row.save(force_insert=True)


def change(row: Any, **values: Any) -> bool:
    """Set the given fields of a locked row, raise its version, save what changed. False when nothing did."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if not changed:
        return False
    row.version += 1
    row.full_clean()
    row.save(update_fields=[*changed, "version"])
    return True


def restore(row: Any, **values: Any) -> None:
    """Bring an archived row back, for when it was archived by mistake; `values` undo what archiving set besides."""
    if not row.is_archived:
        raise Refused(f"“{row}”没有归档，可能刚被别人恢复。请刷新页面。")
    change(row, archived_at=None, **values)


@contextmanager
def bootstrap(verb: str, actor: Callable[[], Any]) -> Iterator[int]:
    """Write where no account exists yet (first administrator, demonstration data).

    Every county is open and one audit event is written at the end, by the account that `actor` then returns.
    Yields the event's number; call `scope.apply_everywhere()` again after adding divisions.
    """
    with transaction.atomic():
        event_id = _open_event(None)
        scope.apply_everywhere()
        yield event_id
        by = actor()
        _close_event(event_id, verb, by, "", by)
