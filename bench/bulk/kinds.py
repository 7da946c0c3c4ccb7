"""What comes in bulk: how its table looks, and how its rows are written without the portal's import."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from bench import loading
from bench.checkin.programme import BEGUN, COUNTY, member_number
from cases.models import Enrolment, MealCheckIn, PartnerShop
from core import scope
from core.actions import bootstrap
from core.checks.credit import credit_check_character, organisation_check_character
from core.crypto import hasher, keyed_hash
from core.imports.console import account
from core.pinyin import sort_key
from unions.models import Employer, EmployerHeadcount, Ownership, Union

WORKERS = 2_000
COUNTED = date(2023, 1, 1)
Row = Sequence[str]


@dataclass(frozen=True)
class Kind:
    """One kind of rows; `fill` and `save` write them for the union given."""

    resource: str
    clerk: str
    header: Row
    row: Callable[[int], Row]
    fill: Callable[[Sequence[Row], Union], None]
    save: Callable[[Row, Union], None]


@contextmanager
def written(kind: Kind) -> Iterator[Union]:
    """The county's union, inside one audited event with every county open."""
    clerk = account(kind.clerk)
    with bootstrap("bench.write", lambda: clerk):
        scope.apply_everywhere()
        yield Union.objects.get(county_id=COUNTY, level="county")


def _credit_code(number: int) -> str:
    organisation = f"{number:08d}"
    first17 = f"91630199{organisation}{organisation_check_character(organisation)}"
    return first17 + credit_check_character(first17)


def _employer(number: int) -> Row:
    listed = date(2010, 1, 1) + timedelta(days=number % 3_000)
    workers = str(number % 490 + 10)
    name, label = f"试验企业{number:07d}号", Ownership.NON_PUBLIC.label
    return name, _credit_code(number), label, listed.isoformat(), workers, COUNTED.isoformat()


def _fill_employers(rows: Sequence[Row], union: Union) -> None:
    place = (1, union.pk, union.county_id)
    names = ("id", "version", "union_id", "county_id", "name", "name_sort", "credit_code", "ownership")
    employers = (
        (number, *place, row[0], sort_key(row[0]), row[1], Ownership.NON_PUBLIC.value, row[3])
        for number, row in enumerate(rows, start=1)
    )
    loading.fill(Employer, (*names, "listed_on"), employers)
    counts = ((*place, number, row[4], row[5]) for number, row in enumerate(rows, start=1))
    counted = ("version", "union_id", "county_id", "employer_id", "workers", "valid_from")
    loading.fill(EmployerHeadcount, counted, counts)


def _save_employer(row: Row, union: Union) -> None:
    name, code, _, listed, workers, counted = row
    if Employer.objects.filter(credit_code=code).exists():
        raise ValueError(f"{code} is registered")
    ownership, sort = Ownership.NON_PUBLIC, sort_key(name)
    employer = Employer(
        **union.stamp(), name=name, name_sort=sort, credit_code=code, ownership=ownership, listed_on=listed
    )
    employer.full_clean()
    employer.save()
    count = EmployerHeadcount(**union.stamp(), employer=employer, workers=workers, valid_from=counted)
    count.full_clean()
    count.save()


def _meal(number: int) -> Row:
    worker, day = number % WORKERS, BEGUN + timedelta(days=number // WORKERS)
    return member_number(worker), "一号店", day.isoformat()


def _fill_meals(rows: Sequence[Row], union: Union) -> None:
    shop = PartnerShop.objects.get()
    found = Enrolment.objects.values_list("person__id_hash", "pk", "person")
    enrolments = {bytes(digest): numbers for digest, *numbers in found}
    place = (union.pk, union.county_id, shop.programme_id, shop.pk, "imported")
    digest = hasher()
    meals = ((*place, *enrolments[digest(row[0])], row[2]) for row in rows)
    place_names = ("union_id", "county_id", "programme_id", "shop_id", "channel")
    names = (*place_names, "enrolment_id", "person_id", "served_on")
    loading.fill(MealCheckIn, names, meals)


def _save_meal(row: Row, union: Union) -> None:
    shop = PartnerShop.objects.select_related("programme").get(name=row[1])
    enrolment = Enrolment.objects.get(programme=shop.programme, person__id_hash=keyed_hash(row[0]))
    meal = MealCheckIn(
        **union.stamp(),
        programme=shop.programme,
        shop=shop,
        enrolment=enrolment,
        served_on=row[2],
        channel="imported",
    )
    meal.full_clean()
    meal.save()


CLERK = f"{COUNTY}.clerk"
KINDS = {
    "employers": Kind(
        "employers",
        CLERK,
        ("单位名称", "统一社会信用代码", "单位性质", "列入名录日期", "职工数（人）", "职工数统计日期"),
        _employer,
        _fill_employers,
        _save_employer,
    ),
    "meals": Kind("meals", CLERK, ("身份证号", "门店", "就餐日期"), _meal, _fill_meals, _save_meal),
}
