"""People of one county: persons, membership spells, group tags; and the head-counts that they are part of."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from config.demo.registers import END, START, Register, Unit
from config.demo.synthetic import Identities
from core.crypto import keyed_hash
from core.pinyin import sort_key
from members.models import (
    ChangeReason,
    Education,
    EmploymentState,
    HouseholdKind,
    MemberGroup,
    MemberGroupTag,
    Membership,
    MembershipChange,
    MembershipState,
    Person,
    PoliticalStatus,
    Sex,
    SkillGrade,
)
from unions.models import EmployerHeadcount, Ownership, Union, UnionHeadcount

SEALED = Person._meta.get_field("id_number")
REAL_NAME_START = date(2018, 3, 1)
SECOND_COUNT = date(2023, 4, 1)
QUARTER_ENDS = (
    date(2022, 9, 30),
    date(2022, 12, 31),
    date(2023, 3, 31),
    date(2023, 6, 30),
    date(2023, 9, 30),
)
RURAL_SHARE = {Ownership.NON_PUBLIC: 0.42, Ownership.OTHER: 0.7, Ownership.PUBLIC: 0.2}
FEMALE_SHARE = {"P": 0.62, "Q": 0.66, "N": 0.6, "H": 0.6, "E": 0.15, "B": 0.12, "G": 0.12}
NEW_GROUPS = (
    MemberGroup.COURIER,
    MemberGroup.COURIER,
    MemberGroup.DELIVERY_RIDER,
    MemberGroup.TRUCK_DRIVER,
    MemberGroup.RIDE_HAILING,
)
EVIDENCE = {
    MemberGroup.RURAL_MIGRANT: "演示：户口簿（农业户口）和劳动合同",
    MemberGroup.SANITATION: "演示：环卫岗位花名册",
    MemberGroup.DISPATCHED: "演示：劳务派遣合同",
    MemberGroup.HARDSHIP: "演示：困难职工档案",
}


@dataclass
class People:
    """Rows of one county still without keys."""

    persons: list[Person] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    tags: list[MemberGroupTag] = field(default_factory=list)
    headcounts: list[EmployerHeadcount] = field(default_factory=list)
    reports: list[UnionHeadcount] = field(default_factory=list)


class PeopleMaker:
    """Draws the workforce of one county's register."""

    def __init__(self, register: Register, rng: Random, identities: Identities) -> None:
        self._register, self._rng, self._identities = register, rng, identities
        self._people = People()

    def make(self) -> People:
        """Members of every covered unit, then the counts that contain them."""
        self._share_out()
        for unit in self._register.units:
            first = len(self._people.persons)
            for _ in range(unit.members if unit.union else 0):
                self._add_member(unit)
            self._count_workers(unit, self._people.persons[first:])
        self._report_members()
        return self._people

    def _share_out(self) -> None:
        """Divide the county's members among units by weight, except where the number is stated."""
        free = [unit for unit in self._register.covered if not unit.members]
        whole = sum(unit.weight for unit in free)
        for unit in free:
            unit.members = max(3, round(self._register.plan.members * unit.weight / whole))

    # --- persons
    def _add_member(self, unit: Unit) -> None:
        person = self._person(unit)
        self._people.persons.append(person)
        joined_on = self._joined_on(unit, person)
        person.verified_at = self._verified_at(joined_on)
        self._add_spells(unit, person, joined_on)
        for group in self._groups(unit, person):
            self._people.tags.append(self._tag(person, group, joined_on))

    def _person(self, unit: Unit) -> Person:
        rng, union = self._rng, unit.union
        assert union is not None
        is_male = rng.random() >= FEMALE_SHARE.get(unit.employer.industry_code, 0.4)
        born = self._identities.birth_date()
        number = self._identities.id_number(born, is_male)
        name, nation = self._identities.name_and_nation(self._register.plan.code, is_male)
        person = Person(
            uuid=UUID(int=rng.getrandbits(128), version=4),
            name=name,
            name_sort=sort_key(name),
            sex=Sex.MALE if is_male else Sex.FEMALE,
            birth_date=born,
            id_hash=keyed_hash(number),
            id_last4=number[-4:],
            nation=nation,
            employer=unit.employer,
            union=union,
            county_id=self._register.plan.code,
            **self._traits(unit),
        )
        SEALED.seal_into(person, number)
        return person

    def _traits(self, unit: Unit) -> dict[str, str]:
        rng = self._rng
        is_office = unit.employer.ownership in (Ownership.ADMINISTRATION, Ownership.INSTITUTION)
        is_rural = rng.random() < RURAL_SHARE.get(Ownership(unit.employer.ownership), 0.04)
        if is_office and not unit.group:
            education = rng.choice((Education.BACHELOR, Education.BACHELOR, Education.COLLEGE))
        else:
            education = rng.choice((Education.JUNIOR_HIGH, Education.HIGH_SCHOOL, Education.COLLEGE))
        return {
            "education": education,
            "political_status": rng.choice((PoliticalStatus.MASSES,) * 4 + (PoliticalStatus.PARTY_MEMBER,)),
            "skill_grade": "" if is_office else rng.choice(("", "", *SkillGrade.values[2:])),
            "household_kind": HouseholdKind.RURAL if is_rural else HouseholdKind.URBAN,
        }

    def _joined_on(self, unit: Unit, person: Person) -> date:
        """Most joined before the quarters shown; the others come quarter by quarter."""
        assert unit.union is not None
        founded_on = unit.union.founded_on or START
        adult_on = person.birth_date.replace(year=person.birth_date.year + 18)
        earliest = max(founded_on, unit.employer.listed_on, adult_on)
        is_stated = self._register.plan.is_documented and founded_on >= START
        is_old = unit.group == "sanitation" or is_stated
        if earliest < START and (is_old or self._rng.random() < 0.93):
            return self._day(earliest, START - timedelta(days=1))
        if is_old:
            return self._day(earliest, QUARTER_ENDS[0])
        if earliest.year == 2022 and unit.group == "new" and unit.members and earliest > START:
            return self._day(earliest, date(2023, 2, 20))
        return self._day(max(earliest, START), END)

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self._rng.randint(0, max((last - first).days, 0)))

    def _verified_at(self, joined_on: date) -> datetime | None:
        """When the real-name record was checked: soon after joining, and not for everybody."""
        if self._rng.random() < 0.035:
            return None
        day = max(joined_on, REAL_NAME_START) + timedelta(days=self._rng.randint(0, 45))
        return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)

    # --- spells and tags
    def _add_spells(self, unit: Unit, person: Person, joined_on: date) -> None:
        """One spell; a few left or retired within the quarters shown."""
        spell = self._spell(person, joined_on)
        self._people.memberships.append(spell)
        chance = self._rng.random()
        if unit.group or unit.members < 8 or joined_on >= START or chance > 0.03:
            return
        spell.valid_to = self._day(date(2022, 8, 1), date(2023, 9, 15))
        if chance < 0.012:
            spell.ended_by = MembershipChange.RETAIN
            spell.ended_reason = ChangeReason.UNEMPLOYED
            person.employment_state = EmploymentState.UNEMPLOYED
            self._people.memberships.append(self._retained(person, spell.valid_to))
        else:
            spell.ended_by = self._rng.choice((MembershipChange.LEAVE, MembershipChange.TRANSFER_OUT))
            spell.ended_reason = ChangeReason.EMPLOYMENT_CHANGED

    def _spell(self, person: Person, valid_from: date) -> Membership:
        return Membership(
            person=person, union=person.union, county_id=person.county_id, valid_from=valid_from
        )

    def _retained(self, person: Person, valid_from: date) -> Membership:
        spell = self._spell(person, valid_from)
        spell.state = MembershipState.RETAINED
        spell.began_by = MembershipChange.RETAIN
        spell.began_reason = ChangeReason.UNEMPLOYED
        return spell

    def _groups(self, unit: Unit, person: Person) -> list[MemberGroup]:
        rng, groups = self._rng, []
        if person.household_kind == HouseholdKind.RURAL:
            groups.append(MemberGroup.RURAL_MIGRANT)
        if unit.group == "new":
            groups.append(rng.choice(NEW_GROUPS))
        elif unit.group == "sanitation":
            groups.append(MemberGroup.SANITATION)
        elif unit.employer.ownership == Ownership.PUBLIC and rng.random() < 0.06:
            groups.append(MemberGroup.DISPATCHED)
        if rng.random() < 0.008:
            groups.append(MemberGroup.HARDSHIP)
        return groups

    def _tag(self, person: Person, group: MemberGroup, joined_on: date) -> MemberGroupTag:
        return MemberGroupTag(
            person=person,
            union=person.union,
            county_id=person.county_id,
            group=group,
            valid_from=joined_on,
            evidence=EVIDENCE.get(group, "演示：本人申报和平台接单记录"),
        )

    # --- counts
    def _count_workers(self, unit: Unit, members: list[Person]) -> None:
        """Workers of a unit before and after spring 2023, never fewer than its members of any group."""
        others = self._others(unit, len(members))
        parts = self._parts(unit, members)
        first = self._headcount(unit, len(members), others, parts)
        first.valid_to = SECOND_COUNT
        growth = round(others * self._rng.uniform(0.05, 0.5))
        second = self._headcount(unit, len(members), others + growth, parts)
        second.valid_from = SECOND_COUNT
        if unit.employer.listed_on < SECOND_COUNT:
            self._people.headcounts.append(first)
        else:
            second.valid_from = unit.employer.listed_on
        self._people.headcounts.append(second)

    def _others(self, unit: Unit, members: int) -> int:
        """Workers who are not members: from the county's density, or all of an uncovered unit."""
        if unit.union is None:
            return max(2, round(14 * unit.weight))
        wanted = min(max(self._rng.gauss(self._register.plan.rates.density, 0.04), 0.75), 0.99)
        return round(members / wanted) - members

    def _parts(self, unit: Unit, members: list[Person]) -> Counter[str]:
        parts = Counter(
            female_workers=sum(person.sex == Sex.FEMALE for person in members),
            rural_migrants=sum(person.household_kind == HouseholdKind.RURAL for person in members),
        )
        if unit.group == "new":
            parts["new_employment"] = len(members)
        return parts

    def _headcount(self, unit: Unit, members: int, others: int, parts: Counter[str]) -> EmployerHeadcount:
        return EmployerHeadcount(
            employer=unit.employer,
            union_id=unit.employer.union_id,
            county_id=unit.employer.county_id,
            valid_from=unit.employer.listed_on,
            workers=members + others,
            female_workers=parts["female_workers"] + round(others * 0.4),
            rural_migrants=parts["rural_migrants"] + self._rural_others(unit, others),
            new_employment=parts["new_employment"] + others if unit.group == "new" else 0,
            source="演示：用人单位申报",
        )

    def _rural_others(self, unit: Unit, others: int) -> int:
        share = RURAL_SHARE.get(Ownership(unit.employer.ownership), 0.04)
        return round(others * min(share * 1.8, 1))

    def _report_members(self) -> None:
        """Members as each union reports them at quarter ends: those in force and a few not yet entered."""
        ends: dict[int, Counter[date]] = {}
        unions: dict[int, Union] = {}
        for spell in self._people.memberships:
            if spell.state == MembershipState.ACTIVE:
                unions[id(spell.union)] = spell.union
                ends.setdefault(id(spell.union), Counter()).update(_held_at(spell))
        for key, counts in ends.items():
            surplus = self._rng.choice((0, 0, 0, 1, 1, 2))
            self._people.reports += [self._report(unions[key], day, counts[day] + surplus) for day in counts]

    def _report(self, union: Union, day: date, members: int) -> UnionHeadcount:
        later = [end for end in QUARTER_ENDS if end > day]
        return UnionHeadcount(
            union=union,
            county_id=union.county_id,
            counted_on=day,
            until=later[0] if later else None,
            members=members,
        )


def _held_at(spell: Membership) -> list[date]:
    """The quarter ends at which a spell stands."""
    until = spell.valid_to or date.max
    return [day for day in QUARTER_ENDS if spell.valid_from <= day < until]
