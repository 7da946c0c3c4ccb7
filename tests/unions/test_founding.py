"""The first rows of a production portal: from a list of divisions to an administrator who can work."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core import scope
from core.models import AuditEvent
from unions import actions
from unions.models import Account, Union

LIST = "区划代码,名称,上级代码\n630000,青海省,\n632300,黄南藏族自治州,630000\n632322,尖扎县,632300\n"
PASSWORD = "Yi-ge-chang-mima-9"


@pytest.fixture
def divisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTAL_ADMIN_PASSWORD", PASSWORD)
    path = tmp_path / "区划.csv"
    path.write_text(LIST, encoding="utf-8-sig")
    return path


@pytest.mark.django_db
def test_the_first_administrator_can_create_accounts_and_unions(divisions: Path) -> None:
    call_command("set_up_province", str(divisions), admin="admin")
    administrator = Account.objects.get(username="admin")
    with scope.applied(administrator):
        county = Union.objects.get(code="632322")
        assert AuditEvent.objects.get().verb_label == "建立省份和第一个管理员"
    assert county.path == "630000/632300/632322/"
    actions.create_account(
        by=administrator,
        username="632322.clerk",
        name="录入员",
        role="clerk",
        union=county,
        password=PASSWORD,
    )
    actions.create_union(by=administrator, parent=county, name="示范工会", kind="independent")


@pytest.mark.django_db
def test_a_portal_with_accounts_is_left_alone(divisions: Path) -> None:
    call_command("set_up_province", str(divisions), admin="admin")
    with pytest.raises(CommandError, match="已有账号"):
        call_command("set_up_province", str(divisions), admin="second")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("区划代码,名称,上级代码\n6300,青海省,\n", "第 2 行：区划代码应是 6 位数字"),
        ("区划代码,名称,上级代码\n632322,尖扎县,632300\n", "上级代码“632300”没有出现"),
        ("区划代码,名称,上级代码\n", "表里没有区划"),
    ],
)
def test_a_wrong_list_is_refused_with_the_line(divisions: Path, wrong: str, sentence: str) -> None:
    divisions.write_text(wrong, encoding="utf-8")
    with pytest.raises(CommandError, match=sentence):
        call_command("set_up_province", str(divisions), admin="admin")
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_a_weak_password_is_refused(divisions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ADMIN_PASSWORD", "12345")
    with pytest.raises(CommandError, match="密码不合要求"):
        call_command("set_up_province", str(divisions), admin="admin")
