"""Random numbers and conditions for many values at once."""

import uuid
from itertools import islice

from core import scope
from core.many import uuids
from members.models import Person
from tests.world import World


def test_random_uuids_are_as_those_of_the_library() -> None:
    texts = list(islice(uuids(), 2_500))
    found = [uuid.UUID(text) for text in texts]
    assert {(one.version, one.variant) for one in found} == {(4, uuid.RFC_4122)}
    assert [str(one) for one in found] == texts and len(set(texts)) == 2_500


def test_a_text_is_looked_up_as_a_whole(world: World) -> None:
    with scope.applied(world.account("632322.clerk")):
        tail = Person.objects.values_list("id_last4", flat=True)[0]
        assert Person.objects.filter(id_last4__looked_up=[tail, "none"]).exists()
        assert not Person.objects.filter(id_last4__looked_up=[tail + "0"]).exists()
