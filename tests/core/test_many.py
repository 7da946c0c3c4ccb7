"""Random numbers and conditions for many values at once."""

import uuid
from itertools import islice

from core.many import uuids


def test_random_uuids_are_as_those_of_the_library() -> None:
    texts = list(islice(uuids(), 2_500))
    found = [uuid.UUID(text) for text in texts]
    assert {(one.version, one.variant) for one in found} == {(4, uuid.RFC_4122)}
    assert [str(one) for one in found] == texts and len(set(texts)) == 2_500
