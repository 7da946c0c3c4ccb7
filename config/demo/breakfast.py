"""The sanitation workers' breakfast: shops, enrolment and one check-in per worker and day at most."""

from datetime import date, timedelta
from random import Random
from typing import Any

from django.db import connection

from cases.models import (
    Enrolment,
    MealCheckIn,
    MealRating,
    PartnerShop,
    PauseKind,
    Programme,
    ShopContract,
    ShopInspection,
    ShopPause,
    ShopStage,
)
from config.demo.data import read
from config.demo.money import add_lines, new_programme
from config.demo.scans import load_scans
from config.demo.settlements import load_settlements
from config.demo.sharing import load_rules
from members.models import MemberGroup, MemberGroupTag
from unions.models import Union

# Shop, enrolment, worker and day of a meal.
Served = tuple[int, int, int, date]
CREW = 20
SAID = {
    5: ("热乎，够吃", "师傅热情", ""),
    4: ("包子不错，豆浆再浓一点", "", ""),
    3: ("花样少", "去晚了只剩馒头"),
    2: ("排队太久", "粥凉了"),
}


def load_breakfast(unions: dict[int, Union], rng: Random) -> int:
    """Everything of the programme; returns the number of meals."""
    row = read("projects")["早餐"]
    programme = new_programme(row | {"种类": "breakfast"}, unions[row["区划"]])
    programme.save(force_insert=True)
    add_lines(row, programme, unions[row["区划"]])
    load_rules(row, programme)
    shops = _shops(row, programme)
    enrolments = _enrolments(programme, sorted(row["门店"]))
    meals = _meals(row, programme, shops, enrolments, rng)
    load_scans(programme, next(iter(shops.values())), enrolments)
    load_settlements(row, programme)
    return meals


def _stamp(programme: Programme) -> dict[str, Any]:
    return {"programme": programme, "union_id": programme.union_id, "county_id": programme.county_id}


def _shops(row: dict[str, Any], programme: Programme) -> dict[str, list[PartnerShop]]:
    """The shops of each street or town, inspected and under contract since the start."""
    start = programme.started_on
    shops = [
        PartnerShop(
            name=f"{office}爱心早餐{number + 1}号店（演示）",
            office=office,
            stage=ShopStage.CONTRACTED,
            applied_on=start - timedelta(days=30),
            longitude=longitude,
            latitude=latitude,
            contact_post="店长",
            **_stamp(programme),
        )
        for office in row["门店"]
        for number, (longitude, latitude) in enumerate(row["坐标"][office])
    ]
    PartnerShop.objects.bulk_create(shops)
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    passed = start - timedelta(days=10)
    ShopInspection.objects.bulk_create(
        ShopInspection(shop=shop, inspected_on=passed, passed=True, findings="证照齐全，热食供应。", **place)
        for shop in shops
    )
    ShopContract.objects.bulk_create(
        ShopContract(
            shop=shop,
            valid_from=start,
            contract_no=f"城中早餐〔{start.year}〕{number + 1:02d}号",
            discount=row["每份让利"],
            **place,
        )
        for number, shop in enumerate(shops)
    )
    _pauses(shops, row["就餐"][-1]["截至"] + timedelta(days=1), place)
    return {office: [shop for shop in shops if shop.office == office] for office in row["门店"]}


def _pauses(shops: list[PartnerShop], after: date, place: dict[str, int]) -> None:
    """After the last meals: one shop has its holidays, another failed an inspection and is suspended."""
    failed = after + timedelta(days=8)
    finding = "留样不足48小时，限期整改。"
    ShopInspection.objects.create(
        shop=shops[-1], inspected_on=failed, passed=False, findings=finding, **place
    )
    ShopPause.objects.create(
        shop=shops[0],
        kind=PauseKind.PAUSE,
        valid_from=after,
        valid_to=after + timedelta(days=7),
        reason="国庆放假",
        **place,
    )
    ShopPause.objects.create(
        shop=shops[-1], kind=PauseKind.SUSPENSION, valid_from=failed, reason=finding, **place
    )


def _enrolments(programme: Programme, offices: list[str]) -> list[Enrolment]:
    """Every sanitation worker of the district, spread over streets and town; the first twenty of each form a
    crew, led by the first of them.
    """
    tags = MemberGroupTag.objects.filter(county_id=programme.county_id, group=MemberGroup.SANITATION)
    persons = list(tags.order_by("person_id").values_list("person_id", "person__employer_id"))
    enrolments = []
    for number, (person, employer) in enumerate(persons):
        place, rank = number % len(offices), number // len(offices)
        enrolments.append(
            Enrolment(
                person_id=person,
                employer_id=employer,
                office=offices[place],
                is_crew_leader=rank == 0,
                crew_leader_id=persons[place][0] if 0 < rank < CREW else None,
                valid_from=programme.started_on,
                **_stamp(programme),
            )
        )
    return Enrolment.objects.bulk_create(enrolments)


def _meals(
    row: dict[str, Any],
    programme: Programme,
    shops: dict[str, list[PartnerShop]],
    enrolments: list[Enrolment],
    rng: Random,
) -> int:
    """Draw the stated number of meals for each stretch of days out of all pairs of worker and day."""
    first: date = programme.started_on
    served: list[Served] = []
    for stretch in row["就餐"]:
        days = (stretch["截至"] - first).days + 1
        for pair in sorted(rng.sample(range(days * len(enrolments)), stretch["份数"])):
            day, number = divmod(pair, len(enrolments))
            enrolment = enrolments[number]
            shop, on = rng.choice(shops[enrolment.office]), first + timedelta(days=day)
            served.append((shop.pk, enrolment.pk, enrolment.person_id, on))
        first = stretch["截至"] + timedelta(days=1)
    _insert_meals(programme, served)
    _rate(programme, rng)
    return len(served)


def _rate(programme: Programme, rng: Random) -> None:
    """A word about every four hundredth meal."""
    meals = MealCheckIn.objects.filter(programme=programme).order_by("pk").values_list("pk", flat=True)
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    stars = (5, 5, 5, 4, 4, 3, 2)
    MealRating.objects.bulk_create(
        MealRating(meal_id=meal, stars=given, words=rng.choice(SAID[given]), **place)
        for meal in list(meals)[::400]
        if (given := rng.choice(stars))
    )


def _insert_meals(programme: Programme, served: list[Served]) -> None:
    """One statement: a hundred thousand model instances would take a third of the whole load."""
    columns = [list(column) for column in zip(*served, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {MealCheckIn._meta.db_table}"
            " (programme_id, union_id, county_id, shop_id, enrolment_id, person_id, served_on)"
            " select %s, %s, %s, * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::date[])",
            [programme.pk, programme.union_id, programme.county_id, *columns],
        )
