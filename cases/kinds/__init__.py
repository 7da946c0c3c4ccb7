"""Declared kinds of programmes and projects. A new kind is one declaration here and its test."""

from collections.abc import Iterable
from typing import Literal

from cases.kinds.declaration import Field, FieldKind, Kind, WrongAttribute
from cases.kinds.programmes import PROGRAMME_KINDS
from cases.kinds.projects import PROJECT_KINDS

__all__ = ["KINDS", "Field", "FieldKind", "Kind", "WrongAttribute", "kind_choices", "kind_of", "kinds_of"]

# Names that a form of a programme or project already uses.
_TAKEN = frozenset(
    [
        "kind",
        "name",
        "note",
        "union",
        "county",
        "attributes",
        "started_on",
        "ended_on",
        "face_value",
        "stage",
        "stated_total",
        "planned_open_on",
        "opened_on",
        "version",
        "reason",
    ]
)


def checked(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """The kinds by key; a declaration that contradicts itself stops the start."""
    found: dict[str, Kind] = {}
    for kind in kinds:
        keys = [field.key for field in kind.fields]
        if kind.key in found:
            raise ValueError(f"two kinds named {kind.key}")
        if len(keys) != len(set(keys)) or _TAKEN & set(keys):
            raise ValueError(f"{kind.key}: a field is declared twice or its name is taken")
        if len(kind.milestones) != len(set(kind.milestones)):
            raise ValueError(f"{kind.key}: a milestone is declared twice")
        for field in kind.fields:
            if (field.kind is FieldKind.CHOICE) != bool(field.choices):
                raise ValueError(f"{kind.key}.{field.key}: choices and kind do not fit")
        found[kind.key] = kind
    return found


KINDS = checked((*PROGRAMME_KINDS, *PROJECT_KINDS))


def kind_of(key: str) -> Kind | None:
    return KINDS.get(key)


def kinds_of(what: Literal["programme", "project"]) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS.values() if kind.of == what)


def kind_choices(what: Literal["programme", "project"]) -> tuple[tuple[str, str], ...]:
    return tuple((kind.key, kind.label) for kind in kinds_of(what))
