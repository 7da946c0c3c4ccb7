"""The worker's phone at the shop's door: who, where, once a day; and why not, in words."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.checkin import codes, workers
from cases.checkin.shopfront import key_of
from cases.models import CheckInDevice, Enrolment, MealCard, MealCheckIn, PartnerShop, RejectedScan
from core import scope
from core.actions import bootstrap
from members.models import Person
from tests.checkin.conftest import CLERK
from tests.world import World

MOBILE = "19900001234"
pytestmark = pytest.mark.usefixtures("phone")


@pytest.fixture
def person(world: World) -> Person:
    """The enrolled worker, with a phone."""
    person = world.persons["630103-1"]
    sealed: Any = Person._meta.get_field("mobile")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        sealed.seal_into(person, MOBILE)
        person.mobile_last4 = MOBILE[-4:]
        person.save(update_fields=["mobile", "mobile_last4"])
    return person


def live(device: CheckInDevice, back: int = 0) -> str:
    """The address behind the code that the shop's phone shows, or showed some steps ago."""
    code = codes.live_code(key_of(device), codes.step_of(timezone.now()) - back)
    return f"/d/{device.shop.door_code}/?c={device.pk}.{code}"


def ticket_in(answer: Any) -> str:
    return str(answer.context["ticket"])


def come(device: CheckInDevice, person: Person, browser: Client | None = None, **more: str) -> Any:
    """Scan the live code and confirm, as somebody whom the phone does not know."""
    browser = browser or Client()
    ticket = ticket_in(browser.get(live(device)))
    told = {"ticket": ticket, "number": MOBILE, "last4": person.id_last4, **more}
    return browser, browser.post(f"/d/{device.shop.door_code}/", told)


def meals(world: World) -> list[MealCheckIn]:
    with scope.applied(world.account(CLERK)):
        return list(
            MealCheckIn.objects.filter(served_on=timezone.localdate()).select_related("enrolment__person")
        )


def rejected(world: World) -> list[str]:
    with scope.applied(world.account(CLERK)):
        return list(RejectedScan.objects.order_by("pk").values_list("reason", flat=True))


def test_a_worker_scans_tells_who_and_eats(device: CheckInDevice, person: Person, world: World) -> None:
    _, answer = come(device, person)
    assert answer.status_code == 200 and "已登记" in answer.content.decode()
    [meal] = meals(world)
    assert (meal.channel, meal.device_id, meal.enrolment.person) == ("worker_scan", device.pk, person)


def test_the_phone_remembers_and_the_next_day_is_one_tap(
    device: CheckInDevice, person: Person, world: World
) -> None:
    browser, _ = come(device, person)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        MealCheckIn.objects.all().delete()
    page = browser.get(live(device))
    assert "手机号" not in page.content.decode() and person.name not in page.content.decode()
    answer = browser.post(f"/d/{device.shop.door_code}/", {"ticket": ticket_in(page)})
    assert "已登记" in answer.content.decode() and len(meals(world)) == 1


def test_a_repeated_send_is_the_same_meal(device: CheckInDevice, person: Person, world: World) -> None:
    browser, first = come(device, person)
    ticket = ticket_in(first)
    again = browser.post(f"/d/{device.shop.door_code}/", {"ticket": ticket})
    assert again.context["outcome"].is_meal
    assert len(meals(world)) == 1 and rejected(world) == []


