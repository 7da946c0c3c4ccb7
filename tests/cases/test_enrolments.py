"""Who may use a programme: by hand, by ID number, by spreadsheet, and out again."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cases import actions
from cases.actions.enrolments import another_phone
from cases.models import Enrolment, MealCheckIn, PartnerShop
from core import scope
from core.actions import Refused, bootstrap
from core.crypto import keyed_hash
from core.imports import actions as imports
from members.models import Membership, Person
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World, id_number

DAY = date(2023, 1, 10)
HEADER = [
    "姓名",
    "身份证号",
    "服务项目",
    "街道（镇）",
    "班组长",
    "所属班组长身份证号",
    "起始日期",
    "终止日期",
]
Act = Callable[..., Any]


@pytest.fixture
def act(world: World) -> Act:
    def call(action: Callable[..., Any], by: str = "632322.clerk", **arguments: Any) -> Any:
        return action(by=world.account(by), **arguments)

    return call


def _by_id(world: World, serial: int, **changed: Any) -> dict[str, Any]:
    given = {
        "programme": world.programmes["632322"],
        "name": "才让",
        "id_number": id_number(serial),
        "valid_from": DAY,
    }
    return {**given, **changed}


def test_a_worker_without_membership_is_registered_and_enrolled_in_one_step(world: World, act: Act) -> None:
    enrolment = act(actions.enrol_by_id, **_by_id(world, 803, office="马克唐镇", is_crew_leader=True))
    person = enrolment.person
    assert (person.name, person.id_last4, person.county_id) == ("才让", id_number(803)[-4:], 632322)
    assert not Membership.objects.filter(person=person).exists()
    with pytest.raises(Refused, match="登记的姓名是“才让”"):
        act(actions.enrol_by_id, **_by_id(world, 803, name="扎西"))
    with pytest.raises(Refused, match="已登记在这个项目"):
        act(actions.enrol_by_id, **_by_id(world, 803))
    with pytest.raises(Refused, match="身份证号"):
        act(actions.enrol_by_id, **_by_id(world, 803, id_number="63019919900101803A"))
    assert Person.objects.filter(name="才让").count() == 1


def test_a_person_of_another_county_is_not_enrolled_here(world: World, act: Act) -> None:
    theirs = act(
        actions.enrol_by_id,
        by="632323.clerk",
        **_by_id(world, 804, programme=world.programmes["632323"]),
    )
    with pytest.raises(Refused, match="管辖范围以外"):
        act(actions.enrol_by_id, **_by_id(world, 804))
    assert Enrolment.objects.filter(person=theirs.person).count() == 1


def test_a_crew_has_a_leader_who_is_enrolled_as_one(world: World, act: Act) -> None:
    worker = Enrolment.objects.get(programme=world.programmes["632322"])
    leader = act(actions.enrol_by_id, **_by_id(world, 805))
    with pytest.raises(Refused, match="还没有登记为这个项目的班组长"):
        act(actions.change_enrolment, row=worker, crew_leader=leader.person)
    act(actions.change_enrolment, row=leader, is_crew_leader=True)
    act(actions.change_enrolment, row=worker, crew_leader=leader.person)
    leader.refresh_from_db()
    with pytest.raises(Refused, match="还有 1 名职工由其代为登记"):
        act(actions.change_enrolment, row=leader, is_crew_leader=False)
    with pytest.raises(Refused, match="本人"):
        act(actions.change_enrolment, row=leader, crew_leader=leader.person)


def test_everybody_of_an_office_ends_at_once_or_nobody(world: World, act: Act) -> None:
    programme = world.programmes["632322"]
    for serial in (806, 807):
        act(actions.enrol_by_id, **_by_id(world, serial, office="马克唐镇"))
    worker = Enrolment.objects.get(programme=programme, office="")
    with pytest.raises(Refused, match="请写明"):
        act(actions.end_enrolments, row=programme, valid_to=date(2023, 3, 1))
    with pytest.raises(Refused, match="必须晚于起始日期"):
        act(actions.end_enrolments, row=programme, valid_to=DAY, office="马克唐镇")
    shop, eater = (
        PartnerShop.objects.get(programme=programme),
        Enrolment.objects.filter(office="马克唐镇").first(),
    )
    assert eater is not None
    meal = {"programme": programme, "shop": shop, "person": eater.person, "served_on": date(2023, 3, 2)}
    act(actions.record_meal, **meal)
    act(actions.end_enrolments, row=programme, valid_to=date(2023, 3, 1), office="马克唐镇")
    assert list(Enrolment.objects.open().filter(programme=programme)) == [worker]


def test_a_table_enrols_members_and_new_workers_with_their_crew(
    world: World, act: Act, tmp_path: Path
) -> None:
    clerk, programme = world.account("632322.clerk"), world.programmes["632322"]
    act(actions.enrol_by_id, by="632323.clerk", **_by_id(world, 808, programme=world.programmes["632323"]))
    member = world.persons["632322-2"]
    lines = [
        [member.name, _number_of(world, 2), programme.name, "马克唐镇", "是", "", "2023-03-01", ""],
        ["拉毛", id_number(809), programme.name, "马克唐镇", "", _number_of(world, 2), "2023-03-01", ""],
        ["拉毛", id_number(809), programme.name, "马克唐镇", "", "", "2023-02-01", "2023-03-01"],
        ["拉毛", id_number(809), programme.name, "", "", "", "2023-02-10", ""],
        ["才让", id_number(808), programme.name, "", "", "", "2023-03-01", ""],
        ["", id_number(810), programme.name, "", "", "", "2023-03-01", ""],
        ["卓玛", id_number(811), programme.name, "", "", id_number(809), "2023-03-01", ""],
        ["扎西", _number_of(world, 1), programme.name, "", "", "", "2022-07-01", "2022-07-04"],
    ]
    path = tmp_path / "登记.csv"
    path.write_text("\n".join(",".join(line) for line in [HEADER, *lines]), encoding="utf-8-sig")
    batch = check(clerk, path, "enrolments")
    found = {number: said[0][1] for number, said in problems(clerk, batch).items()}
    assert {
        number: any(word in said for word in ("重叠", "以外", "补上", "班组长", "登记的姓名"))
        for number, said in found.items()
    } == {number: True for number in (5, 6, 7, 8, 9)}, found
    assert counts(batch) == (3, 0, 0, 5)
    commit(clerk, batch)
    lamao = Person.objects.get(name="拉毛")
    spells = Enrolment.objects.filter(person=lamao).order_by("valid_from")
    assert [(row.valid_from, row.valid_to, row.crew_leader_id) for row in spells] == [
        (date(2023, 2, 1), date(2023, 3, 1), None),
        (date(2023, 3, 1), None, member.pk),
    ]
    assert not Membership.objects.filter(person=lamao).exists()
    assert lamao.id_masked.endswith(id_number(809)[-4:]) and bytes(lamao.id_hash) == keyed_hash(
        id_number(809)
    )
    imports.undo(by=clerk, row=batch)
    assert not Enrolment.objects.filter(valid_from__gte="2023-01-01").exists()
    assert not Person.objects.filter(name="拉毛").exists()


def _number_of(world: World, number: int) -> str:
    """The ID number of one of 尖扎's two members."""
    return id_number(int("632322"[4:6]) * 10 + number)


