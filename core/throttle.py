"""Slowing down who tries again and again: every attempt beyond the free ones waits twice as long.

Nobody is locked out for ever, and without the cache nobody is slowed down at all.
"""

import hashlib
import math
import time
from dataclasses import dataclass

from django.core.cache import cache
from redis import RedisError

FORGOTTEN_AFTER = 3600


@dataclass(frozen=True)
class Throttle:
    """Attempts by one subject: `free` (one or more) at once, then one after `first_wait` seconds, doubling to `longest`."""

    name: str
    free: int
    first_wait: int
    longest: int

    def seconds_to_wait(self, *subject: str) -> int:
        """Count an attempt; 0 when it may be made now, else nothing is counted."""
        try:
            return self._attempt(self._key(subject))
        except RedisError:
            return 0
        except ValueError:
            # Forgotten at this very moment, after an attempt beside this one turned out good.
            return 0

    def take_back(self, *subject: str) -> None:
        """The attempt was a good one: do not count it."""
        try:
            cache.decr(self._key(subject))
        except (RedisError, ValueError):
            return

    def forget(self, *subject: str) -> None:
        """Start afresh."""
        key = self._key(subject)
        try:
            cache.delete_many([key, _gate(key)])
        except RedisError:
            return

    def _attempt(self, key: str) -> int:
        # Counted before it is tried, so that attempts made at the same moment count too.
        if cache.add(key, 1, FORGOTTEN_AFTER):
            return 0
        extra = cache.incr(key) - self.free
        if extra <= 0:
            return 0
        pause = min(self.first_wait * 2 ** min(extra - 1, 20), self.longest)
        now = time.time()
        if cache.add(_gate(key), now + pause, pause):
            cache.touch(key, FORGOTTEN_AFTER)
            return 0
        cache.decr(key)
        return max(1, math.ceil((cache.get(_gate(key)) or now) - now))

    def _key(self, subject: tuple[str, ...]) -> str:
        digest = hashlib.sha256("\0".join(subject).encode()).hexdigest()
        return f"throttle:{self.name}:{digest[:32]}"


def _gate(key: str) -> str:
    return f"{key}:gate"
