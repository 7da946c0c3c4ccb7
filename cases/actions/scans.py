"""Check-ins: a scan becomes the worker's one meal of the day, or is kept with the reason why it is none.

Nothing here asks first whether the worker has eaten: the insert goes against `meal_once_a_day`, and what loses
there is compared with the meal that stands. Of several scans the earliest wins, ties by phone and number, so
the meals are the same in whatever order queues arrive, in whatever programmes of the county the shops are.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from cases.actions.basis import Bases, Basis, basis_of
from cases.actions.shared import place_of
from cases.checkin.entries import Entry, Verdict, cards_of, judge, name_of
from cases.checkin.scan import Outcome, Received, Scan, hour, served_sentence, worker_of
from cases.models import (
    CheckInDevice,
    Enrolment,
    MealCard,
    MealChannel,
    MealCheckIn,
    PartnerShop,
    RejectedScan,
    RejectionReason,
)
from cases.serving import month_is_closed, standing_on, why_not_served
from core import scope
from core.actions import action
from core.rights import Right
from unions.models import Account

AT_THE_COUNTER = timedelta(minutes=1)
# The spell is read again and held while the meal is written: nobody ends it in between.
INSERT = """
insert into cases_mealcheckin (union_id, county_id, programme_id, shop_id, enrolment_id, person_id, served_on,
                               served_at, channel, proxy_by_id, device_id, device_seq, browser)
select union_id, county_id, programme_id, %(shop)s, id, person_id, %(day)s, %(at)s, %(channel)s, %(proxy_by)s,
       %(device)s, %(seq)s, %(browser)s
from cases_enrolment
where id = %(enrolment)s and valid_from <= %(day)s and (valid_to is null or valid_to > %(day)s)
for share
on conflict do nothing
returning id
"""


@action("cases.check_in", label="扫码就餐", right=Right.CHECK_IN, is_tap=True)
def check_in(*, by: Account, device: CheckInDevice, scan: Scan, basis: Basis | None = None) -> Outcome:
    """The worker's own scan, or one that the shop made while it was connected.

    Who has read a moment ago what decides about it hands it over.
    """
    return record(device.shop, scan, basis or basis_of(device.shop, scan))


def record_tap(
    *, by: Account, county: int, shop: PartnerShop, enrolment: int, device: int, at: datetime, browser: str
) -> int | None:
    """The action `cases.check_in` of a usual tap as one statement: the meal with its audit event.

    None, and nothing is written, where the worker has a meal of the day already or the spell has ended.
    """
    if not by.can(Right.CHECK_IN):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select cases_record_tap(%s, %s, %s, %s, %s, %s, %s, %s)",
            [county, by.pk, shop.pk, enrolment, device, timezone.localdate(at), at, browser],
        )
        meal: int | None = cursor.fetchone()[0]
    return meal


@action("cases.check_in_crew", label="班组长代登记", right=Right.CHECK_IN, is_tap=True)
def check_in_crew(
    *, by: Account, device: CheckInDevice, leader: MealCard, members: list[int], at: datetime
) -> list[Outcome]:
    """Meals for those of the leader's crew who are named; others are passed over."""
    spells = crew_of(leader, timezone.localdate(at)).filter(person__in=members).select_related("person")
    standing = standing_on(device.shop, timezone.localdate(at))
    return [
        record(
            device.shop,
            Scan(spell.person_id, at, MealChannel.PROXY, device.pk, proxy_by_id=leader.person_id),
            Basis(spell, standing),
        )
        for spell in spells.order_by("person")
    ]


@action("cases.sync_scans", label="门店手机传打卡", right=Right.CHECK_IN, target="row", is_tap=True)
def sync_scans(
    *, by: Account, row: CheckInDevice, entries: list[Entry], now: datetime, drift: timedelta
) -> list[Received]:
    """What a phone queued, each entry exactly once however often it is sent; the phone waits for itself.

    Workers are taken in one order, so that two phones never wait for each other.
    """
    shop, known = row.shop, _known(row, entries)
    cards, workers = cards_of(entries, shop.programme_id)
    bases, received = Bases(shop, workers, entries), {}
    for entry in sorted(entries, key=lambda entry: (_person(cards, entry), entry.seq)):
        if entry.seq in known:
            received[entry.seq] = _again(entry, known[entry.seq])
        else:
            verdict = judge(entry, row, cards, now, drift)
            received[entry.seq] = Received(entry.seq, _settle(row, entry, verdict, bases, now))
    return [received[entry.seq] for entry in entries]


def _person(cards: dict[str, MealCard], entry: Entry) -> int:
    card = cards.get(name_of(entry.code))
    return card.person_id if card else 0


