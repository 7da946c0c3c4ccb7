"""Phones in two shops of the breakfast, and a few scans of September that somebody should look at.

No meal is added: those that were drawn get their minute and their phone, so every count stays what it was.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from cases.checkin.scan import masked
from cases.models import (
    CheckInDevice,
    Enrolment,
    MealCard,
    MealChannel,
    MealCheckIn,
    PartnerShop,
    Programme,
    RejectedScan,
    RejectionReason,
)
from core.rights import Role
from unions.models import Account

FIRST, LAST = date(2023, 9, 1), date(2023, 9, 30)
OPENS, OVER, MINUTE = time(6, 35), time(9, 50), timedelta(minutes=1)
FIRST_CARD = 6301030001
# One day for each of the things that should be noticed.
SHARED_ON, RAPID_ON, LOST_ON = date(2023, 9, 12), date(2023, 9, 14), date(2023, 9, 19)
TWO_SHOPS_ON, OFF_HOURS_ON = date(2023, 9, 21), date(2023, 9, 26)
SHARED, LOST, LATE = 4, 3, 3
BROWSER = "演示"
# Every meal of the month at the phone's shop becomes a card scanned there, a hundred seconds after the one before.
TIMED = """
update cases_mealcheckin m set channel = 'shop_scan', device_id = %(device)s, served_at = g.at
from (
  select id, (served_on + %(opens)s::time) at time zone 'Asia/Shanghai'
    + row_number() over (partition by served_on order by id) * interval '100 seconds' as at
  from cases_mealcheckin where shop_id = %(shop)s and served_on between %(first)s and %(last)s) g
where m.id = g.id"""
NUMBERED = """
update cases_mealcheckin m set device_seq = g.seq
from (
  select id, row_number() over (order by served_at) + case when served_on < %(lost)s then 0 else %(missing)s end as seq
  from cases_mealcheckin where device_id = %(device)s and channel = 'shop_scan') g
where m.id = g.id"""


def load_scans(programme: Programme, shops: list[PartnerShop], enrolments: list[Enrolment]) -> None:
    """`shops` are those of one street; the first two of them have a phone."""
    place = {"union_id": programme.union_id, "county_id": programme.county_id}
    MealCard.objects.bulk_create(
        MealCard(**place, programme=programme, person_id=spell.person_id, card_no=str(FIRST_CARD + number))
        for number, spell in enumerate(enrolments)
    )
    _crowd(shops)
    first, second = (_phone(shop, place) for shop in shops[:2])
    for device in (first, second):
        _write(TIMED, device)
    _share_a_phone(first)
    _hurry(first)
    _write(NUMBERED, first)
    _write(NUMBERED, second, missing=LOST)
    _refuse(first, second)


def _crowd(shops: list[PartnerShop]) -> None:
    """On the street's busiest day everybody comes to its first shop."""
    meals = MealCheckIn.objects.filter(shop__in=shops, served_on__range=(FIRST, LAST))
    days = list(meals.values_list("served_on", flat=True))
    meals.filter(served_on=max(sorted(set(days)), key=days.count)).update(shop=shops[0])


def _phone(shop: PartnerShop, place: dict[str, int]) -> CheckInDevice:
    account = Account(username=f"shop-{shop.pk}", name=shop.name, role=Role.SHOP, **place)
    account.set_unusable_password()
    account.save(force_insert=True)
    return CheckInDevice.objects.create(
        **place, shop=shop, account=account, label="收银台（演示）", paired_at=_at(FIRST, time(6))
    )


def _write(statement: str, device: CheckInDevice, missing: int = 0) -> None:
    days: dict[str, Any] = {"opens": OPENS, "first": FIRST, "last": LAST, "lost": LOST_ON, "missing": missing}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"device": device.pk, "shop": device.shop_id, **days})


def _meals(device: CheckInDevice, day: date) -> QuerySet[MealCheckIn]:
    return MealCheckIn.objects.filter(device=device, served_on=day).order_by("served_at")


def _share_a_phone(device: CheckInDevice) -> None:
    """One worker's phone taps for several."""
    shared = list(_meals(device, SHARED_ON).values_list("pk", flat=True)[:SHARED])
    MealCheckIn.objects.filter(pk__in=shared).update(channel=MealChannel.WORKER_SCAN, browser=BROWSER)


def _hurry(device: CheckInDevice) -> None:
    """Two cards two seconds after each other."""
    before, after = _meals(device, RAPID_ON)[:2]
    assert before.served_at is not None
    MealCheckIn.objects.filter(pk=after.pk).update(served_at=before.served_at + timedelta(seconds=2))


def _refuse(first: CheckInDevice, second: CheckInDevice) -> None:
    """A worker who ate next door six minutes ago, and some who come when breakfast is over."""
    eaten = _meals(first, TWO_SHOPS_ON).select_related("shop", "enrolment__person")[0]
    assert eaten.served_at is not None
    words = f"{TWO_SHOPS_ON} {eaten.served_time} 已在“{eaten.shop}”就餐，一天只能一份。"
    soon = eaten.served_at + timedelta(minutes=6)
    refused = [_refusal(second, eaten.enrolment, soon, RejectionReason.DUPLICATE, words)]
    eating = MealCheckIn.objects.filter(programme=eaten.programme_id, served_on=OFF_HOURS_ON)
    absent = Enrolment.objects.filter(programme=eaten.programme_id, office=first.shop.office)
    absent = absent.exclude(person__in=eating.values("person")).select_related("person").order_by("pk")
    over = "供餐时间是 06:30 至 09:30，现在不能就餐。"
    refused += [
        _refusal(second, spell, _at(OFF_HOURS_ON, OVER) + number * MINUTE, RejectionReason.NOT_SERVED, over)
        for number, spell in enumerate(absent[:LATE])
    ]
    RejectedScan.objects.bulk_create(refused)


def _refusal(
    device: CheckInDevice, spell: Enrolment, at: datetime, reason: RejectionReason, sentence: str
) -> RejectedScan:
    return RejectedScan(
        union_id=device.union_id,
        county_id=device.county_id,
        shop_id=device.shop_id,
        device=device,
        enrolment=spell,
        worker=masked(spell.person.name),
        channel=MealChannel.WORKER_SCAN,
        reason=reason,
        sentence=sentence,
        scanned_at=at,
        received_at=at,
    )


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
