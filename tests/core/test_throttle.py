"""Attempts that are slowed down."""

import uuid
from typing import Any

import pytest
from django.core.cache import cache

from core.throttle import Throttle


def test_an_attempt_beside_one_that_was_good_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between adding and counting, the good one forgets the number: nothing is left to count."""
    throttle = Throttle(f"test-{uuid.uuid4()}", free=1, first_wait=15, longest=900)
    add = cache.add

    def added_and_forgotten(key: str, *arguments: Any) -> bool:
        add(key, *arguments)
        throttle.forget("who")
        return False

    monkeypatch.setattr(cache, "add", added_and_forgotten)
    assert throttle.seconds_to_wait("who") == 0
