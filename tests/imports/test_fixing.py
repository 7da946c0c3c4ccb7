"""Held rows corrected in the browser, all or nothing, and what is left after commit as work."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from core import scope
from core.actions import Refused, bootstrap, change
from core.imports import actions, jobs
from core.imports.returning import return_held
from core.models import AuditEvent, ImportBatch
from members.models import Person
from tests.imports.conftest import check, commit, counts, problems, rows, work
from tests.world import PASSWORD, World, id_number

Write = Callable[..., Path]
HEADER = ["姓名", "身份证号", "所在工会", "入会日期"]
UNION = "632322-0001"
DAY = "2023-01-05"


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def staged(batch: ImportBatch) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(r::text, ' ') from core_importrow r where batch_id = %s", [batch.pk]
        )
        return str(cursor.fetchone()[0])


def test_only_the_changed_row_is_checked_again(clerk: Any, table: Write) -> None:
    wrong = id_number(901)[:17] + "A"
    path = table(
        HEADER, ["王兰", wrong, UNION, DAY], ["李梅", id_number(902), UNION, DAY], ["马", "", UNION, ""]
    )
    batch = check(clerk, path)
    kept = rows(clerk, batch)[3].pk
    batch = actions.fix_rows(by=clerk, row=batch, cells={2: {"id_number": id_number(901)}})
    assert counts(batch) == (2, 0, 0, 1) and sorted(problems(clerk, batch)) == [4]
    found = rows(clerk, batch)
    assert found[3].pk == kept and found[2].shown["name"] == "王兰" and found[2].raw is None
    with scope.applied(clerk):
        assert id_number(901) not in staged(batch)
        assert not AuditEvent.objects.filter(reason__contains=id_number(901)).exists()
    batch = commit(clerk, batch)
    with scope.applied(clerk):
        assert Person.objects.filter(name__in=["王兰", "李梅"]).count() == 2


def test_a_typed_number_that_is_still_wrong_is_kept_sealed(clerk: Any, table: Write) -> None:
    batch = check(clerk, table(HEADER, ["王兰", "", UNION, DAY], ["李梅", id_number(902), UNION, DAY]))
    typed = id_number(901)[:17] + "A"
    batch = actions.fix_rows(by=clerk, row=batch, cells={2: {"id_number": typed}})
    assert "不允许的字符" in problems(clerk, batch)[2][0][1]
    with scope.applied(clerk):
        assert typed not in staged(batch) and typed[:14] not in staged(batch)


def test_a_corrected_row_may_clash_with_a_planned_one(clerk: Any, county: World, table: Write) -> None:
    path = table(
        HEADER,
        ["李梅", id_number(902), UNION, DAY],
        ["李海梅", "", UNION, DAY],
        ["示范尖甲", id_number(221), UNION, "2022-03-01"],
        ["示范尖乙", "", UNION, DAY],
    )
    batch = check(clerk, path)
    typed = {3: {"id_number": id_number(902)}, 5: {"id_number": id_number(221)}}
    batch = actions.fix_rows(by=clerk, row=batch, cells=typed)
    found = problems(clerk, batch)
    assert "与第 2 行是同一条记录" in found[3][0][1] and "与第 4 行是同一条记录" in found[5][0][1]


def test_of_two_rows_that_differ_the_clerk_keeps_one(clerk: Any, table: Write) -> None:
    path = table(HEADER, ["李梅", id_number(902), UNION, DAY], ["李海梅", id_number(902), UNION, DAY])
    batch = check(clerk, path)
    assert counts(batch) == (0, 0, 0, 2)
    batch = actions.fix_rows(by=clerk, row=batch, cells={}, again=[3])
    assert counts(batch) == (1, 0, 0, 1) and rows(clerk, batch)[3].plan == "new"


def test_all_rows_are_given_one_value(clerk: Any, table: Write) -> None:
    lines = [["王兰", id_number(901), UNION, ""], ["李梅", id_number(902), UNION, "没有"]]
    batch = check(clerk, table(HEADER, *lines, ["马林", id_number(903), UNION, DAY]))
    with pytest.raises(Refused, match="不能统一填写"):
        actions.fill_held(by=clerk, row=batch, column="id_number", value="1")
    with pytest.raises(Refused, match="入会日期"):
        actions.fill_held(by=clerk, row=batch, column="joined_on", value="不是日期")
    batch = actions.fill_held(by=clerk, row=batch, column="joined_on", value=DAY)
    assert counts(batch)[0] >= 2
    batch = actions.fix_rows(by=clerk, row=batch, cells={}) if batch.rows_held == 0 else batch
    assert rows(clerk, batch)[2].shown["joined_on"] == DAY


def test_the_same_mistake_is_offered_once_and_mended_at_once(
    clerk: Any, county: World, client: Client, table: Write
) -> None:
    wrong = [[f"王{name}", id_number(910 + n), "尖扎县示范企业02工会", DAY] for n, name in enumerate("甲乙")]
    blank = [[f"李{name}", id_number(920 + n), UNION, ""] for n, name in enumerate("丙丁戊")]
    batch = check(clerk, table(HEADER, *wrong, *blank, ["马林", id_number(930), "孤例工会", DAY]))
    assert client.login(username="632322.clerk", password=PASSWORD)
    page = client.get(f"/imports/{batch.pk}/fix/").content.decode()
    assert "3 行的入会日期空着" in page and "2 行的所在工会写着“尖扎县示范企业02工会”" in page
    assert "尖扎县示范企业02（演示）工会" in page and "写着“孤例工会”" not in page
    fill = f"/imports/{batch.pk}/fill/"
    client.post(fill, {"column": "joined_on", "only_blank": "on", "value": DAY})
    client.post(fill, {"column": "union", "instead_of": "尖扎县示范企业02工会", "value": UNION})
    with scope.applied(clerk):
        batch.refresh_from_db()
    assert counts(batch) == (5, 0, 0, 1)


def test_many_rows_are_filled_in_the_background(
    clerk: Any, table: Write, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says how many rows it has mended, until something else is done to them."""
    monkeypatch.setattr(jobs, "FILLED_AT_ONCE", 1)
    lines = [[f"王{name}", id_number(900 + n), UNION, ""] for n, name in enumerate("甲乙丙")]
    batch = check(clerk, table(HEADER, *lines, ["马林", "", UNION, ""]))
    with scope.applied(clerk):
        assert jobs.start_fill(batch, by=clerk, column="joined_on", value=DAY, only_blank=True) is not None
    work()
    with scope.applied(clerk):
        batch.refresh_from_db()
    assert counts(batch) == (3, 0, 0, 1)
    assert client.login(username="632322.clerk", password=PASSWORD)
    said = "已统一填写并核对：3 行已没有问题，1 行还有问题。"
    assert said in client.get(f"/imports/{batch.pk}/").content.decode()
    actions.fix_rows(by=clerk, row=batch, cells={5: {"id_number": id_number(930)}})
    assert said not in client.get(f"/imports/{batch.pk}/").content.decode()


