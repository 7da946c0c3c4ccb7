"""What the shop's phone sends: each entry exactly once, in any order, with a reason when it is no meal."""

import json
import os
import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.checkin import workers
from cases.checkin.codes import step_of
from cases.checkin.entries import Entry, tag_of
from cases.checkin.shopfront import key_of
from cases.models import CheckInDevice, MealCard, MealCheckIn, PartnerShop, RejectedScan
from core import scope
from core.actions import bootstrap
from tests.checkin.conftest import CLERK, browser_of, enrolled
from tests.world import World

# How many workers scan at both phones, and in how many orders their queues arrive; more in the long run.
WORKERS = int(os.environ.get("CHECKIN_WORKERS", "8"))
RUNS = int(os.environ.get("CHECKIN_ORDERS", "12"))
MOST_AT_ONCE = 6 if WORKERS < 100 else 100


@pytest.fixture
def card(world: World) -> MealCard:
    programme = world.programmes["630103"]
    actions.issue_cards(by=world.account(CLERK), row=programme)
    with scope.applied(world.account(CLERK)):
        return MealCard.objects.select_related("person").get(person=world.persons["630103-1"])


def entry(
    device: CheckInDevice, seq: int, code: str, last4: str = "", at: datetime | None = None
) -> dict[str, Any]:
    """An entry as the phone makes it."""
    millis = round((at or timezone.now()).timestamp() * 1000)
    moment = Entry.of({"seq": seq, "at": millis, "code": code, "last4": last4, "tag": ""}).at
    return {
        "seq": seq,
        "at": millis,
        "code": code,
        "last4": last4,
        "tag": tag_of(key_of(device), seq, moment, code, last4),
    }


def send(browser: Client, *sent: dict[str, Any], clock: datetime | None = None) -> Any:
    body = {"now": round((clock or timezone.now()).timestamp() * 1000), "entries": list(sent)}
    return browser.post("/shop/scans/", json.dumps(body), content_type="application/json")


def results(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["state"] for one in answer.json()["results"]]


def state(world: World) -> tuple[set[Any], set[Any]]:
    """The paid set, and what was rejected and why."""
    with scope.applied(world.account(CLERK)):
        meals = MealCheckIn.objects.filter(device__isnull=False)
        paid = set(
            meals.values_list("enrolment__person", "served_on", "shop", "device", "device_seq", "served_at")
        )
        lost = set(RejectedScan.objects.values_list("device", "seq", "reason", "scanned_at"))
    return paid, lost


def reasons(world: World) -> list[str]:
    with scope.applied(world.account(CLERK)):
        return list(RejectedScan.objects.order_by("pk").values_list("reason", flat=True))


