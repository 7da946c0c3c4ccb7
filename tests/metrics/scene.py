"""A small random scene on top of the standard world, and a recount of it without SQL."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from cases.models import Enrolment, MealCheckIn, ShopPause
from core import scope
from core.actions import bootstrap
from core.crypto import keyed_hash
from core.quarters import Quarter
from funding.models import FundingLine, FundingSource, SourceMember, SubsidyEntry, SubsidyGrant
from members.models import NEW_EMPLOYMENT_GROUPS, MemberGroup, MemberGroupTag, Membership, Person
from tests.world import World, add_union, contracted_shop, id_number
from unions.models import (
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    LegalPersonRegistration,
    Ownership,
    Union,
    UnionHeadcount,
    UnitCoverage,
)

COUNTIES = ("632322", "632323", "630103")
FIRST, LAST = date(2022, 1, 1), date(2023, 9, 30)


def fill(world: World, seed: int) -> None:
    """Random employers, members, enrolments, meals and lines in every county and in one prefecture union."""
    random = Random(seed)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for code in COUNTIES:
            lows = [_low(world, code, number, random) for number in range(2, 5)]
            _employers(world, code, lows, random)
            _members(world, code, lows, random)
            _breakfast(world, code, random)
            _money(world, code, random)
        direct = add_union(
            world,
            "632300-0001",
            "州直机关工会",
            world.unions["632300"],
            county=632300,
            level="grassroots",
            kind="joint",
        )
        UnionHeadcount.objects.create(**direct.stamp(), counted_on=date(2022, 2, 1), members=7)


def _day(random: Random) -> date:
    return FIRST + timedelta(days=random.randrange((LAST - FIRST).days))


def _spell(random: Random) -> dict[str, Any]:
    start = _day(random)
    end = start + timedelta(days=random.randrange(1, 500)) if random.random() < 0.4 else None
    return {"valid_from": start, "valid_to": end}


def _low(world: World, code: str, number: int, random: Random) -> Union:
    union = add_union(
        world,
        f"{code}-{number:04d}",
        f"{code}第{number}工会",
        world.unions[code],
        county=int(code),
        level="grassroots",
        kind=random.choice(["independent", "joint"]),
    )
    issued = _day(random)
    LegalPersonRegistration.objects.create(
        **union.stamp(),
        certificate_no=f"{code}{number}",
        issued_on=issued,
        expires_on=issued + timedelta(days=random.randrange(50, 700)),
    )
    for day in sorted({_day(random), _day(random)}):
        UnionHeadcount.objects.create(**union.stamp(), counted_on=day, members=random.randrange(50))
    return union


def _employers(world: World, code: str, lows: list[Union], random: Random) -> None:
    county = world.unions[code]
    for number in range(12):
        listed = _day(random)
        employer = Employer.objects.create(
            **county.stamp(),
            name=f"{code}单位{number}",
            ownership=random.choice(Ownership.values),
            industry_code=random.choice("ABC"),
            is_legal_entity=random.random() < 0.8,
            listed_on=listed,
            closed_on=listed + timedelta(days=random.randrange(400)) if random.random() < 0.3 else None,
        )
        for low in random.sample(lows, random.randrange(3)):
            UnitCoverage.objects.create(**low.stamp(), employer=employer, **_spell(random))
        if random.random() < 0.8:
            _headcount(county, employer, random)
        for kind in ("congress", "disclosure"):
            if random.random() < 0.5:
                DemocraticSystem.objects.create(
                    **county.stamp(), employer=employer, kind=kind, **_spell(random)
                )


def _headcount(county: Union, employer: Employer, random: Random) -> None:
    workers = random.randrange(40)
    EmployerHeadcount.objects.create(
        **county.stamp(),
        employer=employer,
        workers=workers,
        female_workers=random.choice([None, workers // 2]),
        rural_migrants=random.choice([None, workers // 3]),
        new_employment=random.choice([None, workers // 4]),
        **_spell(random),
    )


def _members(world: World, code: str, lows: list[Union], random: Random) -> None:
    for number in range(25):
        low = random.choice(lows)
        full = id_number(300 + number, f"19{int(code[-2:]) + 10}0101")
        verified = timezone.make_aware(datetime.combine(_day(random), time(12)))
        person = Person.objects.create(
            **low.stamp(),
            name=f"示范{number}",
            sex=random.choice("12"),
            birth_date=date(1990, 1, 1),
            id_hash=keyed_hash(full),
            id_last4=full[-4:],
            verified_at=random.choice([None, verified]),
        )
        spell = _spell(random)
        Membership.objects.create(
            **low.stamp(),
            person=person,
            state=random.choice(["active", "active", "retained"]),
            ended_by="6" if spell["valid_to"] else "",
            **spell,
        )
        for group in random.sample(MemberGroup.values, random.randrange(4)):
            MemberGroupTag.objects.create(
                **low.stamp(), person=person, group=group, evidence="本人申报", **_spell(random)
            )
        world.persons[f"{code}-random-{number}"] = person


def _breakfast(world: World, code: str, random: Random) -> None:
    programme, county = world.programmes[code], world.unions[code]
    shop = programme.shops.get()
    shop.contracts.update(valid_to=date(2023, 2, 10))
    contracted_shop(programme, "二号店", date(2023, 2, 20))
    ShopPause.objects.create(
        **county.stamp(), shop=shop, kind="pause", valid_from=date(2023, 1, 21), valid_to=date(2023, 1, 28)
    )
    for number in range(8):
        enrolment = Enrolment.objects.create(
            **county.stamp(),
            programme=programme,
            person=world.persons[f"{code}-random-{number}"],
            office=random.choice(["", "东街道", "西街道"]),
            **_spell(random),
        )
        days = {_day(random) for _ in range(random.randrange(30))}
        MealCheckIn.objects.bulk_create(
            MealCheckIn(**county.stamp(), programme=programme, shop=shop, enrolment=enrolment, served_on=day)
            for day in days
        )


def _money(world: World, code: str, random: Random) -> None:
    county, project = world.unions[code], world.projects[code]
    sources = list(FundingSource.objects.filter(union=county))
    for _ in range(10):
        FundingLine.objects.create(
            **county.stamp(),
            project=project,
            source=random.choice(sources),
            stage=random.choice(["intended", "applied", "approved", "received", "spent"]),
            amount=Decimal(random.randrange(1, 9) * 1000),
            recorded_on=_day(random),
        )
    random = Random(int(code))  # leaves what follows in the scene as it was
    for year in (2022, 2023):
        grant = SubsidyGrant.objects.create(
            **county.stamp(), year=year, tier="national", amount=300_000, granted_on=date(year, 2, 1)
        )
        for stage, least in (("received", 9), ("received", 9), ("spent", 1)):
            SubsidyEntry.objects.create(
                **county.stamp(),
                grant=grant,
                stage=stage,
                amount=random.randrange(least, least + 7) * 10_000,
                occurred_on=_day(random),
                purpose="培训",
            )


def give_jointly(world: World) -> None:
    """Joint sources: of payers that grant, of others among them, of one who has left, of nobody registered."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for code in COUNTIES:
            _joint_money(world, code)


