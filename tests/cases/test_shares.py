"""Take-up and reach by shop, office and week add up to the programme's own."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.breakfast import totals
from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, ShopPause
from cases.shares import Breakdown
from core.actions import bootstrap
from tests.world import World, contracted_shop

UNTIL = date(2023, 2, 8)
START = date(2022, 12, 1)


@pytest.fixture
def busy(world: World) -> Programme:
    """尖扎's breakfast: two shops of which one pauses, two offices, meals drawn at random."""
    programme, union, random = world.programmes["632322"], world.unions["632322"], Random(5)
    with bootstrap("test.meals", lambda: world.accounts["admin"]):
        first = PartnerShop.objects.get(programme=programme)
        first.contracts.update(valid_to=date(2023, 1, 20))
        place: dict[str, Any] = {"longitude": "102.0310", "latitude": "35.9380"}
        second = contracted_shop(programme, "二号店", date(2023, 1, 10), office="马克唐镇", **place)
        ShopPause.objects.create(
            **union.stamp(),
            shop=second,
            kind="pause",
            valid_from=date(2023, 1, 18),
            valid_to=date(2023, 1, 25),
        )
        Enrolment.objects.create(
            **union.stamp(),
            programme=programme,
            person=world.persons["632322-2"],
            office="马克唐镇",
            valid_from=date(2023, 1, 3),
            valid_to=date(2023, 2, 1),
        )
        for enrolment in Enrolment.objects.filter(programme=programme):
            days = [START + timedelta(days=n) for n in range((UNTIL - START).days + 1)]
            held = [d for d in days if enrolment.valid_from <= d and (enrolment.valid_to or UNTIL) >= d]
            MealCheckIn.objects.bulk_create(
                MealCheckIn(
                    **union.stamp(),
                    programme=programme,
                    shop=random.choice([first, second]),
                    enrolment=enrolment,
                    served_on=day,
                )
                for day in random.sample(held, 12)
            )
    return programme


def _serving(day: date) -> bool:
    first = day < date(2023, 1, 20)
    second = day >= date(2023, 1, 10) and not date(2023, 1, 18) <= day < date(2023, 1, 25)
    return first or second


def _worker_days(first: date, last: date, office: str | None = None) -> int:
    """Counted one by one."""
    return sum(
        _serving(day)
        and row.valid_from <= day
        and (row.valid_to is None or day < row.valid_to)
        and office in (None, row.office)
        for row in Enrolment.objects.filter(programme__name__startswith="尖扎")
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
    )


@pytest.fixture
def parts(world: World, busy: Programme) -> Breakdown:
    return Breakdown(busy, UNTIL, world.account("632322.clerk"))


def test_offices_are_the_whole_and_each_counts_its_own(parts: Breakdown) -> None:
    whole, shares = totals(parts), parts.by_office()
    assert [share.label for share in shares] == ["未写街道（镇）", "马克唐镇"]
    assert sum(share.meals for share in shares) == whole.meals
    assert [share.meal_days for share in shares] == [
        _worker_days(date(2022, 7, 1), UNTIL, ""),
        _worker_days(date(2022, 7, 1), UNTIL, "马克唐镇"),
    ]
    assert sum(share.meal_days for share in shares) == whole.meal_days
    assert [(share.reached, share.enrolled) for share in shares] == [(1, 1), (1, 1)]


def test_the_shops_parts_of_the_take_up_add_up(parts: Breakdown) -> None:
    whole = totals(parts)
    shares = [share for _, share in parts.by_shop(whole.meal_days, whole.ever_enrolled)]
    assert sum(share.meals for share in shares) == whole.meals
    assert sum(share.take_up or 0 for share in shares) == pytest.approx(whole.take_up)
    assert {share.enrolled for share in shares} == {2}


def test_weeks_count_serving_days_and_who_was_enrolled(parts: Breakdown) -> None:
    shares = parts.by_week(date(2022, 12, 31), UNTIL)
    assert [share.label for share in shares] == ["2022年第52周", *(f"2023年第{n}周" for n in range(1, 7))]
    for number, share in enumerate(shares):
        monday = date(2022, 12, 26) + timedelta(weeks=number)
        sunday = min(monday + timedelta(days=6), UNTIL)
        assert share.meal_days == _worker_days(monday, sunday), share
        meals = MealCheckIn.objects.filter(served_on__range=(monday, sunday))
        assert share.meals == meals.filter(programme=parts.programme).count()
    assert [share.enrolled for share in shares] == [1, 2, 2, 2, 2, 2, 1]


