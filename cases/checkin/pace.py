"""How often a worker may try: taps, digits and numbers are counted, each by what an attacker would repeat."""

from core.throttle import Throttle

# A worker's taps; who is known and stands at the counter needs one.
TAPS = Throttle("check-in", free=10, first_wait=5, longest=60)
# Guessing the digits on the shop's phone, or whose numbers belong together. A whole shop may share one address.
DIGITS = Throttle("check-in-digits", free=20, first_wait=5, longest=300)
NUMBERS = Throttle("check-in-number", free=4, first_wait=15, longest=900)
ADDRESSES = Throttle("check-in-address", free=40, first_wait=5, longest=300)


class Slow(Exception):
    """Too many attempts; `seconds` until the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def slow_down(throttle: Throttle, *subject: str) -> None:
    """Count an attempt; `Slow` where there were too many."""
    seconds = throttle.seconds_to_wait(*subject)
    if seconds:
        raise Slow(seconds)
