"""What holds up meals of a month, and what a shop's own statement does to it."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, ShopContract, WorkerPhone
from core import scope
from core.actions import Refused, bootstrap
from core.crypto import keyed_hash
from funding import actions
from funding.models import (
    Settlement,
    ShopStatement,
)
from members.models import Person
from tests.funding.months import (
    CLERK,
    draft,
    numbers,
    served,
    standing,
    state,
)
from tests.world import World, id_number

__all__ = ["served", "standing"]


def _at(hour: int, minute: int = 0, day: int = 3, second: int = 0) -> datetime:
    """An instant of January in local time."""
    local = datetime.combine(date(2023, 1, day), time(hour, minute, second), UTC)
    return local - timedelta(hours=8)


@pytest.fixture
def hours(served: World) -> World:
    """Served from 06:30 to 09:30."""
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        programme = served.programmes["632322"]
        programme.attributes = {"serves_from": "06:30", "serves_until": "09:30"}
        programme.save()
    scope.apply_everywhere()
    return served


def _reasons(settlement: Settlement) -> dict[str, int]:
    found: dict[str, int] = {}
    for exception in settlement.exceptions.all():
        found[exception.reason] = found.get(exception.reason, 0) + 1
    return found


def test_meals_outside_hours_or_by_people_who_left_or_in_a_closed_shop_are_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        first = MealCheckIn.objects.filter(shop__name="一号店", served_on__month=1).order_by("served_on")
        first.filter(served_on=date(2023, 1, 3)).update(served_at=_at(10))
        first.filter(served_on=date(2023, 1, 4)).update(served_at=_at(9, 30, 4))
        Enrolment.objects.filter(person=hours.persons["632322-2"]).update(valid_to=date(2023, 1, 9))
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=date(2023, 1, 20))
    scope.apply_everywhere()
    settlement = draft(hours)
    assert _reasons(settlement) == {"outside_hours": 1, "left_post": 2, "closed_shop": 1}
    assert "10:00 打卡，供餐时间 06:30 至 09:30" in settlement.exceptions.get(reason="outside_hours").detail
    assert [line[1:4] for line in numbers(settlement)] == [(20, 2, 18), (10, 2, 8)]


def test_meals_under_an_earlier_spell_are_in_order_where_a_later_one_covers_the_day(served: World) -> None:
    """Ten meals of a worker who left on the 4th and came back on the 8th; another programme's spell counts nothing."""
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        programme, person = served.programmes["632322"], served.persons["632322-2"]
        Enrolment.objects.filter(person=person).update(valid_to=date(2023, 1, 4))
        own = {"union_id": programme.union_id, "county_id": programme.county_id, "person": person}
        Enrolment.objects.create(**own, programme=programme, valid_from=date(2023, 1, 8))
        other = Programme.objects.create(
            union_id=programme.union_id,
            county_id=programme.county_id,
            kind=programme.kind,
            name="另一个项目",
            started_on=date(2022, 7, 1),
        )
        Enrolment.objects.create(**own, programme=other, valid_from=date(2022, 7, 1))
    scope.apply_everywhere()
    found = draft(served).exceptions.order_by("meal__served_on")
    assert list(found.values_list("reason", "meal__served_on__day")) == [
        ("left_post", day) for day in (4, 5, 6, 7)
    ]


def test_meals_before_opening_and_after_closing_are_listed_by_the_hours_of_their_shop(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=hours.programmes["632322"], name="一号店")
        PartnerShop.objects.filter(pk=shop.pk).update(serves_from=time(7), serves_until=time(8))
        own = MealCheckIn.objects.filter(shop=shop, served_on__month=1)
        for day, moment in (
            (3, _at(6, 59, 3, 59)),
            (4, _at(7, 0, 4)),
            (5, _at(8, 0, 5, 59)),
            (6, _at(8, 1, 6)),
        ):
            own.filter(served_on=date(2023, 1, day)).update(served_at=moment)
    scope.apply_everywhere()
    found = draft(hours).exceptions.order_by("meal__served_on")
    assert [(x.reason, x.detail) for x in found] == [
        ("outside_hours", "01-03 06:59 打卡，供餐时间 07:00 至 08:00"),
        ("outside_hours", "01-06 08:01 打卡，供餐时间 07:00 至 08:00"),
    ]


def _person(place: dict[str, int], number: int) -> Person:
    full = id_number(600 + Person.objects.count() % 300)
    person = Person(
        **place,
        name=f"工人{number}",
        name_sort="gongren",
        sex="1",
        birth_date=date(1990, 1, 1),
        id_hash=keyed_hash(full),
        id_last4=full[-4:],
    )
    sealed: Any = Person._meta.get_field("id_number")
    sealed.seal_into(person, full)
    person.save(force_insert=True)
    return person


def _proxied(world: World, shop: PartnerShop, moments: list[datetime]) -> None:
    """Workers of their own, booked by one leader."""
    programme = world.programmes["632322"]
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    leader = world.persons["632322-1"]
    for number, moment in enumerate(moments):
        person = _person(place, number)
        enrolment = Enrolment.objects.create(
            **place, programme=programme, person=person, valid_from=date(2022, 7, 1)
        )
        MealCheckIn.objects.create(
            **place,
            programme=programme,
            shop=shop,
            enrolment=enrolment,
            served_on=(moment + timedelta(hours=8)).date(),
            served_at=moment,
            channel="proxy",
            proxy_by=leader,
        )


