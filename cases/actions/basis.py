"""What decides about scans before anything is written: the workers' spells, and how the shop stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from cases.checkin.entries import Entry
from cases.checkin.scan import Scan
from cases.models import Enrolment, MealCard, PartnerShop
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

    def __init__(self, shop: PartnerShop, cards: Iterable[MealCard], entries: Iterable[Entry]) -> None:
        self.shop = shop
        self.standings: dict[date, Standing | None] = {}
        self.spells: dict[int, list[Any]] = {}
        days = [timezone.localdate(entry.at) for entry in entries]
        persons = {card.person_id for card in cards}
        if days and persons:
            self._read(persons, min(days), max(days))

    def _read(self, persons: set[int], first: date, last: date) -> None:
        spells = Enrolment.objects.within(first, last + ONE_DAY).filter(
            programme=self.shop.programme_id, person__in=persons
        )
        for spell in spells.select_related("person"):
            self.spells.setdefault(spell.person_id, []).append(spell)

    def of(self, scan: Scan) -> Basis:
        """The part of it that decides about the scan."""
        if scan.day not in self.standings:
            self.standings[scan.day] = standing_on(self.shop, scan.day)
        own = self.spells.get(scan.person_id or 0, [])
        return Basis(next((spell for spell in own if spell.is_on(scan.day)), None), self.standings[scan.day])