def _joint_money(world: World, code: str) -> None:
    county = world.unions[code].stamp()
    by_kind = {source.kind: source for source in FundingSource.objects.filter(union=world.unions[code])}
    treasury = FundingSource.objects.create(**county, name=f"{code}财政局", kind="treasury")
    union, other = by_kind["superior_union"], by_kind["enterprise"]
    left = {"archived_at": datetime(2022, 1, 1, tzinfo=UTC)}
    for number, (kind, payers) in enumerate(
        (
            ("mixed", ((treasury, {}), (union, {}))),
            ("mixed", ((treasury, {}), (other, {}))),
            ("superior_union", ((union, {}), (other, {}))),
            ("mixed", ((treasury, {}), (other, left))),
            ("mixed", ()),
        )
    ):
        joint = FundingSource.objects.create(**county, name=f"共同{number}", kind=kind)
        for member, state in payers:
            SourceMember.objects.create(**county, joint=joint, member=member, **state)
        for month, (stage, amount) in enumerate((("approved", 7_000), ("received", 3_000)), 2):
            FundingLine.objects.create(
                **county,
                project=world.projects[code],
                source=joint,
                stage=stage,
                amount=Decimal(amount + number),
                recorded_on=date(2022, month, 1),
            )


ARCHIVED = (
    Employer,
    EmployerHeadcount,
    UnitCoverage,
    DemocraticSystem,
    Person,
    Membership,
    MemberGroupTag,
    LegalPersonRegistration,
    UnionHeadcount,
    Enrolment,
    FundingLine,
    SubsidyGrant,
    SubsidyEntry,
)
# Of a subsidy that stands, what was spent: what came may not go while it is spent.
ONLY: dict[Any, dict[str, Any]] = {SubsidyEntry: {"stage": "spent", "grant__archived_at": None}}


