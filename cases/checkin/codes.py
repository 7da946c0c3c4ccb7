"""Codes and tokens of the check-in: pure functions of a key, a text and a moment.

A token is `part.part.….tag`; its tag (HMAC-SM3, 128 bits) covers the purpose as well, so a token made for one
purpose is worthless for another. A live code changes with every step of 30 seconds and is accepted one step
early or late; its tag has 80 bits. What a worker types instead is six digits of the same step.
"""

import hmac as compare
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, hmac

from core.crypto import keyed_hash

STEP_SECONDS = 30
TOLERATED_STEPS = 1
DIGITS = 6
TAG_CHARACTERS = 26  # 130 bits of base 32
CODE_CHARACTERS = 16  # 80 bits of base 32


def mac(key: bytes, text: str) -> bytes:
    """HMAC-SM3 under a derived key."""
    made = _begun(key).copy()
    made.update(text.encode())
    return made.finalize()


@lru_cache(maxsize=4096)
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.HMAC(key, hashes.SM3())


def derived_key(purpose: str, *parts: object) -> bytes:
    """A key that is kept nowhere: it follows from the portal's own key and what it is for."""
    return keyed_hash("check-in|key|" + "|".join(map(str, (purpose, *parts))))


def base32(raw: bytes, length: int) -> str:
    """The first characters of the bytes in base 32."""
    needed = -(-length * 5 // 8)  # bytes; the encoder is slow enough to notice
    return b32encode(raw[:needed]).decode()[:length]


# --- tokens


def sign(purpose: str, *parts: object) -> str:
    """A token that carries `parts`; none of them may contain a dot."""
    body = ".".join(map(str, parts))
    return f"{body}.{_tag(purpose, body)}"


def read(purpose: str, token: str) -> list[str] | None:
    """The parts of a token of this purpose; None for every other text."""
    body, _, tag = token.rpartition(".")
    if not body or not is_same(tag, _tag(purpose, body)):
        return None
    return body.split(".")


def _tag(purpose: str, body: str) -> str:
    return base32(keyed_hash(f"check-in|{purpose}|{body}"), TAG_CHARACTERS)


def is_same(given: str, right: str) -> bool:
    """Compare without telling by time how much was right."""
    return compare.compare_digest(given.encode(), right.encode())


# --- live codes


def step_of(moment: datetime) -> int:
    """The number of the 30-second step a moment lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def live_code(key: bytes, step: int) -> str:
    """80 bits that only the holder of the key can show during this step."""
    return base32(mac(key, f"live|{step}"), CODE_CHARACTERS)


def digits(key: bytes, step: int) -> str:
    """The same step in six digits, for typing; guessing them is slowed down by the pages."""
    number = int.from_bytes(mac(key, f"digits|{step}")[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def is_live(key: bytes, given: str, moment: datetime, tolerated: int = TOLERATED_STEPS) -> bool:
    """Whether a code was shown around `moment`."""
    return _matches(live_code, key, given.upper(), moment, tolerated)


def are_live_digits(key: bytes, given: str, moment: datetime, tolerated: int = TOLERATED_STEPS) -> bool:
    """Whether six digits were shown around `moment`."""
    return _matches(digits, key, given, moment, tolerated)


def _matches(
    make: Callable[[bytes, int], str], key: bytes, given: str, moment: datetime, tolerated: int
) -> bool:
    now = step_of(moment)
    return any([is_same(given, make(key, now + shift)) for shift in range(-tolerated, tolerated + 1)])