def test_a_table_ends_enrolments_and_says_which_meals_become_doubts(world: World, tmp_path: Path) -> None:
    clerk, programme = world.account("632322.clerk"), world.programmes["632322"]
    person = world.persons["632322-1"]
    line = [person.name, _number_of(world, 1), programme.name, "", "", "", "2022-07-01"]

    def imported(until: str) -> Any:
        path = tmp_path / f"{until}.csv"
        path.write_text("\n".join(",".join(row) for row in [HEADER, [*line, until]]), encoding="utf-8-sig")
        return check(clerk, path, "enrolments")

    assert MealCheckIn.objects.filter(enrolment__person=person, served_on="2022-07-04").exists()
    batch = imported("2022-07-04")
    assert "已有 1 份就餐记录与这个日期不符" in str(batch.rows.get().changes)
    commit(clerk, batch)
    assert Enrolment.objects.get(person=person).valid_to == date(2022, 7, 4)


def test_the_page_says_how_many_meals_after_the_end_become_doubts(world: World, client: Client) -> None:
    programme, person = world.programmes["632322"], world.persons["632322-1"]
    client.force_login(world.account("632322.clerk"))
    given = {"person": f"{person} #{person.pk}", "valid_to": "2022-07-04"}
    answer: Any = client.post(f"/programmes/{programme.pk}/end-enrolment/", given, follow=True)
    assert "已有 1 份就餐记录与这个日期不符" in answer.content.decode()


