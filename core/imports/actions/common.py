"""What all actions on batches ask first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied

from core.actions import Refused
from core.checks import Problem
from core.imports.cells import reader
from core.imports.units import head
from core.models import ImportBatch
from core.resource import Resource, registry
from core.sheets import YUAN

State = ImportBatch.State
READABLE = (State.CHECKED, State.REFUSED)
UNFINISHED = (*READABLE, State.CHECKING, State.COMMITTING)


def importable(key: str) -> Resource:
    """The resource of that key, if anything of it may be imported."""
    resource = registry().get(key)
    if resource is None or not resource.importer:
        known = "、".join(name for name, found in registry().items() if found.importer)
        raise Refused(f"没有可导入的内容“{key}”，可选：{known}。", field="resource")
    return resource


def require_right(by: Any, resource: Resource) -> None:
    """Who imports rows must be allowed to write them one by one."""
    if said := resource.why_not_import(by):
        raise PermissionDenied(said)


def refuse_unless(row: ImportBatch, states: tuple[str, ...], what: str) -> None:
    if row.state not in states:
        raise Refused(f"这一批的状态是“{row.get_state_display()}”，{what}。")


def refuse_bad_defaults(
    resource: Resource, defaults: dict[str, str], units: Mapping[str, str] | None = None
) -> None:
    """`units` are those of the columns of a table that is read already."""
    for key, value in defaults.items():
        column = resource.column(key)
        try:
            reader(resource, column, (units or {}).get(key, YUAN))(value)
        except Problem as problem:
            raise Refused(f"{head(units or {}, column)}：{problem}", field=key) from None
