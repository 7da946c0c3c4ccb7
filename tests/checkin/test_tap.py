"""The usual tap in one statement keeps every promise of the door's page; whatever is unusual goes there."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import actions
from cases.checkin import workers
from cases.checkin.door import VISIT, Presence, ticket_of
from cases.checkin.shop_day import shop_day
from cases.checkin.tap import _FOUND, _first_row
from cases.models import CheckInDevice, Enrolment, MealCard, MealCheckIn, PartnerShop, RejectedScan, ShopPause
from core import scope
from core.actions import bootstrap
from core.models import AuditEvent, History
from funding.models import Settlement
from tests.checkin.conftest import CLERK, enrolled
from tests.checkin.test_shop_scans import entry, results, send
from tests.world import World
from unions.models import Account

BROWSER = "0123456789abcdef"
pytestmark = pytest.mark.usefixtures("phone")
Change = Callable[[MealCard], Any]


@pytest.fixture(autouse=True)
def nothing_found_before() -> None:
    """As in a process that has served nobody yet."""
    _FOUND.clear()


@pytest.fixture
def cards(world: World) -> list[MealCard]:
    return enrolled(world, 2)


@pytest.fixture
def card(cards: list[MealCard]) -> MealCard:
    return cards[0]


def phone_of(card: MealCard) -> Client:
    """A worker's phone that remembers him."""
    client = Client()
    client.cookies[workers.COOKIE] = workers.token_of(card, workers.REMEMBERED)
    client.cookies[VISIT] = BROWSER
    return client


def tap(card: MealCard, device: CheckInDevice, at: datetime | None = None, **more: str) -> Any:
    ticket = ticket_of(Presence(device, at or timezone.now()), BROWSER)
    return phone_of(card).post(f"/d/{device.shop.door_code}/", {"ticket": ticket, **more})


def shortly_before(at: datetime) -> datetime:
    """Half a minute before, on the same day: a tap after midnight would be another day's meal."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(at - timedelta(seconds=30), midnight)


def kept(world: World) -> tuple[list[MealCheckIn], list[str]]:
    with scope.applied(world.account(CLERK)):
        served = MealCheckIn.objects.filter(device__isnull=False).select_related("enrolment")
        return list(served), list(RejectedScan.objects.values_list("reason", flat=True))


def statements_of(card: MealCard, device: CheckInDevice) -> list[str]:
    with CaptureQueriesContext(connection) as statements:
        assert "已登记" in tap(card, device).content.decode()
    return [query["sql"].split("(")[0] for query in statements]


def test_a_tap_is_one_statement_where_the_shop_is_as_it_was(
    cards: list[MealCard], device: CheckInDevice, world: World
) -> None:
    """The first one at a phone is two: the shop is read and judged, then the meal is written."""
    assert statements_of(cards[0], device) == ["select * from cases_tap", "select cases_record_tap"]
    assert statements_of(cards[1], device) == ["select * from cases_tap"]
    assert {meal.person_id for meal in kept(world)[0]} == {card.person_id for card in cards}


def test_a_refused_tap_is_judged_by_what_was_read(
    card: MealCard, device: CheckInDevice, world: World
) -> None:
    """Read and tried, scope and right, the meal that stands, the refusal and its event; nothing is read twice."""
    begun = timezone.now()
    tap(card, device, shortly_before(begun))
    with CaptureQueriesContext(connection) as statements:
        answer = tap(card, device, begun)
    asked = [query["sql"] for query in statements if "SAVEPOINT" not in query["sql"]]
    assert "一天只能一份" in answer.content.decode() and len(asked) == 9
    assert sum("cases_enrolment" in text for text in asked) == 2  # written from it, and told with the meal


def test_a_tap_leaves_the_meal_one_event_and_its_history(
    card: MealCard, device: CheckInDevice, world: World
) -> None:
    at = timezone.now().replace(microsecond=0)
    tap(card, device, at)
    [meal], _ = kept(world)
    assert (meal.enrolment.person_id, meal.shop_id, meal.device_id) == (
        card.person_id,
        device.shop_id,
        device.pk,
    )
    assert (meal.served_at, meal.served_on, meal.channel) == (at, timezone.localdate(at), "worker_scan")
    with scope.applied(world.account(CLERK)):
        event = AuditEvent.objects.get(verb="cases.check_in")
        history = History.objects.get(table_name="cases_mealcheckin", row_id=meal.pk)
    assert (event.by_id, event.county_id) == (device.account_id, card.county_id)
    assert (history.event_id, history.op, history.county_id) == (event.pk, "I", card.county_id)


def test_the_answer_is_the_one_that_the_door_would_give(
    card: MealCard, device: CheckInDevice, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent again, the same tap is the same meal, answered by the door's page."""
    at = timezone.now().replace(microsecond=0)
    first, again = tap(card, device, at), tap(card, device, at)
    assert first.content == again.content
    assert first["Cache-Control"] == again["Cache-Control"] == "no-store"
    given = [dict(answer.cookies[workers.COOKIE]) | {"expires": ""} for answer in (first, again)]
    assert given[0] == given[1] and given[0]["max-age"]  # the day it ends is told to the second
    assert first.cookies[workers.COOKIE].value == again.cookies[workers.COOKIE].value
    assert card.person.name not in first.content.decode() and kept(world)[1] == []