def test_a_source_planned_before_is_used_again(clerk: Any, table: Write) -> None:
    header = ["建设项目", "资金来源", "来源类别", "阶段", "金额", "日期"]
    line = ["尖扎职工氧吧", "某援建公司", "援建企业", "到位", "120万元"]
    batch = check(clerk, table(header, [*line, "2023-03-05"], [*line, "没有日期"]), "funding_lines")
    batch = actions.fix_rows(by=clerk, row=batch, cells={3: {"recorded_on": "2023-03-06"}})
    assert counts(commit(clerk, batch)) == (2, 0, 0, 0)


def test_all_or_nothing(clerk: Any, county: World, table: Write) -> None:
    path = table(
        HEADER, ["王兰", id_number(901), UNION, DAY], ["示范尖甲", id_number(221), UNION, "2022-01-01"]
    )
    batch = check(clerk, path)
    assert counts(batch) == (1, 1, 0, 0)
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(county.persons["632322-1"], nation="土族")
    with pytest.raises(Refused, match="有 1 行有问题，一行都没有写入"):
        jobs.commit_or_reopen(batch, clerk, whole=True)
    with scope.applied(clerk):
        batch.refresh_from_db()
        assert batch.state == "checked" and "一行都没有写入" in batch.message
        assert not Person.objects.filter(name="王兰").exists()
    assert counts(batch) == (1, 0, 0, 1) and "已被别人修改" in problems(clerk, batch)[3][0][1]
    assert counts(actions.fix_rows(by=clerk, row=batch, cells={}, again=[3])) == (1, 1, 0, 0)