def archive_some(world: World, seed: int) -> None:
    """Put some rows away: they count in the quarters that were over by then."""
    random = Random(seed)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        scope.apply_everywhere()
        for model in ARCHIVED:
            rows: Any = model._default_manager
            for pk in rows.filter(**ONLY.get(model, {})).values_list("pk", flat=True):
                if random.random() < 0.15:
                    day = datetime.combine(_day(random), time(12))
                    rows.filter(pk=pk).update(archived_at=timezone.make_aware(day))


# --- the recount


def kept(row: Any, day: date) -> bool:
    """Whether a row had not been archived when the day was over."""
    return row.archived_at is None or timezone.localtime(row.archived_at).date() > day


def _grants(source: FundingSource) -> bool:
    """Whether a superior union or a treasury pays, alone or with others like it."""
    payers = source.joint_members.filter(archived_at=None).values_list("member__kind", flat=True)
    return set(payers or [source.kind]) <= {"superior_union", "treasury"}


def covers(row: Any, day: date) -> bool:
    """Whether a dated row speaks of the day."""
    return bool(row.valid_from <= day and (row.valid_to is None or row.valid_to > day))


def in_force(row: Any, day: date) -> bool:
    """The counting rule for what stands at a quarter's end."""
    return covers(row, day) and kept(row, day)


