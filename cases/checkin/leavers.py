"""The workers of a queue's scans, and among them those who have gone to another county since they scanned."""

from collections.abc import Collection
from datetime import date

from django.db.models import Max

from core import scope
from members.models import Membership, MembershipChange, Person


class Workers:
    """Workers by number. Who was transferred out of sight is read all the same: until the day on which he left he
    is judged like anybody, so that it does not matter when a phone without a network sends what it has queued.
    """

    def __init__(self, numbers: Collection[int]) -> None:
        self.found = Person.objects.in_bulk(numbers)
        self.left_on: dict[int, date] = {}
        if missing := set(numbers) - self.found.keys():
            self._read_leavers(missing)

    def _read_leavers(self, missing: set[int]) -> None:
        gone = Membership.objects.filter(
            person__in=missing, ended_by=MembershipChange.TRANSFER_OUT
        ).order_by()
        self.left_on = dict(gone.values_list("person_id").annotate(Max("valid_to")))
        with scope.everywhere():
            self.found |= Person.objects.in_bulk(self.left_on)

    def was_here(self, number: int, day: date) -> bool:
        """Whether the worker had not left by that day."""
        return day <= self.left_on.get(number, date.max)
