"""A person for the register: what follows from the ID number, sealed and never shown in full."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from core import checks
from core.actions import Refused
from core.crypto import keyed_hash, seal
from core.pinyin import sort_key
from members.models import Person
from unions.models import Union

TABLE = Person._meta.db_table


def checked(rule: Any, text: str | None, field: str) -> Any:
    """A typed value by one of the rules of `core.checks`, refused in the words of the rule."""
    try:
        return rule(text)
    except checks.Problem as problem:
        raise Refused(f"{problem.reason}。{problem.remedy}。", field=field) from problem


def new_person(union: Union, name: str, number: str, mobile: str | None, **values: Any) -> Person:
    """Register a person, with or without a membership to follow; `number` is checked already."""
    person = Person(
        **union.stamp(),
        name=name,
        name_sort=sort_key(name),
        sex=str(checks.sex_of(number)),
        birth_date=checks.birth_date_of(number),
        verified_at=timezone.now(),
        **values,
    )
    sealed: Any = Person._meta.get_field("id_number")
    sealed.seal_into(person, number)
    person.id_hash = keyed_hash(number)
    person.id_last4 = number[-4:]
    seal_mobile(person, mobile)
    person.full_clean(exclude=["id_number", "id_hash"])
    person.save(force_insert=True)
    return person


def seal_mobile(person: Person, mobile: str | None) -> None:
    """Set the phone; an empty one takes it away."""
    sealed: Any = Person._meta.get_field("mobile")
    sealed.seal_into(person, mobile or "")
    person.mobile_last4 = (mobile or "")[-4:]


def sealed(person: uuid.UUID | str, field: str, text: str) -> bytes:
    """A value sealed for a row that is only planned."""
    return seal(text, context(person, field))


def context(person: uuid.UUID | str, field: str) -> str:
    """What an envelope of a person's row is sealed for."""
    return f"{TABLE}:{person}:{field}"


def planned_person(name: str, number: str) -> dict[str, Any]:
    """The columns of a person that an import will register, without its place."""
    record = str(uuid.uuid4())
    return {
        "uuid": record,
        "name": name,
        "name_sort": sort_key(name),
        "sex": str(checks.sex_of(number)),
        "birth_date": checks.birth_date_of(number),
        "id_number": sealed(record, "id_number", number),
        "id_hash": keyed_hash(number),
        "id_last4": number[-4:],
        "verified_at": timezone.now(),
    }