def test_the_pages_enrol_and_correct(world: World) -> None:
    client, programme = Client(), world.programmes["632322"]
    client.force_login(world.account("632322.clerk"))
    form = {"name": "才让", "id_number": id_number(812), "valid_from": "2023-01-01", "is_crew_leader": "on"}
    answer: Any = client.post(f"/programmes/{programme.pk}/enrol-by-id/", form)
    assert answer.status_code == 302, answer.content.decode()
    row = Enrolment.objects.get(person__name="才让")
    page = client.get(f"/enrolments/{row.pk}/").content.decode()
    assert f"/members/{row.person_id}/" in page and id_number(812) not in page
    answer = client.post(f"/enrolments/{row.pk}/edit/", {"office": "马克唐镇", "version": row.version})
    assert answer.status_code == 302, answer.content.decode()
    row.refresh_from_db()
    assert (row.office, row.is_crew_leader) == ("马克唐镇", False)


def test_a_row_is_held_whose_person_was_registered_since_the_check(world: World, tmp_path: Path) -> None:
    """The other rows go in."""
    clerk = world.account("632322.clerk")
    name = str(world.programmes["632322"])
    rows = [
        ["甲", id_number(851), name, "", "", "", "2023-02-01", ""],
        ["乙", id_number(852), name, "", "", "", "2023-02-01", ""],
    ]
    path = tmp_path / "登记.csv"
    path.write_text("\n".join(",".join(row) for row in [HEADER, *rows]), encoding="utf-8-sig")
    batch = check(clerk, path, "enrolments")
    other = {"programme": world.programmes["632322"], "name": "甲", "id_number": id_number(851)}
    actions.enrol_by_id(by=clerk, **other, valid_from=date(2023, 3, 1))
    commit(clerk, batch)
    batch.refresh_from_db()
    assert counts(batch) == (1, 0, 0, 1)
    assert "核对之后已有人登记了同一对象" in str(problems(clerk, batch))
    assert Enrolment.objects.filter(person__id_hash=keyed_hash(id_number(852))).count() == 1
    assert Person.objects.filter(id_hash=keyed_hash(id_number(851))).count() == 1


