"""A transfer between unions that do not see each other: seen from both sides and from a third county."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404
from django.test import Client

from core import scope
from core.actions import Refused
from core.imports.checking import Alone, check_batch
from core.models import AuditEvent
from members import transferring
from members.models import MemberGroupTag, Membership, Person, TransferRequest
from tests.imports.conftest import upload
from tests.world import World, id_number

HERE, THERE, THIRD = "632322.clerk", "632323.clerk", "630103.clerk"
DAY = date(2023, 3, 1)
pytestmark = pytest.mark.django_db


def ask(world: World, **values: Any) -> TransferRequest:
    """泽库 asks for 尖扎's first member."""
    given = {
        "union": world.unions["632323-0001"],
        "name": world.persons["632322-1"].name,
        "id_number": id_number(221),
        "on": DAY,
    }
    return transferring.request_transfer(by=world.account(THERE), **{**given, **values})


def seen_by(world: World, name: str) -> list[int]:
    account = world.account(name)
    with scope.applied(account):
        return list(TransferRequest.objects.visible_to(account).values_list("pk", flat=True))


def page(world: World, client: Client, name: str, path: str, **data: Any) -> Any:
    client.force_login(world.account(name))
    return client.post(path, data, follow=True) if data else client.get(path)


def test_both_sides_see_it_and_nobody_else(world: World, client: Client) -> None:
    asked = ask(world)
    assert seen_by(world, HERE) == seen_by(world, THERE) == [asked.pk]
    assert seen_by(world, THIRD) == []
    url = f"/transfers/{asked.pk}/"
    assert [page(world, client, name, url).status_code for name in (HERE, THERE, THIRD)] == [200, 200, 404]


def test_the_database_alone_keeps_it_from_a_third_county(world: World) -> None:
    asked = ask(world)
    with scope.applied(world.account(THIRD)):
        assert not TransferRequest.objects.filter(pk=asked.pk).exists()
        forged = TransferRequest(
            **world.unions["632322"].stamp(),
            giver=world.unions["632323"],
            giver_county_id=632323,
            person_hash=bytes(32),
            on=DAY,
        )
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            forged.save()


def test_the_asking_side_never_learns_who_gives(world: World, client: Client) -> None:
    asked = ask(world)
    giver = world.unions["632322-0001"].name
    for path in ("/transfers/", f"/transfers/{asked.pk}/"):
        told = page(world, client, THERE, path).content.decode()
        assert "转入" in told and giver not in told and "尖扎" not in told.replace(asked.name, "")
        assert giver in page(world, client, HERE, path).content.decode()
    export = page(world, client, THERE, "/transfers/export/")
    assert "尖扎".encode() not in b"".join(export.streaming_content)


def test_the_giving_side_finds_it_as_work(world: World, client: Client) -> None:
    ask(world)
    assert "1 份会籍转接等待答复" in page(world, client, HERE, "/").content.decode()
    assert "份会籍转接等待答复" not in page(world, client, THERE, "/").content.decode()


def test_acceptance_moves_the_member_on_one_day(world: World) -> None:
    asked = ask(world)
    transferring.accept_transfer(by=world.account(HERE), row=asked)
    with scope.applied(world.account(THERE)):
        person = Person.objects.get(id_last4=id_number(221)[-4:])
        spell = Membership.objects.get(person=person, valid_to__isnull=True)
        assert (spell.union.code, spell.valid_from, spell.began_by) == ("632323-0001", DAY, "2")
        assert person.union.code == "632323-0001" and person.employer is None
        assert MemberGroupTag.objects.filter(person=person, county_id=632323).exists()
        assert TransferRequest.objects.get().state == "accepted"
    with scope.applied(world.account(HERE)):
        assert not Person.objects.filter(pk=person.pk).exists()
        old = Membership.objects.get(person_id=person.pk)
        assert (old.valid_to, old.ended_by) == (DAY, "4")
        event = AuditEvent.objects.get(verb="members.accept_transfer")
        assert event.county_id == 632322
    with pytest.raises(Refused, match="已转入"):
        transferring.accept_transfer(by=world.account(HERE), row=asked)