def test_all_or_nothing_stays_so_when_it_is_tried_again(clerk: Any, table: Write) -> None:
    lines = [["王兰", id_number(901), UNION, DAY], ["李梅", id_number(902), UNION, ""]]
    batch = check(clerk, table(HEADER, *lines))
    with scope.applied(clerk):
        job = jobs.start_commit(batch, by=clerk, whole=True)
        assert job is not None
        job.state = "failed"
        job.save()
        jobs.start_commit(batch, by=clerk)
    work()
    with scope.applied(clerk):
        batch.refresh_from_db()
        assert (batch.state, batch.rows_held) == ("checked", 1) and "一行都没有写入" in batch.message


def test_rows_gone_on_with_cannot_be_read_in_another_way(browser_clerk: Client, table: Write) -> None:
    lines = [["王兰", id_number(901), UNION, DAY], ["李梅", id_number(902), UNION, ""]]
    url = send(browser_clerk, table(HEADER, *lines))
    browser_clerk.post(f"{url}commit/", {"how": "good"})
    work()
    goes_on: Any = browser_clerk.post(f"{url}continue/")
    following = str(goes_on.url).removesuffix("fix/")
    assert f"{following}columns/" not in browser_clerk.get(following).content.decode()
    assert browser_clerk.get(f"{following}columns/")["Location"] == following
    for step, given in {"columns": {"c0": "name"}, "sheet": {"sheet": "table"}, "forget": {}}.items():
        page = browser_clerk.post(f"{following}{step}/", given, follow=True).content.decode()
        assert "上一批留下的行" in page, step
    work()
    assert "李梅" in browser_clerk.get(f"{following}?plan=held").content.decode()


def test_held_rows_of_a_committed_batch_are_gone_on_with(
    clerk: Any, county: World, table: Write, tmp_path: Path
) -> None:
    batch = check(
        clerk, table(HEADER, ["王兰", id_number(901), UNION, DAY], ["李梅", id_number(902), UNION, ""])
    )
    batch = commit(clerk, batch)
    following = actions.continue_held(by=clerk, row=batch)
    assert counts(following) == (0, 0, 0, 1) and following.continues == batch
    following = actions.fix_rows(by=clerk, row=following, cells={3: {"joined_on": "又错"}})
    with (tmp_path / "held.xlsx").open("wb") as stream:
        return_held(by=clerk, row=following, stream=stream)
    line = [cell.value for cell in load_workbook(tmp_path / "held.xlsx").worksheets[0][2]]
    assert line[:4] == ["李梅", id_number(902), UNION, "又错"]
    following = actions.fix_rows(by=clerk, row=following, cells={3: {"joined_on": DAY}})
    assert commit(clerk, following).rows_new == 1
    assert actions.undo(by=clerk, row=following).kept == []
    with scope.applied(clerk):
        assert Person.objects.filter(name="王兰").exists() and not Person.objects.filter(name="李梅").exists()


def test_rows_held_by_commit_can_be_gone_on_with(clerk: Any, county: World, table: Write) -> None:
    batch = check(clerk, table(HEADER, ["示范尖甲", id_number(221), UNION, "2022-01-01"]))
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(county.persons["632322-1"], nation="土族")
    batch = commit(clerk, batch)
    assert batch.rows_held == 1
    following = actions.continue_held(by=clerk, row=batch)
    following = actions.fix_rows(by=clerk, row=following, cells={}, again=[2])
    assert counts(following) == (0, 1, 0, 0)