def test_a_worker_who_has_gone_to_another_county_leaves_his_rows_here(world: World, client: Client) -> None:
    """What was counted stays in the lists behind the count; only the name is out of sight."""
    gone, there = world.persons["632322-1"], world.unions["632323"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Person.objects.filter(pk=gone.pk).update(union=there, county_id=there.county_id)
    client.force_login(world.account("632322.clerk"))
    for address in ("/enrolments/", "/meals/"):
        answer = client.get(address)
        assert len(answer.context["rows"]) == 1 and gone.name not in answer.content.decode()
    with scope.applied(world.account("632322.clerk")):
        own = Enrolment.objects.get(programme=world.programmes["632322"])
    assert "已转到别处的职工" in client.get(f"/enrolments/{own.pk}/").content.decode()
    assert client.get("/enrolments/export/").status_code == client.get("/meals/export/").status_code == 200


PHONE, OTHER = "13900000001", "13900000002"


def _with_phones(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """A table of name, ID number, phone and first day."""
    head = "姓名,身份证号,手机号,服务项目,起始日期\n"
    lines = (f"{name},{number},{phone},尖扎爱心早餐,{day}\n" for name, number, phone, day in rows)
    path.write_text(head + "".join(lines), encoding="utf-8-sig")
    return path


def _leaving(world: World, serial: int) -> dict[str, Any]:
    """Who goes on 1 February."""
    with scope.applied(world.account("632322.clerk")):
        person = Person.objects.get(id_hash=keyed_hash(id_number(serial)))
    return {"programme": world.programmes["632322"], "person": person, "valid_to": date(2023, 2, 1)}


def _phone_of(world: World, number: str) -> str:
    sealed: Any = Person._meta.get_field("mobile")
    with scope.applied(world.account("632322.clerk")):
        return str(sealed.unseal(Person.objects.get(id_hash=keyed_hash(number))))


def test_a_table_gives_phones_to_who_has_none_and_takes_them_back(
    world: World, act: Act, tmp_path: Path
) -> None:
    """A new worker, one known without a phone who is enrolled anew, and one who is enrolled already."""
    clerk = world.account("632322.clerk")
    for serial in (805, 806):
        act(actions.enrol_by_id, **_by_id(world, serial))
    act(actions.end_enrolment, **_leaving(world, 805))
    rows = [
        ("措毛", id_number(804), "13900000003", "2023-01-01"),
        ("才让", id_number(805), PHONE, "2023-03-01"),
        ("才让", id_number(806), OTHER, "2023-01-10"),
    ]
    path = _with_phones(tmp_path / "带手机号.csv", rows)
    batch = commit(clerk, check(clerk, path, "enrolments"))
    assert counts(batch) == (2, 1, 0, 0), problems(clerk, batch)
    assert [_phone_of(world, id_number(serial)) for serial in (804, 805, 806)] == [
        "13900000003",
        PHONE,
        OTHER,
    ]
    again = check(clerk, path, "enrolments")
    assert counts(again) == (0, 0, 3, 0), problems(clerk, again)
    assert imports.undo(by=clerk, row=batch).kept == []
    assert [_phone_of(world, id_number(serial)) for serial in (805, 806)] == ["", ""]


def test_a_table_with_another_phone_is_told_and_changes_nothing(
    world: World, act: Act, tmp_path: Path
) -> None:
    clerk = world.account("632322.clerk")
    act(actions.enrol_by_id, **_by_id(world, 805, mobile=PHONE))
    act(actions.enrol_by_id, **_by_id(world, 806))
    for serial in (805, 806):
        act(actions.end_enrolment, **_leaving(world, serial))
    table = [
        ("才让", id_number(805), OTHER, "2023-03-01"),
        ("才让", id_number(806), PHONE, "2023-03-01"),
        ("才让", id_number(806), OTHER, "2023-01-10"),
        ("措毛", id_number(804), "*******0003", "2023-03-01"),
    ]
    batch = check(clerk, _with_phones(tmp_path / "别的手机号.csv", table), "enrolments")
    assert counts(batch) == (1, 0, 0, 3), problems(clerk, batch)
    told = {number: said for number, [(column, said)] in problems(clerk, batch).items() if column == "手机号"}
    assert told[2].startswith("与名册里登记的手机号不同（名册的尾号是 0001）")
    assert told[4].startswith("与表里此人另一行的手机号不同")
    assert told[5].startswith("号码被遮住")
    commit(clerk, batch)
    assert [_phone_of(world, id_number(serial)) for serial in (805, 806)] == [PHONE, PHONE]


def test_the_phone_of_who_is_registered_without_one_is_kept(world: World, act: Act) -> None:
    first = act(actions.enrol_by_id, **_by_id(world, 806))
    act(
        actions.end_enrolment,
        programme=first.programme,
        person=first.person,
        valid_to=DAY + timedelta(days=1),
    )
    again = {"valid_from": DAY + timedelta(days=2)}
    person = act(actions.enrol_by_id, **_by_id(world, 806, mobile="19900000806", **again)).person
    assert Person.objects.get(pk=person.pk).mobile_last4 == "0806"


def test_another_phone_than_the_registers_is_told(world: World, act: Act) -> None:
    first = act(actions.enrol_by_id, **_by_id(world, 807, mobile="19900000807"))
    act(
        actions.end_enrolment,
        programme=first.programme,
        person=first.person,
        valid_to=DAY + timedelta(days=1),
    )
    again = {"valid_from": DAY + timedelta(days=2)}
    with pytest.raises(Refused, match="与名册里登记的手机号不同（名册的尾号是 0807）") as refused:
        act(actions.enrol_by_id, **_by_id(world, 807, mobile="19900000808", **again))
    assert refused.value.field == "mobile"
    act(actions.enrol_by_id, **_by_id(world, 807, mobile="19900000807", **again))


def test_what_is_told_of_another_phone_can_be_seen_beside_the_given_one() -> None:
    assert "尾号是 0004" in another_phone("13999990003", "0004")
    assert "尾号相同，前面的数字不同" in another_phone("13999990004", "0004")