def known_sum(values: Iterable[int | None]) -> int | None:
    """A sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


class Recount:
    """Both halves of the indicators of one county, counted row by row in Python."""

    def __init__(self, county_id: int, quarter: Quarter) -> None:
        self.county_id, self.quarter, self.end = county_id, quarter, quarter.end
        self.employers = [
            one
            for one in Employer.objects.filter(county_id=county_id)
            if one.listed_on <= self.end and (one.closed_on is None or one.closed_on > self.end)
            if kept(one, self.end)
        ]
        self.covered = {
            one.employer_id
            for one in UnitCoverage.objects.filter(county_id=county_id)
            if in_force(one, self.end)
        }
        self.headcounts = {
            one.employer_id: one
            for one in EmployerHeadcount.objects.filter(county_id=county_id)
            if in_force(one, self.end)
        }
        self.members = [
            one.person
            for one in Membership.objects.filter(county_id=county_id, state="active").select_related("person")
            if in_force(one, self.end) and kept(one.person, self.end)
        ]
        enrolled = Enrolment.objects.filter(county_id=county_id).select_related("programme")
        self.enrolments = [one for one in enrolled if kept(one, self.end)]

    def expected(self) -> Iterator[tuple[str, str, int | None, int | None]]:
        """(indicator, group, numerator, denominator)."""
        should = [one for one in self.employers if one.is_legal_entity and self._workers(one) != 0]
        private = [one for one in should if one.ownership == "non_public"]
        yield "I01", "", len(self._with_union(should)), len(should)
        yield "I02", "", len(self._with_union(private)), len(private)
        with_union = self._with_union(self.employers)
        yield "I03", "", len(self.members), self._count(with_union, "workers")
        yield "I04", "", self._tagged({"rural_migrant"}), self._count(self.employers, "rural_migrants")
        yield (
            "I05",
            "",
            self._tagged(set(NEW_EMPLOYMENT_GROUPS)),
            self._count(self.employers, "new_employment"),
        )
        women = [one for one in self.members if one.sex == "2"]
        yield "I06", "", len(women), self._count(with_union, "female_workers")
        yield "I08", "", self._verified(), self._reported()
        yield (
            "I11",
            "",
            self._registered(),
            Union.objects.filter(county_id=self.county_id, level="grassroots").count(),
        )
        for group in ("", *Ownership.values):
            of_group = [one for one in self.employers if group in ("", one.ownership)]
            for code, kind in (("I16", "congress"), ("I17", "disclosure")):
                halves = len(self._with_system(of_group, kind)), len(self._with_union(of_group))
                yield code, group, *halves
        yield "I36", "", self._meals(), sum(map(self._serving_days, self.enrolments))
        yield "I39", "", *self._subsidies()
        yield "I39", "projects", self._granted("received"), self._granted("approved")

    def _with_union(self, employers: list[Employer]) -> list[Employer]:
        return [one for one in employers if one.pk in self.covered]

    def _workers(self, employer: Employer) -> int | None:
        headcount = self.headcounts.get(employer.pk)
        return headcount.workers if headcount else None

    def _count(self, employers: list[Employer], column: str) -> int | None:
        return known_sum(
            getattr(self.headcounts[one.pk], column) for one in employers if one.pk in self.headcounts
        )

    def _with_system(self, employers: list[Employer], kind: str) -> list[Employer]:
        systems = DemocraticSystem.objects.filter(kind=kind)
        having = {one.employer_id for one in systems if in_force(one, self.end)}
        return [one for one in employers if one.pk in having]

    def _tagged(self, groups: set[str]) -> int:
        return sum(
            any(tag.group in groups and in_force(tag, self.end) for tag in one.tags.all())
            for one in self.members
        )

    def _verified(self) -> int:
        return sum(
            one.verified_at is not None and timezone.localtime(one.verified_at).date() <= self.end
            for one in self.members
        )

    def _reported(self) -> int | None:
        latest: dict[int, int] = {}
        for one in UnionHeadcount.objects.filter(county_id=self.county_id).order_by("counted_on"):
            if one.counted_on <= self.end and kept(one, self.end):
                latest[one.union_id] = one.members
        return known_sum(latest.values())

    def _registered(self) -> int:
        return len(
            {
                one.union_id
                for one in LegalPersonRegistration.objects.filter(county_id=self.county_id)
                if one.issued_on <= self.end and (one.expires_on is None or one.expires_on >= self.end)
                if kept(one, self.end)
            }
        )

    def _meals(self) -> int:
        served = (self.quarter.start, self.end)
        return MealCheckIn.objects.filter(enrolment__in=self.enrolments, served_on__range=served).count()

    def _serving_days(self, enrolment: Enrolment) -> int:
        shops = [
            (list(shop.contracts.all()), list(shop.pauses.all())) for shop in enrolment.programme.shops.all()
        ]
        days = (
            (self.quarter.start + timedelta(days=n)) for n in range((self.end - self.quarter.start).days + 1)
        )
        return sum(
            day >= enrolment.programme.started_on
            and covers(enrolment, day)
            and any(
                any(covers(contract, day) for contract in contracts)
                and not any(covers(pause, day) for pause in pauses)
                for contracts, pauses in shops
            )
            for day in days
        )

    def _subsidies(self) -> tuple[int, int]:
        """What came of the year's grants, and what was granted, by the quarter's end."""
        grants = [
            one
            for one in SubsidyGrant.objects.filter(county_id=self.county_id, year=self.end.year)
            if one.granted_on <= self.end and kept(one, self.end)
        ]
        entries = [entry for one in grants for entry in one.entries.all() if kept(entry, self.end)]
        came = [one for one in entries if one.stage == "received" and one.occurred_on <= self.end]
        return int(sum(one.amount for one in came)), int(sum(one.amount for one in grants))

    def _granted(self, stage: str) -> int:
        found = FundingLine.objects.filter(county_id=self.county_id, stage=stage).select_related("source")
        lines = [line for line in found if _grants(line.source)]
        return int(
            sum(line.amount for line in lines if line.recorded_on <= self.end and kept(line, self.end))
        )