def test_refusal_tells_why_and_changes_nothing(world: World, client: Client) -> None:
    asked = ask(world)
    page(world, client, HERE, f"/transfers/{asked.pk}/refuse/", answer="还在本单位上班")
    told = page(world, client, THERE, f"/transfers/{asked.pk}/").content.decode()
    assert "不同意" in told and "还在本单位上班" in told
    with scope.applied(world.account(HERE)):
        assert Membership.objects.get(person=world.persons["632322-1"]).valid_to is None
    ask(world)  # may be asked again


def test_each_side_does_its_own_part(world: World) -> None:
    asked = ask(world)
    with pytest.raises(Refused, match="由转出方答复"):
        transferring.accept_transfer(by=world.account(THERE), row=asked)
    with pytest.raises(Refused, match="对方提出"):
        transferring.withdraw_transfer(by=world.account(HERE), row=asked)
    with pytest.raises(Http404):
        transferring.accept_transfer(by=world.account(THIRD), row=asked)
    with pytest.raises(Refused, match="正在等待答复"):
        ask(world)
    transferring.withdraw_transfer(by=world.account(THERE), row=asked)
    with pytest.raises(Refused, match="已撤回"):
        transferring.accept_transfer(by=world.account(HERE), row=asked)


def test_only_members_out_of_sight_are_asked_for(world: World) -> None:
    with pytest.raises(Refused, match="还没有登记"):
        ask(world, id_number=id_number(777))
    with pytest.raises(Refused, match="就在您管辖的范围内"):
        ask(world, id_number=id_number(231))
    with pytest.raises(Refused, match="校验码"):
        ask(world, id_number=id_number(221)[:17] + ("1" if id_number(221)[-1] != "1" else "2"))
    with pytest.raises(Refused, match="晚于今天"):
        ask(world, on=date(2100, 1, 1))


def test_a_member_who_began_later_cannot_leave_earlier(world: World) -> None:
    asked = ask(world, on=date(1999, 1, 1))
    with pytest.raises(Refused, match="必须晚于"):
        transferring.accept_transfer(by=world.account(HERE), row=asked)
    assert seen_by(world, THIRD) == [] and seen_by(world, HERE) == [asked.pk]


def test_held_rows_of_an_import_become_requests(world: World, client: Client, tmp_path: Any) -> None:
    path = tmp_path / "members.csv"
    lines = [f"某人,{id_number(221)},632323-0001,2023-01-05", f"新人,{id_number(778)},632323-0001,2023-01-05"]
    path.write_text("\n".join(["姓名,身份证号,所在工会,入会日期", *lines]))
    clerk = world.account(THERE)
    batch = check_batch(upload(clerk, path).pk, clerk, Alone(clerk))
    told = page(world, client, THERE, f"/imports/{batch.pk}/?plan=held").content.decode()
    assert (
        "请申请转入" in told and f"/transfers/from-import/{batch.pk}/?row=2" in told and "为这 1 人" in told
    )
    form = page(world, client, THERE, f"/transfers/from-import/{batch.pk}/").content.decode()
    assert "第 2 行 某人" in form and id_number(221) not in form
    given = {"union": "632323", "on": "2023-03-01", "change_reason": "1"}
    done = page(world, client, THERE, f"/transfers/from-import/{batch.pk}/", **given).content.decode()
    assert "已申请转入 1 人" in done
    with scope.applied(clerk):
        asked = TransferRequest.objects.get()
        assert (asked.union.code, asked.id_last4) == ("632323-0001", id_number(221)[-4:])
    again = page(world, client, THERE, f"/transfers/from-import/{batch.pk}/", **given).content.decode()
    assert "都已申请转入" in again and "没有申请" not in again
    waiting = page(world, client, THERE, f"/transfers/from-import/{batch.pk}/").content.decode()
    assert f'/transfers/{asked.pk}/">待答复' in waiting and "按“重新核对”" in waiting
    assert page(world, client, THIRD, f"/transfers/from-import/{batch.pk}/").status_code == 404