def test_a_typed_card_with_its_last_four_is_a_meal(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    answer = send(phone, entry(device, 1, card.card_no, card.person.id_last4))
    assert results(answer) == ["meal"]
    assert answer.json()["state"]["count"] == 1 and answer.json()["state"]["next_seq"] == 2
    assert card.person.name not in answer.content.decode()


def test_the_printed_code_needs_the_last_four_as_well(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    token = workers.token_of(card, workers.PRINTED)
    assert results(send(phone, entry(device, 1, token, "0000"))) == ["rejected"]
    assert results(send(phone, entry(device, 2, token, card.person.id_last4))) == ["meal"]
    assert reasons(world) == ["wrong_digits"]


def test_the_workers_own_code_needs_nothing_and_grows_old(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    step = step_of(timezone.now())
    assert results(send(phone, entry(device, 1, workers.shown_code(card, step - 20)))) == ["rejected"]
    assert results(send(phone, entry(device, 2, workers.shown_code(card, step)))) == ["meal"]
    assert reasons(world) == ["expired_code"]


def test_an_entry_counts_once_however_often_it_is_sent(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    sent = entry(device, 1, card.card_no, card.person.id_last4)
    wrong = entry(device, 2, card.card_no, "9999")
    for _ in range(3):
        assert results(send(phone, sent, wrong)) == ["meal", "rejected"]
    paid, lost = state(world)
    assert len(paid) == 1 and len(lost) == 1


def test_a_number_that_is_taken_is_given_anew(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    """A phone that forgot its numbers loses nothing: it is told to sign the entry under another one."""
    earlier = timezone.now() - timedelta(days=1)
    assert results(send(phone, entry(device, 1, card.card_no, card.person.id_last4, earlier))) == ["meal"]
    assert results(send(phone, entry(device, 1, card.card_no, card.person.id_last4))) == ["taken"]
    assert results(send(phone, entry(device, 2, card.card_no, card.person.id_last4))) == ["meal"]
    assert len(state(world)[0]) == 2


@pytest.mark.parametrize("field", ["seq", "at", "code", "last4", "tag"])
def test_a_changed_entry_is_none(
    phone: Client, device: CheckInDevice, card: MealCard, world: World, field: str
) -> None:
    sent = entry(device, 1, card.card_no, card.person.id_last4)
    other = {"seq": 9, "at": sent["at"] - 60_000, "code": "1234567890", "last4": "0000", "tag": "A" * 26}
    assert results(send(phone, sent | {field: other[field]})) == ["rejected"]
    assert results(send(phone, sent)) == ["meal"]


def test_what_waited_while_the_phone_was_paired_anew_is_told_apart(
    device: CheckInDevice, phone: Client, card: MealCard, world: World
) -> None:
    """It is no meal, for the former key may be in other hands; nor is it forged, and the clerk can open whose it was."""
    waiting = entry(device, 1, card.card_no, card.person.id_last4)
    mistyped = entry(device, 2, card.card_no, "0000")
    forged = entry(device, 3, card.card_no, card.person.id_last4) | {"at": waiting["at"] - 60_000}
    actions.revoke_device(by=world.account(CLERK), row=device, reason="换柜台")
    renewed = actions.renew_pairing(by=world.account(CLERK), row=device)
    actions.pair_device(by=device.account, row=renewed, epoch=2)
    browser = browser_of(renewed)
    for _ in range(2):  # sent twice, kept once
        assert results(send(browser, waiting, mistyped)) == ["rejected", "rejected"]
    assert results(send(browser, forged)) == ["rejected"]
    assert reasons(world) == ["earlier_pairing", "wrong_digits", "unknown_code"]
    own = entry(renewed, 3, card.card_no, card.person.id_last4)
    assert results(send(browser, own)) == ["meal"]

    with scope.applied(world.account(CLERK)):
        kept = RejectedScan.objects.get(reason="earlier_pairing")
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    page = clerk.get(f"/rejected_scans/{kept.pk}/").content.decode()
    assert "重新配对以前扫的" in page and f"/enrolments/{kept.enrolment_id}/" in page


def test_what_comes_after_three_days_is_kept_as_too_late(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    old = timezone.now() - timedelta(hours=73)
    assert results(send(phone, entry(device, 1, card.card_no, card.person.id_last4, old))) == ["rejected"]
    assert reasons(world) == ["too_late"]


def test_a_wrong_clock_is_told(phone: Client, device: CheckInDevice, card: MealCard, world: World) -> None:
    clock = timezone.now() - timedelta(minutes=6)
    answer = send(phone, entry(device, 1, card.card_no, card.person.id_last4, clock), clock=clock)
    assert results(answer) == ["rejected"] and reasons(world) == ["clock"]


def test_a_renewed_card_is_refused(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    token, number = workers.token_of(card, workers.PRINTED), card.card_no
    actions.renew_card(by=world.account(CLERK), row=card)
    answer = send(
        phone, entry(device, 1, token, card.person.id_last4), entry(device, 2, number, card.person.id_last4)
    )
    assert results(answer) == ["rejected"] * 2
    assert reasons(world) == ["replaced_card", "unknown_code"] or reasons(world) == [
        "unknown_code",
        "replaced_card",
    ]


def test_cards_are_limited_at_the_counter(
    phone: Client, device: CheckInDevice, card: MealCard, world: World
) -> None:
    programme = world.programmes["630103"]
    second = enrolled(world, 1)[0]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        programme.attributes = {**programme.attributes, "card_limit": 1}
        programme.save(update_fields=["attributes"])
    assert results(send(phone, entry(device, 1, card.card_no, card.person.id_last4))) == ["meal"]
    answer = send(phone, entry(device, 2, second.card_no, second.person.id_last4))
    assert results(answer) == ["rejected"] and reasons(world) == ["card_share"]


def test_nonsense_is_refused_and_nothing_is_written(phone: Client, world: World) -> None:
    for body in ("", "[]", "{}", '{"now": 1, "entries": [{}]}', '{"now": "x", "entries": []}'):
        answer = phone.post("/shop/scans/", body, content_type="application/json")
        assert answer.status_code == 400, body
    assert state(world) == (set(), set())


def test_guessing_cards_is_slowed_down(phone: Client, device: CheckInDevice) -> None:
    statuses = [send(phone, entry(device, seq, f"{seq:010d}", "0000")).status_code for seq in range(1, 70)]
    assert set(statuses[:60]) == {200} and 429 in statuses[60:]


def test_typing_works_without_the_script(phone: Client, device: CheckInDevice, card: MealCard) -> None:
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    number = f"{card.card_no[:5]} {card.card_no[5:].translate(wide)}"
    told = {"number": number, "last4": card.person.id_last4.translate(wide)}
    assert "已登记" in phone.post("/shop/", told).content.decode()
    assert "一天只能一份" in phone.post("/shop/", told).content.decode()


# --- two phones


@pytest.fixture
def second_phone(world: World, shop: PartnerShop) -> tuple[Client, CheckInDevice]:
    """A phone of another shop of the programme."""
    clerk = world.account(CLERK)
    other = actions.add_shop(
        by=clerk, programme=world.programmes["630103"], name="二号店", valid_from=date(2022, 7, 1)
    )
    device = actions.add_device(by=clerk, shop=other, label="收银台")
    actions.pair_device(by=device.account, row=device, epoch=1)
    return browser_of(device), device


def _half_an_hour_of_one_day() -> datetime:
    """The beginning of a recent half hour that does not run past midnight."""
    begun = timezone.now() - timedelta(hours=3)
    ends = begun + timedelta(minutes=30)
    return begun if timezone.localdate(begun) == timezone.localdate(ends) else begun - timedelta(hours=1)


def test_two_queues_give_the_same_meals_in_any_order(
    phone: Client,
    device: CheckInDevice,
    second_phone: tuple[Client, CheckInDevice],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Random order, batches, replays and cut batches: one paid set, nobody twice, nothing lost."""
    rng = random.Random(20260302)
    cards = enrolled(world, WORKERS)
    begun = _half_an_hour_of_one_day()
    phones = {device.pk: (phone, device), second_phone[1].pk: second_phone}
    queued = [
        (
            pk,
            entry(
                owner, seq, card.card_no, card.person.id_last4, begun + timedelta(minutes=rng.randrange(30))
            ),
        )
        for pk, (_, owner) in phones.items()
        for seq, card in enumerate(rng.sample(cards, len(cards)) + rng.sample(cards, 3), 1)
    ]
    seen = set()
    for _ in range(RUNS):
        with bootstrap("demo.load", lambda: world.accounts["admin"]):
            MealCheckIn.objects.filter(device__isnull=False).delete()
            RejectedScan.objects.all().delete()
        waiting = [*queued, *rng.sample(queued, 6)]  # some are sent twice
        rng.shuffle(waiting)
        while waiting:
            pk = rng.choice([pk for pk, _ in waiting])
            batch = [one for one in waiting if one[0] == pk][: rng.randrange(1, MOST_AT_ONCE)]
            results(send(phones[pk][0], *(sent for _, sent in batch)))
            keep = rng.random() < 0.2  # the answer was lost: the phone sends them again
            sent = {(pk, one["seq"]) for pk, one in batch}
            waiting = waiting if keep else [one for one in waiting if (one[0], one[1]["seq"]) not in sent]
        paid, lost = state(world)
        assert len(paid) == len({(person, day) for person, day, *_ in paid}) == len(cards)
        assert len(paid) + len(lost) == len(queued)
        seen.add((frozenset(paid), frozenset(lost)))
    assert len(seen) == 1


def test_cards_are_printed_for_the_clerk_alone(card: MealCard, world: World) -> None:
    """A card's page holds what the shop scans; the file is made with a code and a number for each."""
    enrolled(world, 20)
    clerk = Client()
    clerk.force_login(world.account(CLERK))
    answer = clerk.get("/meal_cards/print/")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF") and len(answer.content) > 20_000
    official = Client()
    official.force_login(world.account("630000.official"))
    assert official.get("/meal_cards/print/").status_code == 403