def test_one_leader_who_books_too_many_is_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=hours.programmes["632322"], name="一号店")
        _proxied(hours, shop, [_at(7, minute) for minute in range(20)])
    scope.apply_everywhere()
    settlement = draft(hours)
    assert _reasons(settlement) == {"proxy_share": 20}
    assert "代登 20 份，占 40 份的 50.0%" in settlement.exceptions.earliest("pk").detail


def test_a_phone_that_confirms_for_several_workers_on_one_day_is_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=hours.programmes["632322"], name="一号店")
        for number, (day, phone) in enumerate(
            [(3, "many"), (3, "many"), (3, "many"), (4, "many"), (3, "two"), (3, "two")]
        ):
            _confirmed(hours, shop, number, _at(7, number, day), phone)
    scope.apply_everywhere()
    found = draft(hours).exceptions.filter(reason="same_phone").order_by("meal__served_at")
    assert [x.meal.served_at for x in found if x.meal] == [_at(7, number) for number in range(3)]
    assert {x.detail for x in found} == {"同一部手机当天为 3 人打卡"}


def test_two_workers_are_two_on_a_phone_that_another_county_knows_too(hours: World) -> None:
    elsewhere = hours.unions["632323"].stamp()
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shop = PartnerShop.objects.get(programme=hours.programmes["632322"], name="一号店")
        for number in range(2):
            _confirmed(hours, shop, number, _at(7, number), "two")
        for phone in list(WorkerPhone.objects.filter(browser="two")):
            WorkerPhone.objects.create(**elsewhere, browser="two", person_id=phone.person_id)
    programme = hours.programmes["632322"]
    settlement = actions.draft_month(by=hours.account("admin"), programme=programme, month=date(2023, 1, 1))
    scope.apply_everywhere()
    assert not settlement.exceptions.filter(reason="same_phone").exists()


def _confirmed(world: World, shop: PartnerShop, number: int, moment: datetime, phone: str) -> None:
    """A worker of his own, confirmed on a phone."""
    programme = world.programmes["632322"]
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    enrolment = Enrolment.objects.create(
        **place, programme=programme, person=_person(place, number), valid_from=date(2022, 7, 1)
    )
    MealCheckIn.objects.create(
        **place,
        programme=programme,
        shop=shop,
        enrolment=enrolment,
        served_on=(moment + timedelta(hours=8)).date(),
        served_at=moment,
        channel="worker_scan",
        browser=phone,
    )


def test_two_shops_within_minutes_and_bursts_are_listed(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        shops = PartnerShop.objects.filter(programme=hours.programmes["632322"]).order_by("name")
        _proxied(hours, shops[0], [_at(7), _at(8)])
        _proxied(hours, shops[1], [_at(7, 5), _at(8, 30)])
        _proxied(hours, shops[1], [_at(7, 0, 5, second) for second in range(6)])
    scope.apply_everywhere()
    settlement = draft(hours)
    assert _reasons(settlement) == {"two_shops": 1, "burst": 6}
    assert "5 分钟前" in settlement.exceptions.get(reason="two_shops").detail


def test_decisions_stay_when_the_month_is_drafted_again(hours: World) -> None:
    by = hours.account(CLERK)
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=date(2023, 1, 18))
    scope.apply_everywhere()
    settlement = draft(hours)
    first, *others = settlement.exceptions.order_by("pk")
    actions.decide_exception(by=by, row=first, decision="disputed", words="停业")
    actions.decide_exceptions(by=by, row=settlement, decision="accepted", words="已续签", kind="closed_shop")
    assert numbers(settlement)[0][1:4] == (20, 1, 19)
    settlement = draft(hours)
    assert numbers(settlement)[0][1:4] == (20, 1, 19)
    assert settlement.exceptions.filter(decision="accepted").count() == len(others) == 2


def test_open_doubts_that_were_mended_go(hours: World) -> None:
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=date(2023, 1, 18))
    scope.apply_everywhere()
    assert draft(hours).exceptions.count() == 3
    with bootstrap("demo.load", lambda: hours.accounts["admin"]):
        ShopContract.objects.filter(shop__name="一号店").update(valid_to=None)
    scope.apply_everywhere()
    assert draft(hours).exceptions.count() == 0


def test_the_lower_statement_holds_until_the_check_ins_are_accepted(served: World) -> None:
    by, settlement = served.account(CLERK), draft(served)
    state(served, 17)
    line = settlement.lines.get(shop__name="一号店")
    assert (line.meals_stated, line.meals_withheld, line.payable) == (17, 3, Decimal("136.00"))
    doubt = settlement.exceptions.get()
    assert doubt.detail == "打卡 20 份，门店报 17 份，相差 3 份"
    actions.decide_exception(by=by, row=doubt, decision="accepted", words="门店漏记")
    line.refresh_from_db()
    assert (line.meals_withheld, line.payable) == (0, Decimal("160.00"))
    actions.decide_exception(by=by, row=doubt, decision="disputed", words="按报数")
    line.refresh_from_db()
    assert (line.meals_withheld, line.payable) == (3, Decimal("136.00"))
    statement = ShopStatement.objects.get()
    actions.change_statement(by=by, row=statement, meals=20)
    line.refresh_from_db()
    assert (line.meals_withheld, settlement.exceptions.count()) == (0, 0)


def test_a_higher_statement_pays_no_more_than_was_checked_in(served: World) -> None:
    settlement = draft(served)
    state(served, 25)
    line = settlement.lines.get(shop__name="一号店")
    assert (line.meals_valid, line.payable) == (20, Decimal("160.00"))
    with pytest.raises(Refused, match="1 个疑点没有处理"):
        actions.check_month(by=served.account(CLERK), row=settlement, without_statements=True)
