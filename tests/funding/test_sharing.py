"""Cost-sharing rules: what may be registered, by form, by table and past the forms."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from core.actions import Refused, bootstrap
from core.imports.actions import undo
from funding import actions
from funding.models import CostShareRule, FundingSource, SourceMember
from funding.settling.splitting import why_not_whole
from funding.settling.wording import read_payers
from funding.sharing.resources import COST_SHARE_RULES
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World

CLERK = "632322.clerk"


@pytest.fixture
def rule(world: World) -> CostShareRule:
    found = CostShareRule.objects.visible_to(world.account(CLERK)).with_shares().get()
    assert isinstance(found, CostShareRule)
    return found


def _new(world: World, **changed: Any) -> CostShareRule:
    given = {
        "programme": world.programmes["632322"],
        "face_value": Decimal("12.00"),
        "valid_from": date(2022, 1, 1),
        "valid_to": date(2022, 7, 1),
        "payers": "职工个人 1元；县级配套 比例1.8；援建企业 比例1",
    }
    return actions.create_rule(by=world.account(CLERK), **{**given, **changed})


def test_a_rule_keeps_what_was_written(world: World) -> None:
    assert _new(world).payers_text == "职工个人 1.00元；县级配套 比例1.8；援建企业 比例1"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"payers": "职工个人 1元"}, "还差 11.00 元"),
        ({"payers": "职工个人 1元；某厂 比例1；某公司 比例2"}, "没有登记过名为“某厂”“某公司”的资金来源"),
        ({"payers": "职工个人 很少"}, "看不出谁出多少"),
        ({"valid_to": None}, "这段时间已有分担办法"),
        ({"valid_to": date(2022, 1, 1)}, "^终止日期必须晚于起始日期。$"),
        ({"valid_to": date(2021, 12, 1)}, "^终止日期必须晚于起始日期。$"),
        ({"face_value": Decimal(0), "payers": "县级配套 比例1"}, "没有剩下的"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(world: World, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        _new(world, **changed)


def test_a_joint_source_names_its_payers(world: World) -> None:
    by = world.account(CLERK)
    name = "省市总工会、区委区政府（未分列）"
    joint = actions.create_source(by=by, union=world.unions["632322"], name=name, kind="mixed")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for member in FundingSource.objects.filter(county_id=632322, kind__in=["enterprise", "counterpart"]):
            SourceMember.objects.create(**world.unions["632322"].stamp(), joint=joint, member=member)
    rule, client = _new(world, payers=f"职工个人 1元；{name} 11元"), Client()
    client.force_login(by)
    page = client.get(f"/cost_share_rules/{rule.pk}/").content.decode()
    assert "合出，各出多少没有公布" in page and "援建企业" in page


def test_parts_are_replaced_only_when_they_change(world: World, rule: CostShareRule) -> None:
    by, kept = world.account(CLERK), list(rule.shares.values_list("pk", flat=True))
    actions.change_rule(by=by, row=rule, note="会议纪要", payers=rule.payers_text)
    assert list(rule.shares.values_list("pk", flat=True)) == kept
    actions.change_rule(by=by, row=rule, face_value=Decimal("12.00"), payers="县级配套 12元")
    assert CostShareRule.objects.with_shares().get(pk=rule.pk).payers_text == "县级配套 12.00元"
    with pytest.raises(Refused, match="超过每份标准"):
        actions.change_rule(by=by, row=rule, face_value=Decimal("11.00"))


def test_the_database_refuses_parts_that_do_not_make_up_the_face_value(
    world: World, rule: CostShareRule
) -> None:
    with (
        pytest.raises(IntegrityError, match="do not make up"),
        transaction.atomic(),
        bootstrap("demo.load", lambda: world.accounts["admin"]),
        connection.cursor() as cursor,
    ):
        rule.shares.filter(position=1).update(amount=Decimal("1.50"))
        cursor.execute("set constraints all immediate")


def test_the_page_shows_a_meal_and_a_thousand(world: World) -> None:
    rule, client = _new(world), Client()
    client.force_login(world.account(CLERK))
    page = client.get(f"/cost_share_rules/{rule.pk}/").content.decode()
    for words in ("比例 1.8", "约 7.0714", "7,071.43", "3,928.57", "不经工会"):
        assert words in page
    programme = client.get(f"/programmes/{rule.programme_id}/").content.decode()
    assert "职工个人 1.00元；商家让利 2.00元；县级配套 8.00元" in programme


def test_what_is_typed_is_told_at_the_form(world: World) -> None:
    client = Client()
    client.force_login(world.account(CLERK))
    typed = {
        "programme": f"#{world.programmes['632322'].pk}",
        "face_value": "12",
        "payers": "职工个人 1元",
        "valid_from": "2022-01-01",
        "valid_to": "2022-07-01",
    }
    answer = client.post("/cost_share_rules/new/", typed)
    assert answer.status_code == 422 and "还差 11.00 元" in answer.content.decode()
    answer = client.post("/cost_share_rules/new/", typed | {"payers": "职工个人 1元\n县级配套 11元"})
    assert answer.status_code == 302, answer.content.decode()


HEADER = "服务项目,起始日期,终止日期,每份标准（元）,各方分担"


def test_rules_are_imported_with_their_parts(world: World, tmp_path: Path) -> None:
    by, path = world.account(CLERK), tmp_path / "rules.csv"
    name = world.programmes["632322"].name
    lines = (
        f"{name},2021-01-01,2022-01-01,10,职工个人 1元；县级配套 9元",
        f"{name},2022-01-01,2022-07-01,11,职工个人 1元；县级配套 9元",
        f"{name},2022-02-01,2022-07-01,10,职工个人 1元；某厂 9元",
        f"{name},2022-03-01,2023-07-01,10,县级配套 10元",
        f"{name},2022-07-01,,11,县级配套 11元",
    )
    path.write_text("\n".join((HEADER, *lines)), encoding="utf-8-sig")
    batch = check(by, path, "cost_share_rules")
    assert counts(batch) == (1, 0, 0, 4)
    said = {number: found[0][1] for number, found in problems(by, batch).items()}
    assert "还差 1.00 元" in said[3] and "某厂" in said[4] and "时间重叠" in said[5] and "不同" in said[6]
    commit(by, batch)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        rule = CostShareRule.objects.with_shares().get(valid_from=date(2021, 1, 1))
        assert rule.payers_text == "职工个人 1.00元；县级配套 9.00元"


def test_a_rule_ends_and_the_next_begins_in_one_table(world: World, tmp_path: Path) -> None:
    by, path = world.account(CLERK), tmp_path / "rules.csv"
    name = world.programmes["632322"].name
    parts = "10,职工个人 1元；县级配套 9元"
    path.write_text(f"{HEADER}\n{name},2021-01-01,2022-06-01,{parts}", encoding="utf-8-sig")
    commit(by, check(by, path, "cost_share_rules"))
    ended = f"{name},2021-01-01,2022-01-01,{parts}"
    path.write_text(f"{HEADER}\n{ended}\n{name},2022-01-01,2022-06-01,{parts}", encoding="utf-8-sig")
    batch = commit(by, check(by, path, "cost_share_rules"))
    assert counts(batch) == (1, 1, 0, 0), problems(by, batch)
    assert undo(by=by, row=batch).kept == []


def _post(world: World, account: str) -> Callable[[str], int]:
    client = Client()
    client.force_login(world.account(account))
    return lambda url: client.get(url).status_code


def test_rules_of_elsewhere_are_not_found(world: World, rule: CostShareRule) -> None:
    assert _post(world, "632323.clerk")(f"/cost_share_rules/{rule.pk}/") == 404
    assert _post(world, CLERK)(f"/cost_share_rules/{rule.pk}/") == 200


def test_the_example_of_the_template_is_a_rule_that_adds_up() -> None:
    face_value, payers = (COST_SHARE_RULES.column(key).example for key in ("face_value", "payers"))
    assert why_not_whole(Decimal(face_value), [payer.part for payer in read_payers(payers)]) == ""
