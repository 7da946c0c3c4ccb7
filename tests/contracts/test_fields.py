"""Every field of every model is classified, in a list that is reviewed as a difference.

Hidden and masked values are looked for on every page by the walk of test_urls.py (`kit.secrets`).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from core.exposure import Exposed, exposure_of
from core.models import History
from core.resource import Exposure, Kind, registry
from members.models import Person
from tests.contracts import kit
from tests.world import World

REVIEWED = Path(__file__).with_name("fields.txt")
PERSONAL_KINDS = {Kind.ID_NUMBER, Kind.MOBILE}


def classified() -> list[str]:
    """`app.Model.field exposure`, as the code has it."""
    return sorted(
        f"{model._meta.label}.{field.name} {exposure_of(field).value}"
        for model in (*kit.portal_models(), *kit.views())
        for field in model._meta.concrete_fields
    )


def test_every_field_is_classified_as_reviewed() -> None:
    """After a change of a model, put the lines that this test names into fields.txt, or take them out."""
    reviewed, actual = set(REVIEWED.read_text().splitlines()), set(classified())
    assert (sorted(actual - reviewed), sorted(reviewed - actual)) == ([], [])


def test_sealed_and_secret_fields_are_hidden() -> None:
    for name in ("id_number", "id_hash", "mobile"):
        assert _exposure(name) is Exposed.HIDDEN


def _exposure(name: str) -> Exposed:
    field: Any = Person._meta.get_field(name)
    return exposure_of(field)


def test_no_column_shows_a_hidden_field_or_a_personal_number_in_full() -> None:
    for resource in registry().values():
        fields = {field.name: field for field in resource.model._meta.concrete_fields}
        for column in resource.exportable:
            source = column.source or column.key
            if column.kind in PERSONAL_KINDS:
                assert column.exposure is Exposure.MASKED, column
            if source in fields and exposure_of(fields[source]) is not Exposed.OPEN:
                assert column.exposure is not Exposure.OPEN, column


@pytest.fixture
def furnished(db: None) -> World:
    return kit.furnished()


def test_the_history_keeps_no_number_in_full(furnished: World) -> None:
    """Images of rows hold envelopes and keyed hashes only, and plans of imports nothing readable."""
    with kit.writing(furnished):
        images = json.dumps([str(row.before) for row in History.objects.all()])
    numbers = [text for text in kit.secrets(furnished) if text.isdigit() and len(text) > 10 and int(text)]
    assert numbers and [number for number in numbers if number in images] == []
