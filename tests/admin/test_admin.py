"""The admin obeys the portal's rules: own sign-in, rows in scope, writes through actions, nothing deleted."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import AuditEvent
from metrics.models import IndicatorTarget
from tests.world import PASSWORD, World, id_number
from unions.models import Account, Employer, Union


@pytest.fixture
def chief(client: Client, world: World) -> Client:
    """The administrator's browser."""
    assert client.login(username="admin", password=PASSWORD)
    return client


def events(verb: str) -> int:
    return AuditEvent.objects.filter(verb=verb).count()


def employer_form(**changes: object) -> dict[str, object]:
    return {
        "name": "新单位",
        "union": "632322",
        "ownership": "public",
        "industry_code": "",
        "listed_on": "2020-01-01",
        "is_legal_entity": "on",
        **changes,
    }


def account_form(**changes: object) -> dict[str, object]:
    return {"username": "632322.new", "name": "新录入员", "role": "clerk", "union": "632322", **changes}


def test_a_stranger_signs_in_at_the_portals_own_door(client: Client, db: None) -> None:
    first = client.get("/admin/")
    assert first.status_code == 302
    assert client.get(first["Location"])["Location"] == "/accounts/login/?next=%2Fadmin%2F"


@pytest.mark.parametrize("name", ["632322.clerk", "632322.head", "630000.reviewer", "630000.official"])
@pytest.mark.parametrize("address", ["/admin/", "/admin/unions/account/", "/admin/unions/account/add/"])
def test_others_are_refused(client: Client, world: World, name: str, address: str) -> None:
    client.login(username=name, password=PASSWORD)
    answer = client.get(address)
    assert answer.status_code == 403 and "管理员" in answer.content.decode()


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_every_list_and_row_opens(chief: Client, world: World, model: Any) -> None:
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert chief.get(address).status_code == 200
    assert chief.get(f"{address}?q=尖扎").status_code == 200
    manager = model._default_manager
    row = manager.first()
    if row is not None:
        assert chief.get(f"{address}{row.pk}/change/").status_code == 200
        assert chief.get(f"{address}{row.pk}/delete/").status_code == 403


def test_a_new_row_goes_through_the_action(chief: Client, world: World) -> None:
    assert chief.post("/admin/unions/employer/add/", employer_form()).status_code == 302
    assert Employer.objects.get(name="新单位").name_sort
    assert events("unions.create_employer") == 1


def test_a_change_goes_through_the_action(chief: Client, world: World) -> None:
    row = world.employers["632322"]
    address = f"/admin/unions/employer/{row.pk}/change/"
    assert chief.post(address, employer_form(version=1)).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.version) == ("新单位", 2)
    assert events("unions.change_employer") == 1


def test_what_the_action_refuses_stands_in_the_form(chief: Client, world: World) -> None:
    answer = chief.post("/admin/unions/employer/add/", employer_form(credit_code="91632322MC01234501"))
    page = answer.content.decode()
    assert answer.status_code == 200 and "校验" in page and "新单位" in page
    assert not Employer.objects.filter(name="新单位").exists()
    assert events("unions.create_employer") == 0


def test_a_change_made_meanwhile_is_not_overwritten(chief: Client, world: World) -> None:
    address = f"/admin/unions/employer/{world.employers['632322'].pk}/change/"
    assert chief.post(address, employer_form(name="甲", version=1)).status_code == 302
    second = chief.post(address, employer_form(name="乙", version=1))
    assert second.status_code == 200 and "刚被别人修改过" in second.content.decode()
    assert 'name="version" value="2"' in second.content.decode()
    assert Employer.objects.get(pk=world.employers["632322"].pk).name == "甲"


def test_rows_are_archived_with_a_reason_one_by_one(chief: Client, world: World) -> None:
    chosen = {"action": "archive", "_selected_action": [row.pk for row in world.unions.values()]}
    chief.post("/admin/unions/union/", chosen)
    assert events("unions.archive_union") == 0
    page = chief.post("/admin/unions/union/", {**chosen, "reason": "合并"}, follow=True).content.decode()
    assert "还有下级工会" in page and "还覆盖着用人单位" in page
    chief.post(
        "/admin/unions/employer/",
        {"action": "archive", "_selected_action": [world.employers["632322"].pk], "reason": "注销"},
    )
    assert AuditEvent.objects.get(verb="unions.archive_employer").reason == "注销"
    world.employers["632322"].refresh_from_db()
    assert world.employers["632322"].is_archived


