"""The sanitation workers' breakfast: shops, enrolment and one check-in per worker and day at most."""

from datetime import date, timedelta
from random import Random
from typing import Any

from django.db import connection

from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, ShopContract, ShopStage
from config.demo.data import read
from config.demo.money import add_lines, new_programme
from config.demo.sharing import load_rules
from members.models import MemberGroup, MemberGroupTag
from unions.models import Union


def load_breakfast(unions: dict[int, Union], rng: Random) -> int:
    """Everything of the programme; returns the number of meals."""
    row = read("projects")["早餐"]
    programme = new_programme(row | {"种类": "breakfast"}, unions[row["区划"]])
    programme.save(force_insert=True)
    add_lines(row, programme, unions[row["区划"]])
    load_rules(row, programme)
    shops = _shops(row, programme)
    enrolments = _enrolments(programme, sorted(row["门店"]))
    return _meals(row, programme, shops, enrolments, rng)


def _stamp(programme: Programme) -> dict[str, Any]:
    return {"programme": programme, "union_id": programme.union_id, "county_id": programme.county_id}


def _shops(row: dict[str, Any], programme: Programme) -> dict[str, list[PartnerShop]]:
    """The shops of each street or town, under contract since the start."""
    shops = [
        PartnerShop(
            name=f"{office}爱心早餐{number + 1}号店（演示）",
            office=office,
            stage=ShopStage.CONTRACTED,
            **_stamp(programme),
        )
        for office, count in row["门店"].items()
        for number in range(count)
    ]
    PartnerShop.objects.bulk_create(shops)
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    ShopContract.objects.bulk_create(
        ShopContract(shop=shop, valid_from=programme.started_on, **place) for shop in shops
    )
    return {office: [shop for shop in shops if shop.office == office] for office in row["门店"]}


def _enrolments(programme: Programme, offices: list[str]) -> list[Enrolment]:
    """Every sanitation worker of the district, spread over streets and town."""
    tags = MemberGroupTag.objects.filter(county_id=programme.county_id, group=MemberGroup.SANITATION)
    persons = tags.order_by("person_id").values_list("person_id", flat=True)
    enrolments = [
        Enrolment(
            person_id=person,
            office=offices[number % len(offices)],
            valid_from=programme.started_on,
            **_stamp(programme),
        )
        for number, person in enumerate(persons)
    ]
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
    served: list[tuple[int, int, date]] = []
    for stretch in row["就餐"]:
        days = (stretch["截至"] - first).days + 1
        for pair in sorted(rng.sample(range(days * len(enrolments)), stretch["份数"])):
            day, number = divmod(pair, len(enrolments))
            enrolment = enrolments[number]
            served.append((rng.choice(shops[enrolment.office]).pk, enrolment.pk, first + timedelta(days=day)))
        first = stretch["截至"] + timedelta(days=1)
    _insert_meals(programme, served)
    return len(served)


def _insert_meals(programme: Programme, served: list[tuple[int, int, date]]) -> None:
    """One statement: a hundred thousand model instances would take a third of the whole load."""
    columns = [list(column) for column in zip(*served, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {MealCheckIn._meta.db_table}"
            " (programme_id, union_id, county_id, shop_id, enrolment_id, served_on)"
            " select %s, %s, %s, * from unnest(%s::bigint[], %s::bigint[], %s::date[])",
            [programme.pk, programme.union_id, programme.county_id, *columns],
        )
