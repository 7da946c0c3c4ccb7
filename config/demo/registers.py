"""The register of one county: unions below it, employers, coverage, certificates, democratic systems."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from config.demo.data import read
from config.demo.plans import CountyPlan
from config.demo.synthetic import Identities
from core.pinyin import sort_key
from unions.models import (
    DemocraticKind,
    DemocraticSystem,
    Employer,
    LegalPersonRegistration,
    Ownership,
    SystemForm,
    Union,
    UnionKind,
    UnionLevel,
    UnitCoverage,
)

MARK = "（演示）"
STATED = (Ownership.PUBLIC, Ownership.NON_PUBLIC, Ownership.INSTITUTION)
SMALL = (Ownership.OTHER, Ownership.SOCIAL_ORG)
START, END = date(2022, 7, 1), date(2023, 9, 30)
CERTIFICATE_DAYS = 5 * 365
CREDIT_CLASSES = {
    Ownership.PUBLIC: "91",
    Ownership.NON_PUBLIC: "91",
    Ownership.INSTITUTION: "12",
    Ownership.ADMINISTRATION: "11",
    Ownership.SOCIAL_ORG: "52",
    Ownership.OTHER: "93",
}
# In the order of the institutions in names.yaml: schools, health, culture, the rest.
INSTITUTION_INDUSTRIES = "P" * 8 + "Q" * 4 + "R" * 3 + "N" * 8
# How many workers a unit has compared with others, by ownership.
WEIGHTS = {
    Ownership.PUBLIC: 3.0,
    Ownership.NON_PUBLIC: 1.6,
    Ownership.INSTITUTION: 1.8,
    Ownership.ADMINISTRATION: 1.1,
    Ownership.SOCIAL_ORG: 0.4,
    Ownership.OTHER: 0.4,
}


@dataclass
class Unit:
    """An employer in the making with the union that covers it and its part of the workforce.

    `members` is set where a document states the number; elsewhere it follows from `weight`.
    """

    employer: Employer
    union: Union | None = None
    weight: float = 1.0
    members: int = 0
    group: str = ""
    has_extra_congress: bool = False


@dataclass
class Register:
    """Everything of one county, still without keys."""

    plan: CountyPlan
    county_union: Union
    townships: list[Union] = field(default_factory=list)
    unions: list[Union] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    @property
    def covered(self) -> list[Unit]:
        return [unit for unit in self.units if unit.union is not None]


class RegisterMaker:
    """Draws the register of one county."""

    def __init__(self, plan: CountyPlan, county_union: Union, rng: Random, identities: Identities) -> None:
        self._plan, self._rng, self._identities = plan, rng, identities
        self._register = Register(plan, county_union)
        self._names: set[str] = set()

    def make(self) -> Register:
        """The whole register, codes of unions in the order in which they were founded."""
        self._add_townships()
        for ownership, count in self._plan.units.items():
            for number in range(count):
                self._add_unit_union(Ownership(ownership), number)
        for number in range(self._plan.joints):
            self._add_joint_union(number)
        self._add_stated_unions()
        for ownership, count in self._plan.uncovered.items():
            for number in range(count):
                self._add_uncovered(Ownership(ownership), self._plan.units.get(ownership, 0) + number)
        return self._register

    @property
    def _has_stated_federation(self) -> bool:
        return any(row["区划"] == self._plan.code for row in read("counties")["专门工会"])

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self._rng.randint(0, (last - first).days))

    def _union(self, name: str, kind: UnionKind, founded_on: date, level: UnionLevel) -> Union:
        return Union(
            name=name,
            name_sort=sort_key(name),
            kind=kind,
            level=level,
            founded_on=founded_on,
            parent=self._register.county_union,
            parent_path=self._register.county_union.path,
            county_id=self._plan.code,
        )

    def _grassroots(self, name: str, kind: UnionKind, founded_on: date) -> Union:
        union = self._union(name, kind, founded_on, UnionLevel.GRASSROOTS)
        self._register.unions.append(union)
        return union

    def _add_townships(self) -> None:
        for name in self._plan.townships:
            founded_on = self._day(date(1985, 1, 1), date(2004, 12, 31))
            union = self._union(
                f"{name}工会联合会", UnionKind.REGIONAL_FEDERATION, founded_on, UnionLevel.TOWNSHIP
            )
            self._register.townships.append(union)

    def _founded_on(self) -> date:
        """Mostly long ago; in other counties than the documented one a few within the quarters shown."""
        is_recent = self._rng.random() < 0.06 and not self._plan.is_documented
        first, last = (START, date(2023, 9, 20)) if is_recent else (date(2006, 1, 1), date(2022, 5, 31))
        return self._day(first, last)

    def _employer(self, name: str, ownership: Ownership, industry: str, listed_on: date) -> Employer:
        name = name + MARK
        return Employer(
            name=name,
            name_sort=sort_key(name),
            credit_code=self._identities.credit_code(CREDIT_CLASSES[ownership], self._plan.code),
            ownership=ownership,
            industry_code=industry,
            listed_on=listed_on,
            **self._register.county_union.stamp(),
        )

    def _weight(self, ownership: Ownership) -> float:
        return WEIGHTS[ownership] * self._rng.lognormvariate(0, 0.5)

    def _add_unit_union(self, ownership: Ownership, number: int) -> None:
        name, industry = self._unit_name(ownership, number)
        founded_on = self._founded_on()
        union = self._grassroots(f"{name}工会", UnionKind.INDEPENDENT, founded_on)
        employer = self._employer(name, ownership, industry, self._listed_before(founded_on))
        self._register.units.append(Unit(employer, union, self._weight(ownership)))

    def _listed_before(self, day: date) -> date:
        """When the unit came on the base register: before its union, as far as the register goes back."""
        return min(day, START) - timedelta(days=self._rng.randint(30, 900))

    def _unit_name(self, ownership: Ownership, number: int) -> tuple[str, str]:
        words, place = read("names"), self._plan.name
        if ownership is Ownership.ADMINISTRATION:
            return f"{place}{words['机关'][number]}", "S"
        if ownership is Ownership.INSTITUTION:
            return f"{place}{words['事业'][number]}", INSTITUTION_INDUSTRIES[number]
        if ownership in (Ownership.PUBLIC, Ownership.NON_PUBLIC):
            return self._company_name(is_public=ownership is Ownership.PUBLIC)
        return f"{place}{'志愿服务中心' if number % 2 else '职业技能协会'}{number + 1}", "S"

    def _company_name(self, *, is_public: bool) -> tuple[str, str]:
        words = read("names")
        while True:
            trade, industry = self._rng.choice(words["企业"])
            brand = "国有" if is_public else self._rng.choice(words["字号"])
            name = f"{self._plan.name}{brand}{trade}{self._rng.choice(('有限公司', '有限责任公司'))}"
            if name not in self._names:
                self._names.add(name)
                return name, industry

    def _add_joint_union(self, number: int) -> None:
        """A village, community or sector union over several small units."""
        is_couriers = number == 0 and not self._plan.is_documented and not self._has_stated_federation
        township = self._plan.townships[number % len(self._plan.townships)]
        place = self._plan.name if is_couriers else township
        kind = UnionKind.SECTOR_FEDERATION if is_couriers else UnionKind.JOINT
        name = f"{place}货运快递行业工会联合会" if is_couriers else f"{place}第{number + 1}村（社区）联合工会"
        # The last four of the county whose every union is documented are its new ones.
        is_new = self._plan.is_documented and number >= self._plan.joints - 4
        founded_on = self._day(date(2022, 9, 1), date(2022, 9, 28)) if is_new else self._founded_on()
        union = self._grassroots(name, kind, founded_on)
        for part in range(self._rng.randint(2, 4)):
            self._add_small_unit(union, f"{place}{number + 1}-{part + 1}号", is_couriers)
        if is_new:
            self._state_members(union, (20, 18, 15, 14)[number - self._plan.joints + 4])

    def _state_members(self, union: Union, members: int) -> None:
        first, *others = [unit for unit in self._register.units if unit.union is union]
        for unit in others:
            self._register.units.remove(unit)
        first.members = members

    def _add_small_unit(self, union: Union, name: str, is_couriers: bool) -> None:
        assert union.founded_on is not None
        ownership = Ownership.NON_PUBLIC if is_couriers else Ownership.OTHER
        trade, industry = ("快递货运网点", "G") if is_couriers else ("合作社", "A")
        employer = self._employer(name + trade, ownership, industry, self._listed_before(union.founded_on))
        weight = self._weight(ownership) * (0.5 if is_couriers else 1)
        self._register.units.append(Unit(employer, union, weight, group="new" if is_couriers else ""))

    def _add_stated_unions(self) -> None:
        """Unions whose members a document counts: a sector federation, the sanitation workers."""
        data = read("counties")
        for row in data["专门工会"]:
            if row["区划"] == self._plan.code:
                self._add_sector_federation(row)
        row = data["环卫单位"]
        if row["区划"] == self._plan.code:
            founded_on = date(2010, 5, 1)
            union = self._grassroots(f"{row['名称']}工会", UnionKind.INDEPENDENT, founded_on)
            employer = self._employer(row["名称"], Ownership.INSTITUTION, "N", date(2009, 3, 1))
            self._register.units.append(Unit(employer, union, members=row["会员"], group="sanitation"))

    def _add_sector_federation(self, row: dict[str, Any]) -> None:
        members, count = row["会员"], row["单位"]
        union = self._grassroots(row["名称"], UnionKind(row["类型"]), row["成立"])
        for number in range(count):
            self._add_small_unit(union, f"{self._plan.name}第{number + 1}", is_couriers=True)
            share = members // count + (number < members % count)
            self._register.units[-1].members = share

    def _add_uncovered(self, ownership: Ownership, number: int) -> None:
        name, industry = self._unit_name(ownership, number)
        listed_on = self._day(date(2019, 1, 1), date(2023, 6, 30))
        # The documented county has a congress at one institution more than it has institutions' unions.
        is_extra = self._plan.is_documented and ownership is Ownership.INSTITUTION
        employer = self._employer(name, ownership, industry, date(2018, 6, 1) if is_extra else listed_on)
        unit = Unit(employer, None, self._weight(ownership) * 0.5, has_extra_congress=is_extra)
        self._register.units.append(unit)


def number_unions(register: Register, rng: Random) -> None:
    """Serial codes in the order of founding; small unions stand under a township."""
    everybody = sorted([*register.townships, *register.unions], key=lambda union: union.founded_on or START)
    for serial, union in enumerate(everybody, start=1):
        union.code = f"{register.plan.code}-{serial:04d}"
    for union in register.unions:
        if union.kind == UnionKind.JOINT:
            union.parent = next(t for t in register.townships if union.name.startswith(t.name[:-5]))
        elif union.kind == UnionKind.INDEPENDENT and rng.random() < 0.25:
            union.parent = rng.choice(register.townships)


def certificates(register: Register, rng: Random, identities: Identities) -> list[LegalPersonRegistration]:
    """Certificates of five years; the union's credit code comes with the first."""
    rows = []
    is_complete = register.plan.is_documented
    for union in [*register.townships, *register.unions]:
        if rng.random() > register.plan.rates.certificate:
            continue
        assert union.founded_on is not None
        union.credit_code = identities.credit_code("81", register.plan.code)
        earliest = date(2019, 3, 1) if is_complete else date(2018, 7, 1)
        wanted = earliest + timedelta(days=rng.randint(0, 1200))
        issued_on = max(wanted, union.founded_on + timedelta(days=1 if is_complete else 30))
        rows.append((union, issued_on))
        expires_on = issued_on + timedelta(days=CERTIFICATE_DAYS)
        if expires_on < END and rng.random() < 0.9:
            rows.append((union, expires_on))
    return [
        LegalPersonRegistration(
            union=union,
            county_id=union.county_id,
            certificate_no=f"{union.code}-{issued_on:%Y}",
            issued_on=issued_on,
            expires_on=issued_on + timedelta(days=CERTIFICATE_DAYS),
        )
        for union, issued_on in rows
    ]