def test_names_are_text_in_the_answer(card: MealCard, device: CheckInDevice, world: World) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        PartnerShop.objects.filter(pk=device.shop_id).update(name="<b>一号店")
    assert "<b>一号店" not in tap(card, device).content.decode()
    assert len(kept(world)[0]) == 1


def _end_enrolment(card: MealCard) -> None:
    Enrolment.objects.filter(person=card.person).update(valid_to=timezone.localdate())


def _pause(card: MealCard) -> None:
    shop = PartnerShop.objects.get(programme=card.programme)
    today = timezone.localdate()
    ShopPause.objects.create(
        union_id=shop.union_id,
        county_id=shop.county_id,
        shop=shop,
        kind="pause",
        valid_from=today,
        valid_to=today + timedelta(days=1),
    )


def _archive_programme(card: MealCard) -> None:
    type(card.programme).objects.filter(pk=card.programme_id).update(archived_at=timezone.now())


UNUSUAL: dict[str, tuple[Change, list[str]]] = {
    "no enrolment": (_end_enrolment, ["not_enrolled"]),
    "pause": (_pause, ["not_served"]),
    "archived programme": (_archive_programme, ["not_served"]),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_stands_against_a_tap_is_kept_with_its_reason(
    card: MealCard, device: CheckInDevice, world: World, name: str
) -> None:
    change, reasons = UNUSUAL[name]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        change(card)
    assert "没有登记" in tap(card, device).content.decode()
    assert kept(world) == ([], reasons)


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_has_changed_since_the_last_tap_stands_against_the_next(
    cards: list[MealCard], device: CheckInDevice, world: World, name: str
) -> None:
    change, reasons = UNUSUAL[name]
    tap(cards[1], device)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        change(cards[0])
    assert "没有登记" in tap(cards[0], device).content.decode()
    [meal], lost = kept(world)
    assert (meal.person_id, lost) == (cards[1].person_id, reasons)


def test_a_shop_that_serves_again_serves_the_next_tap(
    cards: list[MealCard], device: CheckInDevice, world: World
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        _pause(cards[0])
    tap(cards[0], device)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        ShopPause.objects.all().delete()
    assert "已登记" in tap(cards[0], device).content.decode()


def test_a_shop_that_was_found_is_judged_by_the_hour_of_the_tap() -> None:
    day = shop_day(
        json.dumps(
            [
                [1, 2, 630103, 3, "一号店", "06:00:00", "09:00:00"],
                [3, None, "爱心早餐", {}, "2022-07-01", None],
                [4, "shop", 2, 630103, True],
                [True, "", "", False],
                "2022-12-01",
            ]
        )
    )
    morning = timezone.make_aware(datetime(2022, 12, 1, 9, 0))
    assert day.serves(morning) and not day.serves(morning + timedelta(minutes=1))


def test_a_second_meal_of_the_day_is_refused(card: MealCard, device: CheckInDevice, world: World) -> None:
    begun = timezone.now()
    tap(card, device, shortly_before(begun))
    assert "一天只能一份" in tap(card, device, begun).content.decode()
    served, lost = kept(world)
    assert (len(served), lost) == (1, ["duplicate"])


def test_an_earlier_tap_that_arrives_late_takes_the_meal_over(
    card: MealCard, device: CheckInDevice, world: World
) -> None:
    later = timezone.now().replace(microsecond=0)
    earlier = shortly_before(later)
    tap(card, device, later)
    assert "已登记" in tap(card, device, earlier).content.decode()
    [meal], lost = kept(world)
    assert (meal.served_at, lost) == (earlier, ["duplicate"])


def test_a_revoked_phone_a_renewed_card_and_another_browser_do_not_pass(
    card: MealCard, device: CheckInDevice, world: World
) -> None:
    ticket = ticket_of(Presence(device, timezone.now()), "another browser")
    door = f"/d/{device.shop.door_code}/"
    assert phone_of(card).post(door, {"ticket": ticket}).status_code == 422
    clerk = world.account(CLERK)
    actions.renew_card(by=clerk, row=card)
    assert tap(card, device).status_code == 422
    with scope.applied(clerk):
        row, renewed = CheckInDevice.objects.get(pk=device.pk), MealCard.objects.get(pk=card.pk)
    actions.revoke_device(by=clerk, row=row, reason="丢失")
    assert tap(renewed, device).status_code == 404
    assert kept(world) == ([], [])


def test_a_shops_account_that_may_not_records_nothing(
    card: MealCard, device: CheckInDevice, world: World
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Account.objects.filter(pk=device.account_id).update(is_active=False)
    assert tap(card, device).status_code == 403
    assert kept(world) == ([], [])


def test_a_shops_account_that_may_no_longer_records_nothing_more(
    cards: list[MealCard], device: CheckInDevice, world: World
) -> None:
    tap(cards[1], device)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Account.objects.filter(pk=device.account_id).update(is_active=False)
    assert tap(cards[0], device).status_code == 403
    assert len(kept(world)[0]) == 1


def test_taps_without_end_are_slowed_down(card: MealCard, device: CheckInDevice) -> None:
    begun = timezone.now()
    statuses = [tap(card, device, begun - timedelta(seconds=second)).status_code for second in range(20)]
    assert 429 in statuses


# --- settled months


@pytest.fixture
def settled(card: MealCard, world: World) -> None:
    """The running month is approved."""
    programme, now = world.programmes["630103"], timezone.now()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Settlement.objects.create(
            union_id=programme.union_id,
            county_id=programme.county_id,
            programme=programme,
            month=timezone.localdate().replace(day=1),
            stage="approved",
            checked_by=world.account(CLERK),
            approved_by=world.account("admin"),
            approved_at=now,
        )


def test_a_tap_in_a_settled_month_is_refused_with_a_sentence(
    card: MealCard, device: CheckInDevice, world: World, settled: None
) -> None:
    answer = tap(card, device).content.decode()
    assert "已结算" in answer and "登记更正" in answer
    assert kept(world) == ([], ["closed_month"])


def test_a_month_that_is_settled_after_a_tap_takes_no_other(
    cards: list[MealCard], device: CheckInDevice, world: World, request: pytest.FixtureRequest
) -> None:
    tap(cards[1], device)
    request.getfixturevalue("settled")
    assert "已结算" in tap(cards[0], device).content.decode()
    served, lost = kept(world)
    assert (len(served), lost) == (1, ["closed_month"])


def test_a_queue_that_comes_after_the_settlement_is_taken_with_the_reason(
    card: MealCard, device: CheckInDevice, phone: Client, world: World, settled: None
) -> None:
    sent = entry(device, 1, card.card_no, card.person.id_last4)
    for _ in range(2):
        assert results(send(phone, sent)) == ["rejected"]
    assert kept(world) == ([], ["closed_month"])


def test_a_leader_books_nobody_in_a_settled_month(
    card: MealCard, device: CheckInDevice, world: World, settled: None
) -> None:
    leader = world.persons["630103-1"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Enrolment.objects.filter(person=card.person).update(crew_leader=leader)
    actions.issue_cards(by=world.account(CLERK), row=card.programme)
    with scope.applied(world.account(CLERK)):
        own = MealCard.objects.get(person=leader)
    outcomes = actions.check_in_crew(
        by=device.account, device=device, leader=own, members=[card.person_id], at=timezone.now()
    )
    assert [outcome.reason for outcome in outcomes] == ["closed_month"]
    assert kept(world) == ([], ["closed_month"])


def test_what_was_a_meal_before_the_settlement_stays_one_when_it_is_sent_again(
    card: MealCard, device: CheckInDevice, world: World, request: pytest.FixtureRequest
) -> None:
    at = timezone.now().replace(microsecond=0)
    tap(card, device, at)
    request.getfixturevalue("settled")
    assert "已登记" in tap(card, device, at).content.decode()
    served, lost = kept(world)
    assert (len(served), lost) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_opened_anew() -> None:
    """The tap's first statement stands for the question whether the connection still lives."""
    assert _first_row("select 1", []) == (1,)
    with connection.cursor() as cursor, suppress(OperationalError):
        cursor.execute("select pg_terminate_backend(pg_backend_pid())")
    assert _first_row("select 2", []) == (2,)
