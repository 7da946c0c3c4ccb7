"""Lists ask the database as often for sixty rows as for five, on pages and for programs."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.contracts import kit
from tests.contracts.expectations import rule_of
from tests.world import World
from unions.models import Account

CLERK, COUNTY = "632322.clerk", 632322
FEW, MANY = 5, 60
A_FEW_PARTS = 2
STEPS = count(1)
LONG_AGO = date(1999, 1, 1)


@pytest.fixture
def furnished(db: None) -> World:
    return kit.furnished()


def _lists() -> list[tuple[kit.Route, type[models.Model]]]:
    """Lists of every screen and of every view set that stands for one, of rows that belong to a county."""
    return [
        (route, screen.resource.model)
        for route in kit.routes()
        if route.name.endswith("-list") and not route.arguments and rule_of(route)
        for screen in [route.options.get("screen") or getattr(route.view, "screen", None)]
        if screen is not None and kit.has_county(screen.resource.model)
    ]


def test_the_number_of_queries_does_not_grow_with_rows(furnished: World) -> None:
    client = Client()
    client.force_login(furnished.account(CLERK))
    _let_rows_be_copied()
    routes = _lists()
    _grow(furnished, {model for _, model in routes}, FEW)
    few = {route.name: _count(client, route) for route, _ in routes}
    _grow(furnished, {model for _, model in routes}, MANY)
    many = {route.name: _count(client, route) for route, _ in routes}
    assert routes
    assert {name: (few[name], many[name]) for name in few if few[name] != many[name]} == {}


def _count(client: Client, route: kit.Route) -> int:
    address = route.address({})
    client.get(address)  # what is read once per process is read now
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(queries)


def _let_rows_be_copied() -> None:
    """Switch off, until this test's transaction ends, what keeps approved months, sums of contracts and subsidies true.

    The copies are no sensible months or contracts; here they only have to be many.
    """
    kit.query("set constraints all immediate")
    for table, trigger in kit.query(
        "select tgrelid::regclass::text, tgname from pg_trigger"
        " where tgname like 'keep\\_%' or tgname like 'sums\\_%' or tgname in ('shares_whole', 'within_grant')"
    ):
        kit.query(f"alter table {table} disable trigger {trigger}")


def _grow(world: World, wanted: set[type[models.Model]], to: int) -> None:
    """Copies of one row each, with what hangs on it, until the county has that many; views have a few more then."""
    with kit.writing(world):
        for model in sorted(wanted - set(kit.views()), key=lambda model: model._meta.label):
            rows: Any = model._default_manager
            sample = kit.row_of(model, COUNTY)
            for number in range(rows.filter(county_id=COUNTY).count(), to):
                _copy_with_parts(sample, number)
            assert rows.filter(county_id=COUNTY).count() >= to, model
        for view in wanted & set(kit.views()):
            shown: Any = view._default_manager
            assert shown.filter(county_id=COUNTY).count() >= FEW, view


def _copy_with_parts(sample: Any, number: int) -> None:
    copied = _copy(sample, number)
    for relation in sample._meta.related_objects:
        if relation.related_model is Account or not relation.one_to_many:
            continue
        parts = relation.related_model._default_manager.filter(**{relation.field.name: sample})
        for part in list(parts.order_by("pk")[:A_FEW_PARTS]):
            _copy(part, number, relation.field, copied)


def _copy(row: Any, number: int, field_above: Any = None, above: Any = None) -> Any:
    """A row like another, below another one if given; what must be unique is told apart by a number."""
    copied = type(row)._default_manager.get(pk=row.pk)
    copied.pk = None
    copied._state.adding = True
    for field in copied._meta.concrete_fields:
        if field.name == "name" or (field.unique and not field.primary_key):
            setattr(copied, field.attname, _told_apart(field, getattr(copied, field.attname), number))
    for constraint in copied._meta.constraints:
        if field_above is None or field_above.name not in _fields_of(constraint):
            _step_aside(copied, constraint)
    if field_above is not None:
        setattr(copied, field_above.attname, above.pk)
    copied.save(force_insert=True)
    return copied


def _fields_of(constraint: models.BaseConstraint) -> set[Any]:
    if isinstance(constraint, ExclusionConstraint):
        return {expression for expression, _ in constraint.expressions if isinstance(expression, str)}
    return set(getattr(constraint, "fields", ()))


def _step_aside(row: Any, constraint: models.BaseConstraint) -> None:
    """Another day, another label: what keeps the copy from breaking a constraint over several fields."""
    step = next(STEPS)
    day = LONG_AGO - timedelta(days=2 * step)  # a day of its own, whatever was copied before
    if isinstance(constraint, ExclusionConstraint):
        row.valid_from = day
        row.valid_to = row.valid_from + timedelta(days=1)
    names = constraint.fields if isinstance(constraint, models.UniqueConstraint) else ()
    if names and not any([_set_apart(row, name, step, day) for name in names]):
        _hang_elsewhere(row, names)


def _set_apart(row: Any, name: str, step: int, day: date) -> bool:
    """Another value for one field of a constraint, if it is of a kind that has one."""
    field = row._meta.get_field(name)
    if isinstance(field, models.DateField):
        setattr(row, name, _first_of_month(step) if name == "month" else day)
    elif isinstance(field, models.BinaryField):
        setattr(row, name, uuid.uuid4().bytes * 2)
    elif name == "quarter":
        row.quarter = f"{2000 + step // 4}Q{step % 4 + 1}"
    elif name == "year":
        row.year = 2100 + step
    elif name == "card_no":
        row.card_no = f"{step:010d}"
    elif name in ("label", "name", "number", "serial_no"):
        setattr(row, name, f"{getattr(row, name)[:6]}{step}")
    elif name.endswith("seq") or name in ("position", "subject_id"):
        setattr(row, name, step)
    else:
        return bool(field.primary_key)  # is another one in any case
    return True


def _hang_elsewhere(row: Any, names: Iterable[str]) -> None:
    """Below a copy of its own of the last thing the constraint names, where no other field can differ."""
    above = [
        name for name in names if row._meta.get_field(name).many_to_one and name not in ("union", "county")
    ]
    for name in above[-1:]:
        if getattr(row, name) is not None:
            setattr(row, name, _copy(getattr(row, name), next(STEPS)))


def _first_of_month(step: int) -> date:
    return date(LONG_AGO.year - step // 12, step % 12 + 1, 1)


def _told_apart(field: Any, value: Any, number: int) -> Any:
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.BinaryField):
        return uuid.uuid4().bytes * 2
    if field.name == "code":
        return f"{str(value)[:6]}-{9000 + number}"
    if field.name == "door_code":
        return uuid.uuid4().hex[: field.max_length]
    return None if value is None else f"{value} {number}"
