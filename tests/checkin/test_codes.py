"""Codes and tokens: what was made passes, at its time and for its purpose; nothing else does."""

import os
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.checkin import codes

NOW = datetime(2026, 3, 2, 23, 10, 15, tzinfo=UTC)
KEY = codes.derived_key("device", "one", 1)
# A million in the nightly run, some thousands in every run.
FORGERIES = int(os.environ.get("CHECKIN_FORGERIES", "5000"))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PART = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)


@given(st.lists(PART, min_size=1, max_size=4))
def test_a_token_gives_back_its_parts(parts: list[str]) -> None:
    assert codes.read("card", codes.sign("card", *parts)) == parts
    assert codes.read("device", codes.sign("card", *parts)) is None


@given(st.lists(PART, min_size=1, max_size=4), st.data())
def test_no_changed_token_passes(parts: list[str], data: st.DataObject) -> None:
    token = codes.sign("card", *parts)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("AZaz09.-").filter(lambda letter: letter != token[place]))
    assert codes.read("card", token[:place] + other + token[place + 1 :]) is None
    assert codes.read("card", token[:place]) is None


@given(st.integers(-3600, 3600))
def test_a_live_code_holds_one_step_early_or_late(seconds: int) -> None:
    later = NOW + timedelta(seconds=seconds)
    steps = abs(codes.step_of(later) - codes.step_of(NOW))
    assert codes.is_live(KEY, codes.live_code(KEY, codes.step_of(NOW)), later) is (steps <= 1)


def test_a_screenshot_of_two_minutes_ago_does_not_work() -> None:
    then = codes.step_of(NOW - timedelta(minutes=2))
    assert not codes.is_live(KEY, codes.live_code(KEY, then), NOW)
    assert not codes.are_live_digits(KEY, codes.digits(KEY, then), NOW)


def test_digits_and_codes_of_one_phone_are_none_of_another() -> None:
    other, step = codes.derived_key("device", "two", 1), codes.step_of(NOW)
    assert not codes.is_live(other, codes.live_code(KEY, step), NOW)
    assert codes.are_live_digits(KEY, codes.digits(KEY, step), NOW)
    assert codes.derived_key("device", "one", 2) != KEY


def test_forged_codes_never_pass() -> None:
    rng = random.Random(20260302)
    forged = ("".join(rng.choices(ALPHABET, k=codes.CODE_CHARACTERS)) for _ in range(FORGERIES))
    assert [code for code in forged if codes.is_live(KEY, code, NOW)] == []


def test_forged_tokens_never_pass() -> None:
    rng = random.Random(20260303)
    forged = (
        f"630103.{rng.randrange(1000)}.1." + "".join(rng.choices(ALPHABET, k=codes.TAG_CHARACTERS))
        for _ in range(FORGERIES)
    )
    assert [token for token in forged if codes.read("device", token) is not None] == []


def test_the_digits_are_spread_evenly() -> None:
    """Six digits of many steps: no first digit comes much more often than the others."""
    counts = [0] * 10
    for step in range(5000):
        counts[int(codes.digits(KEY, step)[0])] += 1
    assert min(counts) > 400 and max(counts) < 600