def _settle(device: CheckInDevice, entry: Entry, verdict: Verdict, bases: Bases, now: datetime) -> Outcome:
    shop, scan = device.shop, Scan(verdict.person_id, entry.at, verdict.channel, device.pk, entry.seq)
    basis = bases.of(scan)
    if verdict.reason is None and _is_over_the_limit(shop, scan, now):
        limit = "本店今天扫卡的份数已到上限。请职工用手机扫码，或由班组长代登记。"
        return reject(shop, scan, basis.spell, RejectionReason.CARD_SHARE, limit)
    if verdict.reason is None:
        return record(shop, scan, basis)
    if not verdict.is_signed:
        scan = replace(scan, seq=None)  # no entry of this phone: the number stays free for the real one
    return reject(shop, scan, basis.spell, verdict.reason, verdict.sentence)


def _is_over_the_limit(shop: PartnerShop, scan: Scan, now: datetime) -> bool:
    """Whether the shop has served as many by printed card today as the programme allows.

    Asked only at the counter: what was queued is judged by itself, and its share is for the settlement.
    """
    limit = shop.programme.attributes.get("card_limit")
    if not limit or scan.channel != MealChannel.SHOP_SCAN or now - scan.at > AT_THE_COUNTER:
        return False
    meals = MealCheckIn.objects.filter(shop=shop, served_on=scan.day, channel=MealChannel.SHOP_SCAN)
    return meals.count() >= int(limit)


def _known(device: CheckInDevice, entries: list[Entry]) -> dict[int, Outcome]:
    """The entries that were received before."""
    numbers = [entry.seq for entry in entries]
    # The worker is fetched beside the meal, not joined: one who has gone out of sight would take it along.
    meals = MealCheckIn.objects.filter(device=device, device_seq__in=numbers)
    meals = meals.select_related("enrolment", "shop").prefetch_related("enrolment__person")
    rejected = RejectedScan.objects.filter(device=device, seq__in=numbers)
    known = {
        meal.device_seq: Outcome(
            worker_of(meal.enrolment), meal.served_at, served_sentence(meal.shop, meal.served_at)
        )
        for meal in meals
        if meal.device_seq is not None and meal.served_at is not None
    }
    return known | {
        row.seq: Outcome(row.worker, row.scanned_at, row.sentence, RejectionReason(row.reason))
        for row in rejected
        if row.seq is not None
    }


def _again(entry: Entry, outcome: Outcome) -> Received:
    """Received before; a number that meant something else then is to be given anew."""
    return Received(entry.seq, outcome if outcome.at == entry.at else None)


@action("cases.refuse_scan", label="打卡未成功", right=Right.CHECK_IN, is_tap=True)
def refuse_scan(
    *,
    by: Account,
    shop: PartnerShop,
    card: MealCard,
    cause: RejectionReason,
    sentence: str,
    browser: str = "",
) -> Outcome:
    """A worker we know came with a code that proves nothing; no phone of the shop stands behind it."""
    scan = Scan(card.person_id, timezone.now(), MealChannel.WORKER_SCAN, None, browser=browser)
    return reject(shop, scan, basis_of(shop, scan).spell, cause, sentence)


def crew_of(leader: MealCard, day: date) -> Any:
    """Enrolments of the day that name the leader."""
    return Enrolment.objects.on(day).filter(programme=leader.programme_id, crew_leader=leader.person_id)


def record(shop: PartnerShop, scan: Scan, basis: Basis) -> Outcome:
    """The scan as a meal, or kept as rejected."""
    enrolment, standing = basis.spell, basis.standing
    if enrolment is None:
        return reject(shop, scan, None, RejectionReason.NOT_ENROLLED, _not_enrolled(shop, scan))
    if standing is not None and standing.is_settled and not _is_recorded(shop, scan, enrolment):
        return reject(shop, scan, enrolment, RejectionReason.CLOSED_MONTH, _closed_month(scan))
    closed = why_not_served(shop, scan.at, standing)
    if closed:
        return reject(shop, scan, enrolment, RejectionReason.NOT_SERVED, closed)
    if _insert(shop, scan, enrolment):
        return _served(shop, scan, enrolment)
    return _against_the_meal(shop, scan, enrolment)


def _insert(shop: PartnerShop, scan: Scan, enrolment: Enrolment) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "shop": shop.pk,
                "day": scan.day,
                "at": scan.at,
                "channel": scan.channel,
                "proxy_by": scan.proxy_by_id,
                "device": scan.device_id,
                "seq": scan.seq,
                "browser": scan.browser,
                "enrolment": enrolment.pk,
            },
        )
        return cursor.fetchone() is not None


def _is_recorded(shop: PartnerShop, scan: Scan, enrolment: Enrolment) -> bool:
    """Whether this very scan is a meal already, sent once more."""
    meals = MealCheckIn.objects.filter(
        person=scan.person_id, enrolment=enrolment, served_on=scan.day, shop=shop
    )
    return meals.filter(served_at=scan.at, device=scan.device_id, device_seq=scan.seq).exists()


