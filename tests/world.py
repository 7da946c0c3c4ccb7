"""The standard world of the tests: two prefectures, three counties, one account of every role.

尖扎 (632322) and 泽库 (632323) lie in 黄南 (632300); 城中 (630103) lies in 西宁 (630100). What happens in one
county must stay invisible in the others.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, Project, ShopContract, ShopStage
from core import scope
from core.actions import bootstrap
from core.checks import birth_date_of, check_digit, sex_of
from core.crypto import keyed_hash
from core.pinyin import sort_key
from funding.models import CostShare, CostShareRule, FundingLine, FundingSource, FundStage
from members.models import MemberGroupTag, Membership, Person
from unions.models import (
    Account,
    AdministrativeDivision,
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    LegalPersonRegistration,
    Union,
    UnionHeadcount,
    UnitCoverage,
)

PASSWORD = "Ceshi-mima-2023"
TREE = (
    (630000, "青海省", "province", None),
    (630100, "西宁市", "prefecture", 630000),
    (630103, "城中区", "county", 630100),
    (632300, "黄南藏族自治州", "prefecture", 630000),
    (632322, "尖扎县", "county", 632300),
    (632323, "泽库县", "county", 632300),
)
LEVELS = {"province": "provincial", "prefecture": "prefecture", "county": "county"}
ACCOUNTS = (
    (632322, "clerk"),
    (632322, "head"),
    (632323, "clerk"),
    (630103, "clerk"),
    (632300, "reviewer"),
    (630000, "reviewer"),
    (630000, "official"),
)


@cache
def _password() -> str:
    return make_password(PASSWORD)


def id_number(serial: int, born: str = "19900101") -> str:
    """A synthetic ID number of the area 630199, which was never given out."""
    first17 = f"630199{born}{serial:03d}"
    return first17 + check_digit(first17)


@dataclass
class World:
    """Rows by short names; `accounts` by user name, `unions` by code."""

    unions: dict[str, Union] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    employers: dict[str, Employer] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    lines: dict[str, FundingLine] = field(default_factory=dict)

    def account(self, name: str) -> Account:
        """The account as a new request would load it."""
        return Account.objects.get(pk=self.accounts[name].pk)


def build() -> World:
    """Write the world as one audited event."""
    world = World()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        _tree(world)
        _accounts(world)
        for county in ("632322", "632323", "630103"):
            _county(world, county)
    return world


def _tree(world: World) -> None:
    for code, name, level, parent in TREE:
        AdministrativeDivision.objects.create(code=code, name=name, level=level, parent_id=parent)
    scope.apply_everywhere()
    for code, name, level, parent in TREE:
        union = world.unions.get(str(parent))
        add_union(
            world, str(code), f"{name}总工会", union, county=code, level=LEVELS[level], kind="federation"
        )


def add_union(
    world: World, code: str, name: str, parent: Union | None, *, county: int, level: str, kind: str
) -> Union:
    """One union below another; its path is read back from the database."""
    union = Union.objects.create(
        code=code,
        name=name,
        name_sort=sort_key(name),
        parent=parent,
        parent_path=parent.path if parent else "",
        county_id=county,
        level=level,
        kind=kind,
        founded_on=date(2015, 5, 1),
    )
    union.refresh_from_db()
    world.unions[code] = union
    return union


def _accounts(world: World) -> None:
    for code, role in ACCOUNTS:
        _account(world, f"{code}.{role}", role, world.unions[str(code)])
    _account(world, "admin", "admin", world.unions["630000"])


def _account(world: World, username: str, role: str, union: Union) -> None:
    account = Account(
        username=username,
        name=f"{union.name}{role}",
        role=role,
        union=union,
        county_id=union.county_id,
        password=_password(),
    )
    account.save()
    world.accounts[username] = account


def _county(world: World, code: str) -> None:
    county = world.unions[code]
    low = add_union(
        world,
        f"{code}-0001",
        f"{county.name[:2]}示范企业01工会",
        county,
        county=int(code),
        level="grassroots",
        kind="independent",
    )
    LegalPersonRegistration.objects.create(
        **low.stamp(), certificate_no=f"81-{code}", issued_on=date(2020, 1, 1)
    )
    UnionHeadcount.objects.create(**low.stamp(), counted_on=date(2022, 1, 1), members=2)
    employer = _employer(world, code, county, low)
    for number in (1, 2):
        _person(world, code, number, low, employer)
    _breakfast(world, code, county)
    _oxygen_bar(world, code, county)


def _employer(world: World, code: str, county: Union, low: Union) -> Employer:
    name = f"{county.name[:2]}示范企业01"
    employer = Employer.objects.create(
        **county.stamp(),
        name=name,
        name_sort=sort_key(name),
        ownership="non_public",
        industry_code="C",
        listed_on=date(2015, 1, 1),
    )
    UnitCoverage.objects.create(**low.stamp(), employer=employer, valid_from=date(2015, 5, 1))
    EmployerHeadcount.objects.create(
        **county.stamp(),
        employer=employer,
        valid_from=date(2022, 1, 1),
        workers=4,
        female_workers=2,
        rural_migrants=1,
        new_employment=0,
    )
    DemocraticSystem.objects.create(
        **county.stamp(), employer=employer, kind="congress", valid_from=date(2016, 1, 1)
    )
    world.employers[code] = employer
    return employer


def _person(world: World, code: str, number: int, union: Union, employer: Employer) -> None:
    serial = int(code[-2:]) * 10 + number
    full = id_number(serial)
    name = f"示范{union.name[0]}甲乙"[: 3 + number]
    person = Person(
        **union.stamp(),
        name=name,
        name_sort=sort_key(name),
        sex=str(sex_of(full)),
        birth_date=birth_date_of(full),
        id_hash=keyed_hash(full),
        id_last4=full[-4:],
        employer=employer,
    )
    sealed: Any = Person._meta.get_field("id_number")
    sealed.seal_into(person, full)
    person.save(force_insert=True)
    Membership.objects.create(**union.stamp(), person=person, valid_from=date(2022, 3, number))
    if number == 1:
        MemberGroupTag.objects.create(
            **union.stamp(),
            person=person,
            group="sanitation",
            valid_from=date(2022, 3, 1),
            evidence="单位证明",
        )
    world.persons[f"{code}-{number}"] = person


def _breakfast(world: World, code: str, county: Union) -> None:
    programme = Programme.objects.create(
        **county.stamp(),
        kind="breakfast",
        name=f"{county.name[:2]}爱心早餐",
        name_sort=sort_key(county.name),
        started_on=date(2022, 7, 1),
        face_value=Decimal("11.00"),
    )
    shop = contracted_shop(programme, "一号店", date(2022, 7, 1))
    enrolment = Enrolment.objects.create(
        **county.stamp(),
        programme=programme,
        person=world.persons[f"{code}-1"],
        valid_from=date(2022, 7, 1),
    )
    MealCheckIn.objects.create(
        **county.stamp(), programme=programme, shop=shop, enrolment=enrolment, served_on=date(2022, 7, 4)
    )
    world.programmes[code] = programme


def contracted_shop(
    programme: Programme, name: str, valid_from: date, valid_to: date | None = None, **values: Any
) -> PartnerShop:
    """A shop that serves under one contract; call it where writing is open."""
    place: dict[str, Any] = {"union_id": programme.union_id, "county_id": programme.county_id}
    shop = PartnerShop.objects.create(
        **place, programme=programme, name=name, stage=ShopStage.CONTRACTED, **values
    )
    ShopContract.objects.create(**place, shop=shop, valid_from=valid_from, valid_to=valid_to)
    return shop


def _oxygen_bar(world: World, code: str, county: Union) -> None:
    project = Project.objects.create(
        **county.stamp(),
        kind="oxygen_bar",
        name=f"{county.name[:2]}职工氧吧",
        name_sort=sort_key(county.name),
        stage="construction",
        stated_total=Decimal("5800000.00"),
        attributes={"area_m2": "2049.68", "altitude_m": 3200},
    )
    for name, kind, amount in (
        ("省州两级工会", "superior_union", 2_500_000),
        ("援建企业", "enterprise", 1_300_000),
        ("对口援助工会", "counterpart", 200_000),
        ("县级配套", "county_match", 2_000_000),
    ):
        source = FundingSource.objects.create(**county.stamp(), name=name, kind=kind)
        world.lines[f"{code}-{kind}"] = FundingLine.objects.create(
            **county.stamp(),
            project=project,
            source=source,
            stage=FundStage.APPROVED,
            amount=Decimal(amount),
            recorded_on=date(2023, 3, 1),
        )
    world.projects[code] = project
    _cost_sharing(world, code, county)


def _cost_sharing(world: World, code: str, county: Union) -> None:
    """11 yuan a meal: the worker 1, the shop 2, the county 8."""
    rule = CostShareRule.objects.create(
        **county.stamp(),
        programme=world.programmes[code],
        face_value=Decimal("11.00"),
        valid_from=date(2022, 7, 1),
    )
    public = FundingSource.objects.get(county_id=county.county_id, kind="county_match")
    for position, (payer, source, amount) in enumerate(
        (("worker", None, 1), ("merchant", None, 2), ("source", public, 8)), 1
    ):
        CostShare.objects.create(
            **county.stamp(), rule=rule, position=position, payer=payer, source=source, amount=Decimal(amount)
        )