def test_without_a_serving_day_there_is_no_rate(world: World, parts: Breakdown) -> None:
    assert parts.by_week(date(2022, 6, 6), date(2022, 6, 7))[0].take_up is None


def test_the_page_opens_each_part_and_draws_the_shops(world: World, busy: Programme) -> None:
    client = Client()
    client.force_login(world.account("632322.clerk"))
    page = client.get(f"/programmes/{busy.pk}/?until={UNTIL}").content.decode()
    for chart in ("take-up-by-week", "take-up-by-office", "meals-by-shop", "shops-on-map"):
        assert f'id="{chart}"' in page
    assert "[102.031, 35.938]" in page and "1 家没有坐标" in page and "2023年第6周" in page
    rows: Any = client.get(f"/meals/?programme={busy.pk}&office=马克唐镇").content.decode()
    assert '<b class="num">12</b>' in rows
    rows = client.get(f"/meals/?programme={busy.pk}&office=-&first=2022-12-01").content.decode()
    assert '<b class="num">12</b>' in rows


def test_the_page_asks_as_often_for_many_shops(world: World, busy: Programme) -> None:
    client = Client()
    client.force_login(world.account("632322.clerk"))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/programmes/{busy.pk}/?until={UNTIL}").status_code == 200
        return len(queries)

    asked()
    few = asked()
    with bootstrap("test.shops", lambda: world.accounts["admin"]):
        for number in range(30):
            contracted_shop(busy, f"新店{number}", date(2023, 1, 1))
    assert asked() == few


def test_a_meal_is_rated_once_and_counts_for_its_shop(
    world: World, busy: Programme, parts: Breakdown
) -> None:
    client = Client()
    client.force_login(world.account("632322.clerk"))
    shop = PartnerShop.objects.get(name="二号店")
    first, second = MealCheckIn.objects.filter(shop=shop).order_by("pk")[:2]
    page = f"/meals/{first.pk}/rate/"
    assert client.post(page, {"stars": "6"}).status_code == 422
    assert client.post(page, {"stars": "5", "words": " 热乎 "}).status_code == 302
    answer: Any = client.post(page, {"stars": "1"})
    assert answer.status_code == 422 and "已经评价过了" in answer.content.decode()
    assert client.post(f"/meals/{second.pk}/rate/", {"stars": "2"}).status_code == 302
    assert parts.ratings() == {shop.pk: (3.5, 2)}
    shown = client.get(f"/shops/{shop.pk}/").content.decode()
    assert "3.5 分（2 次评价）" in shown and "热乎" in shown
    assert first.enrolment.person.name not in shown


def test_a_shop_that_is_archived_afterwards_changes_no_figure(world: World, busy: Programme) -> None:
    by = world.account("632322.clerk")
    before = totals(Breakdown(busy, UNTIL, by))
    shop = PartnerShop.objects.get(programme=busy, name="一号店")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        PartnerShop.objects.filter(pk=shop.pk).update(archived_at=timezone.now())
    parts = Breakdown(busy, UNTIL, by)
    assert totals(parts) == before
    shares = [share for _, share in parts.by_shop(before.meal_days, before.ever_enrolled)]
    assert sum(share.meals for share in shares) == before.meals


def test_a_shop_served_until_the_day_it_was_archived(world: World, busy: Programme) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        archived_at = datetime(2023, 1, 12, 8, tzinfo=UTC)
        PartnerShop.objects.filter(programme=busy, name="二号店").update(archived_at=archived_at)
    spans = Breakdown(busy, UNTIL, world.account("632322.clerk")).contracts
    assert (date(2023, 1, 10), date(2023, 1, 13)) in [(first, end) for _, first, end in spans]


def test_a_shops_figure_opens_its_own_meals_alone(world: World, busy: Programme, client: Client) -> None:
    by = world.account("632322.clerk")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        PartnerShop.objects.filter(programme=busy, name="二号店").update(name="一号店二部")
    whole = totals(parts := Breakdown(busy, UNTIL, by))
    client.force_login(by)
    for shop, share in parts.by_shop(whole.meal_days, whole.ever_enrolled):
        opened = client.get(share.url).context["count"]
        assert opened == f"{share.meals}", shop
