"""Check-ins from tables: who ate where on which day, and everything that is no meal."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.actions import withdraw_meal
from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme
from core import scope
from core.actions import bootstrap
from core.imports import actions
from core.imports.pages.batch import done
from core.models import History
from funding import actions as settling
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World, contracted_shop, id_number

Write = Callable[..., Path]
HEADER = ["就餐日期", "就餐时间", "门店", "姓名", "身份证号", "登记编号", "服务项目"]
FIRST, SECOND = id_number(221), id_number(222)


@pytest.fixture
def clerk(county: World) -> Any:
    """The clerk of a county whose breakfast has hours, a second shop, and a worker who came later."""
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        programme = county.programmes["632322"]
        programme.attributes = {**programme.attributes, "serves_from": "06:30", "serves_until": "09:30"}
        programme.save()
        place = county.unions["632322"].stamp()
        contracted_shop(programme, "二号店（河东）", date(2023, 1, 1))
        person = county.persons["632322-2"]
        Enrolment.objects.create(**place, programme=programme, person=person, valid_from=date(2023, 1, 1))
    return county.account("632322.clerk")


def line(day: str, shop: str = "一号店", number: str = FIRST, **others: str) -> list[str]:
    """A row of the table."""
    given = {"就餐日期": day, "门店": shop, "身份证号": number, **others}
    return [given.get(head, "") for head in HEADER]


def messages(clerk: Any, batch: Any) -> dict[int, str]:
    return {number: f"{found[0][0]}：{found[0][1]}" for number, found in problems(clerk, batch).items()}


def meals(clerk: Any) -> list[Any]:
    with scope.applied(clerk):
        return list(MealCheckIn.objects.visible_to(clerk).order_by("pk").values())


def test_a_shops_table_is_taken_in_and_back(clerk: Any, table: Write) -> None:
    before = meals(clerk)
    path = table(
        HEADER,
        line("2023-02-01", 就餐时间="07:35"),
        line("2023.2.2", "二号店(河东)", SECOND, 姓名="示范尖甲乙"),
        line("2023年2月3日", number=SECOND, 就餐时间="8点5分", 服务项目="尖扎爱心早餐"),
        line("2022-07-04"),
    )
    batch = commit(clerk, check(clerk, path, "meals"))
    assert counts(batch) == (3, 0, 1, 0), problems(clerk, batch)
    with scope.applied(clerk):
        first, *_, last = (
            MealCheckIn.objects.visible_to(clerk).filter(served_on__gte="2023-02-01").order_by("served_on")
        )
        assert (first.channel, first.served_time, last.served_time) == ("imported", "07:35", "08:05")
        assert last.enrolment.person.name == "示范尖甲乙" and last.county_id == 632322
    assert counts(check(clerk, path, "meals")) == (0, 0, 4, 0)
    assert actions.undo(by=clerk, row=batch).kept == []
    assert meals(clerk) == before


def test_what_was_withdrawn_since_does_not_hold_up_the_undoing(clerk: Any, table: Write) -> None:
    before = meals(clerk)
    batch = commit(clerk, check(clerk, table(HEADER, line("2023-02-01"), line("2023-02-02")), "meals"))
    with scope.applied(clerk):
        wrong = MealCheckIn.objects.visible_to(clerk).get(served_on="2023-02-01")
    withdraw_meal(by=clerk, meal=wrong, reason="登记错了人")
    assert actions.undo(by=clerk, row=batch).kept == []
    assert meals(clerk) == before


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (line("2022-06-30"), "就餐日期：“尖扎爱心早餐”在这一天没有运行"),
        (line("2022-12-31", "二号店（河东）"), "门店：“二号店（河东）”在 2022-12-31 没有合同"),
        (line("2023-02-01", "三号店"), "门店：您管辖范围内没有门店“三号店”"),
        (line("2023-02-01", ""), "门店：没有填写"),
        (line(""), "就餐日期：没有填写"),
        (line("2022-12-31", number=SECOND), "身份证号：此人在 2022-12-31 没有登记在“尖扎爱心早餐”中"),
        (line("2023-02-01", number=id_number(231)), "身份证号：此人没有登记在“尖扎爱心早餐”中"),
        (line("2023-02-01", number=""), "身份证号：没有写明是谁"),
        (line("2023-02-01", number="", 登记编号="999999999"), "登记编号：此人没有登记在“尖扎爱心早餐”中"),
        (line("2023-02-01", number="**************" + FIRST[-4:]), "身份证号：号码被遮住，又没有登记编号"),
        (line("2023-02-01", 姓名="别人"), "职工：登记的姓名是“示范尖甲”"),
        (line("2023-02-01", 就餐时间="10:00"), "就餐时间：供餐时间是 06:30 至 09:30"),
        (line("2023-02-01", 就餐时间="清早"), "就餐时间：无法识别为时间"),
        (line("2023-02-01", 就餐时间="25:00"), "就餐时间：无法识别为时间"),
        (line("2023-02-01", 服务项目="泽库爱心早餐"), "服务项目：您管辖范围内没有服务项目“泽库爱心早餐”"),
        (line("2022-07-04", "二号店（河东）"), "门店：“二号店（河东）”在 2022-07-04 没有合同"),
    ],
)
def test_what_is_no_meal_says_why(clerk: Any, table: Write, row: list[str], sentence: str) -> None:
    before = meals(clerk)
    batch = commit(clerk, check(clerk, table(HEADER, row), "meals"))
    assert counts(batch) == (0, 0, 0, 1)
    assert messages(clerk, batch)[2].startswith(sentence), messages(clerk, batch)
    assert meals(clerk) == before


def test_tomorrow_is_not_served_yet(clerk: Any, table: Write) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    batch = check(clerk, table(HEADER, line(tomorrow.isoformat())), "meals")
    assert messages(clerk, batch) == {2: "就餐日期：晚于今天。请核对年份。"}


def test_one_meal_a_day_in_the_file_and_in_the_register(clerk: Any, county: World, table: Write) -> None:
    path = table(
        HEADER,
        line("2023-02-01"),
        line("2023-02-01"),
        line("2023-02-02"),
        line("2023-02-02", "二号店（河东）"),
        line("2023-02-03"),
    )
    batch = commit(clerk, check(clerk, path, "meals"))
    assert counts(batch) == (2, 0, 0, 3)
    found = messages(clerk, batch)
    assert found[3] == "身份证号：与第 2 行是同一人同一天。一天只能一份，这一行不会导入。"
    assert found[5].startswith("身份证号：与第 4 行是同一人同一天，但内容不同")
    assert found[4].startswith("身份证号：与第 5 行是同一人同一天，但内容不同")
    again = check(clerk, table(HEADER, line("2023-02-03", "二号店（河东）")), "meals")
    assert messages(clerk, again) == {2: "门店：此人当天已在“一号店”登记就餐。一天只能一份，请核对门店。"}


def _second_programme(county: World, code: str) -> tuple[Programme, Enrolment, PartnerShop]:
    """The worker in a second programme of that county."""
    place, person = county.unions[code].stamp(), county.persons["632322-1"]
    programme = Programme.objects.create(**place, kind="breakfast", name="二期", started_on=date(2022, 7, 1))
    enrolment = Enrolment.objects.create(
        **place, programme=programme, person=person, valid_from=date(2022, 7, 1)
    )
    return programme, enrolment, contracted_shop(programme, "隔壁店", date(2022, 7, 1))


def test_one_meal_a_day_in_whatever_programme(clerk: Any, county: World, table: Write) -> None:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        _second_programme(county, "632322")
    first, second = {"服务项目": "尖扎爱心早餐"}, {"服务项目": "二期", "shop": "隔壁店"}
    lines = [line("2023-02-01", **first), line("2023-02-01", **second), line("2023-02-02", **first)]
    batch = commit(clerk, check(clerk, table(HEADER, *lines), "meals"))
    assert counts(batch) == (1, 0, 0, 2)
    assert messages(clerk, batch)[3].startswith("身份证号：与第 2 行是同一人同一天")
    again = check(clerk, table(HEADER, line("2023-02-02", **second)), "meals")
    assert messages(clerk, again) == {2: "门店：此人当天已在“一号店”登记就餐。一天只能一份，请核对门店。"}


def test_a_meal_out_of_sight_holds_the_row_and_tells_no_more(clerk: Any, county: World, table: Write) -> None:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        programme, enrolment, shop = _second_programme(county, "630103")
        place = county.unions["630103"].stamp()
        MealCheckIn.objects.create(
            **place, programme=programme, shop=shop, enrolment=enrolment, served_on=date(2023, 2, 1)
        )
    batch = commit(clerk, check(clerk, table(HEADER, line("2023-02-01"), line("2023-02-02")), "meals"))
    assert counts(batch) == (1, 0, 0, 1)
    assert messages(clerk, batch) == {2: "身份证号：此人当天已在别的项目就餐。一天只能一份，这一行不会导入。"}


def test_the_day_is_taken_between_check_and_commit(clerk: Any, county: World, table: Write) -> None:
    batch = check(clerk, table(HEADER, line("2023-02-01"), line("2023-02-02")), "meals")
    commit(clerk, check(clerk, table(HEADER, line("2023-02-01")), "meals"))
    batch = commit(clerk, batch)
    assert counts(batch) == (1, 0, 0, 1)
    assert "核对之后已有人登记了同一对象" in messages(clerk, batch)[2]


def test_an_enrolment_number_names_the_worker(clerk: Any, county: World, table: Write) -> None:
    with scope.applied(clerk):
        number = Enrolment.objects.visible_to(clerk).get(person=county.persons["632322-1"]).pk
    masked = "**************"
    path = table(
        HEADER,
        line("2023-02-01", number=masked + FIRST[-4:], 登记编号=str(number)),
        line("2023-02-02", number=masked + "0000", 登记编号=str(number)),
        line("2023-02-03", number=SECOND, 登记编号=str(number)),
    )
    batch = check(clerk, path, "meals")
    assert counts(batch) == (1, 0, 0, 2)
    assert set(messages(clerk, batch).values()) == {
        "身份证号：与登记编号的职工不是同一个身份证号。请核对登记编号和身份证号。"
    }


def test_with_two_programmes_a_row_must_name_one(clerk: Any, county: World, table: Write) -> None:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        place = county.unions["632322"].stamp()
        Programme.objects.create(**place, kind="breakfast", name="早餐二期", started_on=date(2023, 1, 1))
    batch = check(clerk, table(HEADER, line("2023-02-01")), "meals")
    assert messages(clerk, batch)[2].startswith("服务项目：没有写明服务项目")


def test_undo_leaves_a_meal_that_was_changed_since(clerk: Any, county: World, table: Write) -> None:
    batch = commit(clerk, check(clerk, table(HEADER, line("2023-02-01"), line("2023-02-02")), "meals"))
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        MealCheckIn.objects.filter(served_on=date(2023, 2, 1)).update(served_at=timezone.now())
    undone = actions.undo(by=clerk, row=batch)
    assert [kept["reason"] for kept in undone.kept] == ["导入之后又被修改过"]
    assert "其中 1 条不能撤销" in done(undone) and "如改回导入时的内容" in done(undone)
    with scope.applied(clerk):
        assert MealCheckIn.objects.visible_to(clerk).filter(served_on__gte="2023-02-01").count() == 1


def test_undo_leaves_the_meals_of_an_approved_month_and_takes_the_others(
    clerk: Any, county: World, table: Write
) -> None:
    programme, before = county.programmes["632322"], meals(clerk)
    given = ("2023-01-02", "2023-01-03", "2023-02-01")
    batch = commit(clerk, check(clerk, table(HEADER, *map(line, given)), "meals"))
    month = settling.draft_month(by=clerk, programme=programme, month=date(2023, 1, 1))
    settling.confirm_lines(by=clerk, row=month, how="盖章对账单")
    month.refresh_from_db()
    settling.check_month(by=clerk, row=month, without_statements=True)
    settling.approve_month(by=county.account("632322.head"), row=month)
    undone = actions.undo(by=clerk, row=batch)
    assert [(kept["row"], kept["reason"], kept["since"]) for kept in undone.kept] == [
        (2, "2023年1月的结算已批准", ""),
        (3, "2023年1月的结算已批准", ""),
    ]
    assert "其中 2 条不能撤销，保留在登记册，原因逐行列出。原因消除后（" in done(undone)
    assert [str(meal["served_on"]) for meal in meals(clerk)[len(before) :]] == ["2023-01-02", "2023-01-03"]


def test_a_meal_of_the_import_carries_its_event(clerk: Any, table: Write) -> None:
    batch = commit(clerk, check(clerk, table(HEADER, line("2023-02-01")), "meals"))
    with transaction.atomic():
        scope.apply(clerk)
        rows = History.objects.filter(event_id=batch.committed_event_id or 0, table_name="cases_mealcheckin")
        assert [row.op for row in rows] == ["I"]


def test_statements_do_not_grow_with_rows(clerk: Any, county: World, table: Write) -> None:
    def statements(days: int) -> int:
        lines = [line((date(2023, 2, 1) + timedelta(days=day)).isoformat()) for day in range(days)]
        with CaptureQueriesContext(connection) as queries:
            check(clerk, table(HEADER, *lines), "meals")
        return len(queries)

    statements(1)  # what is read once per process is read now
    assert statements(3) == statements(200)


# --- months that are settled


def _approve(county: World, clerk: Any, month: date) -> None:
    """The month worked out, agreed, checked and approved."""
    settlement = settling.draft_month(by=clerk, programme=county.programmes["632322"], month=month)
    with scope.applied(clerk):
        lines = list(settlement.lines.all())
    for own in lines:
        settling.confirm_line(by=clerk, row=own, how="盖章对账单")
    settling.check_month(by=clerk, row=settlement, without_statements=True)
    settling.approve_month(by=county.account("632322.head"), row=settlement)


SETTLED = "就餐日期：这个月的结算已批准，不再收就餐记录。漏记的请在结算页面登记更正。"


def test_rows_of_a_settled_month_are_held_and_the_others_taken_in(
    county: World, clerk: Any, table: Write
) -> None:
    commit(clerk, check(clerk, table(HEADER, line("2023-01-03")), "meals"))
    _approve(county, clerk, date(2023, 1, 1))
    path = table(HEADER, line("2023-01-03"), line("2023-01-04"), line("2023-02-01"))
    batch = commit(clerk, check(clerk, path, "meals"))
    assert counts(batch) == (1, 0, 1, 1), problems(clerk, batch)
    assert list(messages(clerk, batch).values()) == [SETTLED]


def test_a_month_that_is_approved_after_the_check_holds_its_rows(
    county: World, clerk: Any, table: Write
) -> None:
    commit(clerk, check(clerk, table(HEADER, line("2023-01-03")), "meals"))
    batch = check(clerk, table(HEADER, line("2023-01-04"), line("2023-02-01")), "meals")
    assert counts(batch) == (2, 0, 0, 0)
    _approve(county, clerk, date(2023, 1, 1))
    batch = commit(clerk, batch)
    assert counts(batch) == (1, 0, 0, 1)
    assert list(messages(clerk, batch).values()) == [SETTLED]
