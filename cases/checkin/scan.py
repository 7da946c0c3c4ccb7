"""One scan and what became of it: the values that pages, phones and actions hand to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from cases.models import Enrolment, RejectionReason


@dataclass(frozen=True)
class Scan:
    """A worker at a shop's counter: who, when presence was proven, how, and through which phone.

    `seq` numbers the entries of one phone's queue; a scan by the worker's own phone has none, but the random
    name of that phone's `browser`.
    """

    person_id: int | None
    at: datetime
    channel: str
    device_id: int | None
    seq: int | None = None
    proxy_by_id: int | None = None
    browser: str = ""

    @property
    def day(self) -> date:
        """The day of the meal, in local time."""
        return timezone.localdate(self.at)

    @property
    def rank(self) -> tuple[datetime, int, int]:
        """Of several scans of one worker on one day the lowest is the meal, whichever arrived first."""
        return (self.at, self.device_id or 0, self.seq or 0)


@dataclass(frozen=True)
class Outcome:
    """What became of a scan: a meal, or a reason and a sentence for the person at the counter.

    `leads` says that the worker is a crew leader, who may book meals for others.
    """

    worker: str
    at: datetime
    sentence: str
    reason: RejectionReason | None = None
    leads: bool = False

    @property
    def is_meal(self) -> bool:
        return self.reason is None


@dataclass(frozen=True)
class Received:
    """What the phone is told about an entry; without an outcome its number is taken and it needs another."""

    seq: int
    outcome: Outcome | None


# Between the syllables of a name in Tibetan letters, none of which can be read by its first letter alone.
TSHEG = "\u0f0b"


def masked(name: str) -> str:
    """A name as strangers at a counter may read it: the first character or syllable, and how many follow."""
    parts: Sequence[str] = [part for part in name.split(TSHEG) if part] if TSHEG in name else name
    return parts[0] + "*" * max(len(parts) - 1, 1) if parts else ""


def worker_of(enrolment: Enrolment) -> str:
    """The worker as strangers may read him; of one who has gone out of sight they read only that."""
    worker = getattr(enrolment, "person", None)
    return masked(worker.name) if worker else str(enrolment)


def hour(moment: datetime) -> str:
    """The time of day as the counter reads it."""
    return f"{timezone.localtime(moment):%H:%M}"


def served_sentence(shop: object, at: datetime) -> str:
    """What the counter reads about a meal."""
    return f"{hour(at)} 在“{shop}”就餐，已登记。"
