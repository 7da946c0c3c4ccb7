"""What decides about scans before anything is written: the workers' spells, and how the shop stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from cases.checkin.entries import Entry
from cases.checkin.leavers import Workers
from cases.checkin.scan import Scan
from cases.models import Enrolment, PartnerShop
from cases.serving import Standing, standing_on

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Basis:
    """Of one scan: the worker's enrolment of the day, if any, and the shop's standing."""

    spell: Any
    standing: Standing | None


def basis_of(shop: PartnerShop, scan: Scan) -> Basis:
    """Read for one scan."""
    spells = Enrolment.objects.on(scan.day).filter(programme=shop.programme_id, person=scan.person_id)
    spell = spells.select_related("person").first() if scan.person_id is not None else None
    return Basis(spell, standing_on(shop, scan.day))


class Bases:
    """Of a phone's queue: the spells of all its workers read at once, the shop's standing once a day."""

    def __init__(self, shop: PartnerShop, workers: Workers, entries: Iterable[Entry]) -> None:
        self.shop, self.workers = shop, workers
        self.standings: dict[date, Standing | None] = {}
        self.spells: dict[int, list[Any]] = {}
        days = [timezone.localdate(entry.at) for entry in entries]
        if days and workers.found:
            self._read(min(days), max(days))

    def _read(self, first: date, last: date) -> None:
        spells = Enrolment.objects.within(first, last + ONE_DAY).filter(
            programme=self.shop.programme_id, person__in=self.workers.found
        )
        for spell in spells:
            spell.person = self.workers.found[spell.person_id]
            self.spells.setdefault(spell.person_id, []).append(spell)

    def of(self, scan: Scan) -> Basis:
        """The part of it that decides about the scan."""
        if scan.day not in self.standings:
            self.standings[scan.day] = standing_on(self.shop, scan.day)
        person = scan.person_id or 0
        own = self.spells.get(person, []) if self.workers.was_here(person, scan.day) else []
        return Basis(next((spell for spell in own if spell.is_on(scan.day)), None), self.standings[scan.day])