def test_an_account_is_made_changed_and_stopped(chief: Client, client: Client, world: World) -> None:
    weak = chief.post("/admin/unions/account/add/", account_form(password="12345"))
    assert weak.status_code == 200 and not Account.objects.filter(username="632322.new").exists()
    assert chief.post("/admin/unions/account/add/", account_form(password="Chushi-mima-1")).status_code == 302
    row = Account.objects.get(username="632322.new")
    assert row.county_id == 632322 and Client().login(username="632322.new", password="Chushi-mima-1")
    address = f"/admin/unions/account/{row.pk}/change/"
    changed = account_form(new_password="Bieren-mima-2", is_active="on", version=row.version)
    assert chief.post(address, changed).status_code == 302
    assert events("accounts.change") == 1 and events("accounts.set_password") == 1
    assert Client().login(username="632322.new", password="Bieren-mima-2")
    row.refresh_from_db()
    assert chief.post(address, account_form(version=row.version)).status_code == 302
    assert not Client().login(username="632322.new", password="Bieren-mima-2")


def test_a_refused_password_leaves_the_whole_change_undone(chief: Client, world: World) -> None:
    row = world.accounts["632322.clerk"]
    form = account_form(username="632322.other", new_password="123", is_active="on", version=row.version)
    answer = chief.post(f"/admin/unions/account/{row.pk}/change/", form)
    assert answer.status_code == 200
    assert Account.objects.get(pk=row.pk).username == "632322.clerk" and events("accounts.change") == 0


def test_an_administrator_does_not_lock_himself_out(chief: Client, world: World) -> None:
    row = world.accounts["admin"]
    form = account_form(username="admin", role="admin", union="630000", version=row.version)
    answer = chief.post(f"/admin/unions/account/{row.pk}/change/", form)
    assert answer.status_code == 200 and "不能停用自己的账号" in answer.content.decode()
    assert "password" not in answer.content.decode().replace("new_password", "").replace(
        'type="password"', ""
    ).replace("password_change", "")


def test_targets_are_set_one_by_one_and_as_a_table(chief: Client, world: World) -> None:
    form = {
        "indicator": "I01",
        "union": "630000",
        "direction": "at_least",
        "value": "90.0",
        "from_quarter": "2022Q1",
        "until_quarter": "",
        "source": "省总工会2022年工作要点",
    }
    assert chief.post("/admin/metrics/indicatortarget/add/", form).status_code == 302
    table = chief.get("/admin/metrics/indicatortarget/export/")
    text = table.content.decode("utf-8-sig")
    assert text.splitlines()[1] == "I01,630000,at_least,90.0,2022Q1,,省总工会2022年工作要点"
    changed = SimpleUploadedFile("targets.csv", text.replace("90.0", "92.5").encode())
    preview = chief.post("/admin/metrics/indicatortarget/import/", {"import_file": changed, "format": "0"})
    assert preview.status_code == 200 and events("metrics.set_target") == 1
    confirm = preview.context["confirm_form"].initial
    assert chief.post("/admin/metrics/indicatortarget/process_import/", confirm).status_code == 302
    assert IndicatorTarget.objects.get().value == Decimal("92.5") and events("metrics.set_target") == 2


def test_members_are_masked(chief: Client, world: World) -> None:
    number = id_number(221)
    row = world.persons["632322-1"]
    page = chief.get(f"/admin/members/person/{row.pk}/change/").content.decode()
    assert row.id_last4 in number and f"**************{row.id_last4}" in page and number not in page


def test_reference_data_is_only_read(chief: Client, world: World) -> None:
    assert chief.get("/admin/unions/administrativedivision/add/").status_code == 403
    assert (
        chief.post("/admin/unions/administrativedivision/632322/change/", {"name": "甲"}).status_code == 403
    )
    event = AuditEvent.objects.first()
    assert event is not None
    assert chief.post(f"/admin/core/auditevent/{event.pk}/change/", {"verb": "x"}).status_code == 403
    assert Union.objects.filter(code="632322").exists()