def coverages(register: Register) -> list[UnitCoverage]:
    """Every unit is covered by its union since it came on the register or the union was founded."""
    return [
        UnitCoverage(
            employer=unit.employer,
            union=unit.union,
            county_id=register.plan.code,
            valid_from=max(unit.union.founded_on or START, unit.employer.listed_on),
        )
        for unit in register.covered
        if unit.union is not None
    ]


def democratic_systems(register: Register, rng: Random) -> list[DemocraticSystem]:
    """Congresses and open management of covered units; the small ones share a regional congress."""
    systems = []
    kinds = {
        DemocraticKind.CONGRESS: register.plan.rates.congress,
        DemocraticKind.DISCLOSURE: register.plan.rates.disclosure,
    }
    for unit in register.covered:
        for kind, rate in kinds.items():
            if rng.random() < _set_up_rate(unit, rate):
                systems.append(_system(unit, kind, rng, may_be_late=not register.plan.is_documented))
    extra = [unit for unit in register.units if unit.has_extra_congress]
    return systems + [_system(unit, DemocraticKind.CONGRESS, rng, may_be_late=False) for unit in extra]


def _set_up_rate(unit: Unit, rate: float) -> float:
    """Documents speak of enterprises and institutions only; elsewhere never everybody has set one up."""
    return rate if unit.employer.ownership in STATED else min(rate, 0.9)


def _system(unit: Unit, kind: DemocraticKind, rng: Random, *, may_be_late: bool) -> DemocraticSystem:
    employer = unit.employer
    founded_on = unit.union.founded_on if unit.union and unit.union.founded_on else date(2019, 1, 1)
    start = max(founded_on, employer.listed_on)
    is_late = may_be_late and start < date(2021, 6, 1) and rng.random() < 0.08
    first, days = (START, 440) if is_late else (start, 90)
    set_up_on = first + timedelta(days=rng.randint(0, days))
    return DemocraticSystem(
        employer=employer,
        union_id=employer.union_id,
        county_id=employer.county_id,
        kind=kind,
        form=SystemForm.REGIONAL if employer.ownership in SMALL else SystemForm.OWN,
        valid_from=set_up_on,
        last_session_on=max(set_up_on, date(2023, 1, 10)) if kind is DemocraticKind.CONGRESS else None,
    )