def test_a_second_meal_of_the_day_is_refused_with_its_reason(
    device: CheckInDevice, person: Person, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, _ = come(device, person)
    later = timezone.now() + timedelta(seconds=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    answer = browser.post(f"/d/{device.shop.door_code}/", {"ticket": ticket_in(browser.get(live(device)))})
    assert "一天只能一份" in answer.content.decode()
    assert len(meals(world)) == 1 and rejected(world) == ["duplicate"]


def test_the_poster_alone_proves_nothing(device: CheckInDevice, person: Person, world: World) -> None:
    door, browser = f"/d/{device.shop.door_code}/", Client()
    assert ticket_in(browser.get(door)) == ""
    answer = browser.post(door, {"number": MOBILE, "last4": person.id_last4})
    assert answer.status_code == 422 and meals(world) == []


def test_the_digits_on_the_counter_do_as_well(device: CheckInDevice, person: Person, world: World) -> None:
    shown = codes.digits(key_of(device), codes.step_of(timezone.now()))
    told = {"digits": f"{shown[:3]} {shown[3:]}", "number": MOBILE, "last4": person.id_last4}
    answer = Client().post(f"/d/{device.shop.door_code}/", told)
    assert answer.context["outcome"].is_meal and len(meals(world)) == 1


def test_full_width_digits_are_digits(device: CheckInDevice, person: Person, world: World) -> None:
    """As a Chinese keyboard writes them."""
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    number, last4 = MOBILE.translate(wide), person.id_last4.translate(wide)
    _, answer = come(device, person, number=number, last4=last4)
    assert answer.context["outcome"].is_meal and len(meals(world)) == 1


def test_wrong_digits_are_kept_with_their_reason(device: CheckInDevice, person: Person, world: World) -> None:
    told = {"digits": "000000", "number": MOBILE, "last4": person.id_last4}
    answer = Client().post(f"/d/{device.shop.door_code}/", told)
    assert "已过期" in answer.content.decode()
    assert meals(world) == [] and rejected(world) == ["expired_code"]


def test_guessing_digits_is_slowed_down(device: CheckInDevice, person: Person) -> None:
    browser, _ = come(device, person)
    statuses = [
        browser.post(f"/d/{device.shop.door_code}/", {"digits": f"{guess:06d}"}).status_code
        for guess in range(30)
    ]
    assert 429 in statuses and statuses.index(429) <= 20


def test_guessing_who_is_slowed_down(device: CheckInDevice, person: Person) -> None:
    statuses = [come(device, person, last4=f"{guess:04d}")[1].status_code for guess in range(1, 8)]
    assert statuses[0] == 422 and statuses[-1] == 429


@pytest.mark.parametrize("back", [3, 10, 2880])
def test_a_screenshot_of_an_old_code_does_not_work(device: CheckInDevice, back: int) -> None:
    page = Client().get(live(device, back))
    assert ticket_in(page) == "" and "已过期" in page.content.decode()


def test_a_ticket_is_worthless_in_another_browser(
    device: CheckInDevice, person: Person, world: World
) -> None:
    ticket = ticket_in(Client().get(live(device)))
    stranger = Client()
    told = {"ticket": ticket, "number": MOBILE, "last4": person.id_last4}
    assert stranger.post(f"/d/{device.shop.door_code}/", told).status_code == 422
    assert meals(world) == []


def test_a_ticket_outlasts_a_slow_connection_and_no_more(
    device: CheckInDevice, person: Person, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client()
    ticket, begun = ticket_in(browser.get(live(device))), timezone.now()
    told = {"ticket": ticket, "number": MOBILE, "last4": person.id_last4}
    monkeypatch.setattr(timezone, "now", lambda: begun + timedelta(minutes=11))
    assert browser.post(f"/d/{device.shop.door_code}/", told).status_code == 422
    monkeypatch.setattr(timezone, "now", lambda: begun + timedelta(minutes=9))
    assert browser.post(f"/d/{device.shop.door_code}/", told).context["outcome"].is_meal
    monkeypatch.setattr(timezone, "now", lambda: begun)  # nine minutes later it may be another day
    [meal] = meals(world)
    assert meal.served_at is not None and timedelta() <= begun - meal.served_at < timedelta(minutes=1)


def test_a_revoked_phones_codes_and_tickets_end(device: CheckInDevice, person: Person, world: World) -> None:
    browser = Client()
    ticket = ticket_in(browser.get(live(device)))
    with scope.applied(world.account(CLERK)):
        row = CheckInDevice.objects.get(pk=device.pk)
    actions.revoke_device(by=world.account(CLERK), row=row, reason="丢失")
    told = {"ticket": ticket, "number": MOBILE, "last4": person.id_last4}
    assert browser.post(f"/d/{device.shop.door_code}/", told).status_code == 404
    assert meals(world) == []


def test_a_renewed_card_ends_every_phone_that_remembers_it(
    device: CheckInDevice, person: Person, world: World
) -> None:
    browser, _ = come(device, person)
    with scope.applied(world.account(CLERK)):
        card = MealCard.objects.get(person=person)
    actions.renew_card(by=world.account(CLERK), row=card)
    assert "手机号" in browser.get(live(device)).content.decode()
    assert "还没有记住您" in browser.get("/w/").content.decode()


def test_outside_the_serving_hours_the_reason_is_kept(
    device: CheckInDevice, person: Person, world: World
) -> None:
    programme = world.programmes["630103"]
    hour = timezone.localtime(timezone.now() + timedelta(hours=2)).replace(minute=0)
    until = (hour + timedelta(hours=1)).strftime("%H:%M")
    span = {"serves_from": f"{hour:%H:%M}", "serves_until": until if until > f"{hour:%H:%M}" else "23:59"}
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        programme.attributes = {**programme.attributes, **span}
        programme.save(update_fields=["attributes"])
    _, answer = come(device, person)
    assert "供餐时间" in answer.content.decode()
    assert meals(world) == [] and rejected(world) == ["not_served"]


def test_whose_enrolment_ended_is_told_so(device: CheckInDevice, person: Person, world: World) -> None:
    browser, _ = come(device, person)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        MealCheckIn.objects.all().delete()
        Enrolment.objects.filter(person=person).update(valid_to=timezone.localdate())
    answer = browser.post(f"/d/{device.shop.door_code}/", {"ticket": ticket_in(browser.get(live(device)))})
    assert "没有登记" in answer.content.decode() and rejected(world) == ["not_enrolled"]


def test_a_leader_books_the_crew_and_the_meals_say_so(
    device: CheckInDevice, person: Person, world: World
) -> None:
    member, programme = world.persons["630103-2"], world.programmes["630103"]
    enrolment = actions.enrol(
        by=world.account(CLERK), programme=programme, person=member, valid_from=date(2022, 7, 1)
    )
    stranger = world.persons["632322-1"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Enrolment.objects.filter(person=person).update(is_crew_leader=True)
        Enrolment.objects.filter(pk=enrolment.pk).update(crew_leader=person)
    browser, answer = come(device, person)
    assert [one["pk"] for one in answer.context["crew"]] == [member.pk]
    told = {"ticket": ticket_in(answer), "crew": "1", "member": [member.pk, stranger.pk]}
    answer = browser.post(f"/d/{device.shop.door_code}/", told)
    assert answer.context["count"] == 1
    assert answer.content.decode().count(str(device.shop)) == 1  # a long name leaves no room for the workers'
    booked = next(meal for meal in meals(world) if meal.enrolment.person == member)
    assert (booked.channel, booked.proxy_by_id) == ("proxy", person.pk)


def test_nobody_books_who_is_not_of_the_crew(device: CheckInDevice, person: Person, world: World) -> None:
    member, programme = world.persons["630103-2"], world.programmes["630103"]
    actions.enrol(by=world.account(CLERK), programme=programme, person=member, valid_from=date(2022, 7, 1))
    browser, answer = come(device, person)
    told = {"ticket": ticket_in(answer), "crew": "1", "member": [member.pk]}
    assert browser.post(f"/d/{device.shop.door_code}/", told).context["count"] == 0
    assert len(meals(world)) == 1


def test_the_worker_sees_his_own_code_and_meals(device: CheckInDevice, person: Person) -> None:
    browser, _ = come(device, person)
    page = browser.get("/w/")
    assert "一号店" in page.content.decode() and person.name not in page.content.decode()
    code = page.context["codes"]["codes"][0]
    assert code.startswith("W.") and code not in page.context["codes"]["codes"][1:]
    assert browser.post("/w/").status_code == 302
    assert browser.cookies[workers.COOKIE].value == ""
    browser.cookies.pop(workers.COOKIE)
    assert "还没有记住您" in browser.get("/w/").content.decode()


def test_a_shop_of_another_programme_asks_who_it_is(
    device: CheckInDevice, person: Person, world: World
) -> None:
    """The card of one county's programme says nothing at another's door."""
    browser, _ = come(device, person)
    clerk = world.account("632322.clerk")
    with scope.applied(clerk):
        other = PartnerShop.objects.get(programme=world.programmes["632322"])
    far = actions.add_device(by=clerk, shop=other, label="收银台")
    actions.pair_device(by=far.account, row=far, epoch=1)
    page = browser.get(live(far))
    assert "手机号" in page.content.decode()