def _against_the_meal(shop: PartnerShop, scan: Scan, enrolment: Enrolment) -> Outcome:
    """The worker has a meal that day already: this very scan, an earlier one, or a later one that gives way."""
    meal = _meal_of(scan)
    if meal is None:
        return reject(shop, scan, enrolment, *_unseen(shop, scan))
    meal.enrolment.person = enrolment.person  # the same worker, in sight or not
    stands = _scan_of(meal)
    if stands is not None and stands.rank == scan.rank and meal.shop_id == shop.pk:
        return _served(shop, scan, enrolment)
    gives_way = not meal.month_is_closed and meal.county_id == shop.county_id
    if stands is None or stands.rank <= scan.rank or not gives_way:
        return reject(shop, scan, enrolment, RejectionReason.DUPLICATE, _already(meal))
    _replace(meal, shop, scan, enrolment)
    overtaken = f"当天 {hour(scan.at)} 已在“{shop}”就餐。"
    reject(meal.shop, stands, meal.enrolment, RejectionReason.DUPLICATE, overtaken)
    return _served(shop, scan, enrolment)


def _meal_of(scan: Scan) -> Any:
    """The worker's meal of the day, held, which knows whether its month is closed; None where none is seen."""
    meals = MealCheckIn.objects.select_for_update(of=("self",)).select_related("shop", "enrolment")
    return (
        meals.filter(person=scan.person_id, served_on=scan.day)
        .annotate(month_is_closed=month_is_closed(scan.day))
        .first()
    )


def _unseen(shop: PartnerShop, scan: Scan) -> tuple[RejectionReason, str]:
    """Why the meal was not written though none is seen; of another county's meal only that there is one."""
    with scope.everywhere():
        has_eaten = MealCheckIn.objects.filter(person=scan.person_id, served_on=scan.day).exists()
    if has_eaten:
        return RejectionReason.DUPLICATE, f"{scan.day} 已在别的项目就餐，一天只能一份。"
    return RejectionReason.NOT_ENROLLED, _not_enrolled(shop, scan)  # the enrolment ended a moment ago


def _scan_of(meal: MealCheckIn) -> Scan | None:
    """The scan a meal came from; None for what the union registered, which no scan replaces."""
    if meal.device_id is None or meal.served_at is None:
        return None
    return Scan(
        meal.enrolment.person_id,
        meal.served_at,
        meal.channel,
        meal.device_id,
        meal.device_seq,
        meal.proxy_by_id,
        meal.browser,
    )


def _replace(meal: MealCheckIn, shop: PartnerShop, scan: Scan, enrolment: Enrolment) -> None:
    """The earlier scan takes the meal over; the history keeps what stood there."""
    MealCheckIn.objects.filter(pk=meal.pk).update(
        union=enrolment.union_id,
        programme=enrolment.programme_id,
        enrolment=enrolment,
        shop=shop,
        served_at=scan.at,
        channel=scan.channel,
        proxy_by=scan.proxy_by_id,
        device=scan.device_id,
        device_seq=scan.seq,
        browser=scan.browser,
    )


def reject(
    shop: PartnerShop, scan: Scan, enrolment: Enrolment | None, reason: RejectionReason, sentence: str
) -> Outcome:
    """Keep the scan with its reason."""
    worker = worker_of(enrolment) if enrolment else ""
    RejectedScan.objects.create(
        **place_of(shop),
        shop=shop,
        device_id=scan.device_id,
        seq=scan.seq,
        enrolment=enrolment,
        worker=worker,
        channel=scan.channel,
        reason=reason,
        sentence=sentence,
        scanned_at=scan.at,
        browser=scan.browser,
    )
    leads = enrolment is not None and enrolment.is_crew_leader
    return Outcome(worker, scan.at, sentence, reason, leads)


def _served(shop: PartnerShop, scan: Scan, enrolment: Enrolment) -> Outcome:
    worker = worker_of(enrolment)
    return Outcome(worker, scan.at, served_sentence(shop, scan.at), leads=enrolment.is_crew_leader)


def _already(meal: MealCheckIn) -> str:
    when = f"{meal.served_on} {hour(meal.served_at)}" if meal.served_at else str(meal.served_on)
    return f"{when} 已在“{meal.shop}”就餐，一天只能一份。"


def _closed_month(scan: Scan) -> str:
    return f"{scan.day:%Y年%m月}的就餐已结算，这次打卡不能再计入。应当补上的，请县工会在月结算里登记更正。"


def _not_enrolled(shop: PartnerShop, scan: Scan) -> str:
    return f"在 {scan.day} 没有登记在“{shop.programme}”中。如果应当享受，请联系本单位工会登记。"