@pytest.fixture
def browser_clerk(client: Client, county: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


def send(client: Client, path: Path) -> str:
    with path.open("rb") as stream:
        answer: Any = client.post("/imports/new/?resource=members", {"file": File(stream, path.name)})
    work()
    return str(answer.url)


def seen(page: str) -> dict[str, str]:
    """What the form says of the rows it was opened with."""
    return dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', page))


def test_what_somebody_else_has_just_corrected_is_not_put_back(browser_clerk: Client, table: Write) -> None:
    lines = [["王兰", id_number(901), UNION, ""], ["李梅", id_number(902), "没有的工会", ""]]
    url = send(browser_clerk, table(HEADER, *lines))
    form = seen(browser_clerk.get(f"{url}fix/").content.decode())
    first = {"row": ["3"], **form, "r3-union": UNION, "r3-joined_on": ""}
    browser_clerk.post(f"{url}fix/", first)
    second = {"row": ["2", "3"], **form, "r2-joined_on": DAY, "r3-union": "没有的工会", "r3-joined_on": DAY}
    page = browser_clerk.post(f"{url}fix/", second, follow=True).content.decode()
    assert "第 3 行在这一页打开之后已经改过" in page and "核对了改动的 1 行" in page
    assert f'name="r3-union" value="{UNION}"' in page


def test_the_pages_of_fixing(browser_clerk: Client, table: Write) -> None:
    wrong = id_number(901)[:17] + "A"
    lines = [
        ["王兰", wrong, UNION, DAY],
        ["李梅", id_number(902), UNION, ""],
        ["马林", id_number(903), UNION, DAY],
    ]
    url = send(browser_clerk, table(HEADER, *lines))
    page = browser_clerk.get(f"{url}fix/").content.decode()
    assert wrong not in page and wrong[:10] not in page and "r2-id_number" in page
    assert "身份证号：" in page and "（1 行）" in page
    one = browser_clerk.get(
        f"{url}fix/", {"kind": "入会日期|没有填写。这一列必填，请补上。"}
    ).content.decode()
    assert "李梅" in one and "王兰" not in one
    typed = {"r2-id_number": id_number(901), "r3-joined_on": ""}
    answer = browser_clerk.post(f"{url}fix/", {"row": ["2", "3"], **seen(page), **typed}, follow=True)
    page = answer.content.decode()
    assert "1 行已没有问题" in page and "王兰" not in page and id_number(901) not in page
    browser_clerk.post(f"{url}fill/", {"column": "joined_on", "value": DAY, "only_blank": "on"})
    assert "没有这样的行" in browser_clerk.get(f"{url}fix/").content.decode()
    browser_clerk.post(f"{url}commit/", {"how": "whole"})
    work()
    assert "已导入" in browser_clerk.get(url).content.decode()


def test_what_is_left_is_work_until_it_is_dismissed(browser_clerk: Client, table: Write) -> None:
    lines = [["王兰", id_number(901), UNION, DAY], ["李梅", id_number(902), UNION, ""]]
    url = send(browser_clerk, table(HEADER, *lines))
    browser_clerk.post(f"{url}commit/", {"how": "good"})
    work()
    page = browser_clerk.get(url).content.decode()
    plan = page.split("核对结果</caption>")[1]
    assert "还有 1 行有问题" in page and "李梅" in plan and "王兰" not in plan
    home = browser_clerk.get("/").content.decode()
    assert "1 份已导入的表格还有问题行" in home and f"{url}?plan=held" in home
    assert "table.csv" in browser_clerk.get("/imports/?held=1").content.decode()
    assert browser_clerk.post(f"{url}dismiss/", {"reason": ""}).status_code == 422
    browser_clerk.post(f"{url}dismiss/", {"reason": "已在页面上逐个办理"})
    assert "份已导入的表格还有问题行" not in browser_clerk.get("/").content.decode()
    assert "了结，没有导入" in browser_clerk.get(url).content.decode()
    event = AuditEvent.objects.get(verb="imports.dismiss_held")
    assert event.reason == "已在页面上逐个办理"


def test_one_wrong_value_is_replaced_wherever_it_stands(clerk: Any, table: Write) -> None:
    """As when a union's name is misspelt in a hundred rows; other mistakes in the column stay."""
    lines = [["王兰", id_number(901), "某公会", DAY], ["李梅", id_number(902), "某公会", "某日"]]
    batch = check(clerk, table(HEADER, *lines, ["马林", id_number(903), "别的公会", DAY]))
    batch = actions.fill_held(by=clerk, row=batch, column="union", value=UNION, instead_of="某公会")
    found = rows(clerk, batch)
    assert [found[n].plan for n in (2, 3, 4)] == ["new", "held", "held"]
    assert [column for column, _ in problems(clerk, batch)[3]] == ["入会日期"]
    assert "别的公会" in problems(clerk, batch)[4][0][1]
