"""Sealed text opens only where it was sealed, and equal texts are found without being readable."""

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import NONCE, CannotOpen, keyed_hash, open_sealed, seal, seal_all

HERE, THERE = "members_person:1:id_number", "members_person:2:id_number"


@given(st.text(min_size=1, max_size=60))
def test_what_is_sealed_opens_again(text: str) -> None:
    assert open_sealed(seal(text, HERE), HERE) == text


@given(st.lists(st.text(max_size=20), max_size=5))
def test_many_texts_sealed_at_once_open_each_in_its_own_place(texts: list[str]) -> None:
    given = [(text, f"members_person:{n}:mobile") for n, text in enumerate(texts)]
    envelopes = seal_all(given)
    places = [place for _, place in given]
    assert [open_sealed(one, place) for one, place in zip(envelopes, places, strict=True)] == texts
    assert len({envelope[2 : 2 + NONCE] for envelope in envelopes}) == len(texts)


def test_an_envelope_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        open_sealed(seal("630199199001010012", HERE), THERE)


@given(st.integers(min_value=0, max_value=47))
def test_an_altered_envelope_does_not_open(position: int) -> None:
    envelope = bytearray(seal("630199199001010012", HERE))
    envelope[position] ^= 0x55
    with pytest.raises(CannotOpen):
        open_sealed(bytes(envelope), HERE)


def test_equal_texts_have_unlike_envelopes_and_one_hash() -> None:
    assert seal("甲", HERE) != seal("甲", HERE)
    assert keyed_hash("甲") == keyed_hash("甲") != keyed_hash("乙")


def test_the_hash_depends_on_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyed_hash("甲")
    monkeypatch.setattr(settings, "INDEX_KEY", bytes(32))
    assert keyed_hash("甲") != before


def test_an_old_key_still_opens_after_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    old = seal("甲", HERE)
    new_id = max(settings.FIELD_KEYS) + 1
    monkeypatch.setattr(settings, "FIELD_KEYS", {**settings.FIELD_KEYS, new_id: bytes(range(16))})
    monkeypatch.setattr(settings, "FIELD_KEY_CURRENT", new_id)
    assert open_sealed(old, HERE) == "甲" and seal("甲", HERE)[1] == new_id
