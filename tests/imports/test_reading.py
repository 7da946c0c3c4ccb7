"""Which column is read as what: found, chosen by a person, remembered for the county."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files import File
from django.test import Client

from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.checking import Alone, check_batch
from core.models import ImportBatch, ImportMapping
from tests.imports.conftest import check, counts, upload, work
from tests.world import PASSWORD, World, id_number

Write = Callable[..., Path]
ODD = ["甲", "乙", "丙", "丁"]
LINES = [
    ["王兰", id_number(901), "632322-0001", "2023-01-05"],
    ["李梅", id_number(902), "632322-0001", "2023-01-06"],
    ["马林", id_number(903), "632322-0001", "2023-01-07"],
]
READ = {0: "name", 1: "id_number", 2: "union", 3: "joined_on"}


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


@pytest.fixture
def browser_clerk(client: Client, county: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


def sent(client: Client, values: dict[str, Any]) -> str:
    answer: Any = client.post("/imports/new/?resource=members", values)
    return str(answer.url)


def read_again(clerk: Any, batch: ImportBatch) -> ImportBatch:
    with scope.applied(clerk):
        ImportBatch.objects.filter(pk=batch.pk).update(state="checking")
    return check_batch(batch.pk, clerk, Alone(clerk))


def test_a_header_that_nobody_knows_is_mapped_by_hand_and_remembered(
    clerk: Any, county: World, table: Write
) -> None:
    path = table(ODD, *LINES)
    batch = check(clerk, path)
    assert batch.state == "refused" and "没有找到表头" in batch.message
    assert [column["text"] for column in batch.reading["columns"]] == ODD
    batch = actions.map_columns(by=clerk, row=batch, columns=READ)
    batch = read_again(clerk, batch)
    assert counts(batch) == (3, 0, 0, 0) and batch.reading["how"] == "person"
    again = check(clerk, table(ODD, *LINES, name="second.csv"))
    assert counts(again) == (3, 0, 0, 0) and again.reading["how"] == "last"
    elsewhere = check(county.account("632323.clerk"), table(ODD, *LINES, name="third.csv"))
    assert elsewhere.state == "refused"


def test_a_column_may_be_given_to_one_meaning_only(clerk: Any, table: Write) -> None:
    batch = check(clerk, table(["姓名", "身份证号", "所在工会", "入会日期"], *LINES))
    with pytest.raises(Refused, match=r"“姓名”选了不止一列（A、B）"):
        actions.map_columns(by=clerk, row=batch, columns={0: "name", 1: "name"})
    with pytest.raises(Refused, match="至少要指定一列"):
        actions.map_columns(by=clerk, row=batch, columns={0: ""})
    with pytest.raises(Refused, match="不能导入"):
        actions.map_columns(by=clerk, row=batch, columns={0: "state"})
    with scope.applied(clerk):
        assert not ImportMapping.objects.exists()


def test_first_values_are_masked_whatever_the_column_is_called(clerk: Any, table: Write) -> None:
    number = id_number(904)
    lines = [[name, card, union, day, number] for name, card, union, day in LINES]
    batch = check(clerk, table(["姓名", "身份证号", "所在工会", "入会日期", "别的号码"], *lines))
    text = str(batch.reading)
    assert number not in text and LINES[0][1] not in text and number[-4:] in text and "王兰" in text


def test_held_rows_come_back_as_they_were_read(clerk: Any, table: Write, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from core.imports.returning import return_held

    path = table(ODD, [*LINES[0][:3], "没有日期"], *LINES[1:])
    batch = actions.map_columns(by=clerk, row=check(clerk, path), columns=READ)
    batch = read_again(clerk, batch)
    assert counts(batch) == (2, 0, 0, 1)
    with (tmp_path / "held.xlsx").open("wb") as stream:
        return_held(by=clerk, row=batch, stream=stream)
    first = [cell.value for cell in load_workbook(tmp_path / "held.xlsx").worksheets[0][2]]
    assert first[:4] == ["王兰", LINES[0][1], "632322-0001", "没有日期"]


def two_sheets(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, lines in (("一季度", LINES), ("二季度", LINES[:1])):
            sheet = book.add_worksheet(name)
            for number, line in enumerate([["姓名", "身份证号", "所在工会", "入会日期"], *lines]):
                sheet.write_row(number, 0, line)
    return path


def test_another_sheet_of_the_workbook_is_chosen(clerk: Any, tmp_path: Path) -> None:
    batch = check(clerk, two_sheets(tmp_path / "two.xlsx"))
    assert batch.sheet == "一季度" and batch.reading["sheets"] == ["一季度", "二季度"]
    batch = actions.choose_sheet(by=clerk, row=batch, sheet="二季度")
    batch = read_again(clerk, batch)
    assert batch.sheet == "二季度" and counts(batch) == (1, 0, 0, 0)
    with pytest.raises(Refused, match="没有名为"):
        actions.choose_sheet(by=clerk, row=batch, sheet="三季度")


def test_the_pages_of_the_reading(browser_clerk: Client, tmp_path: Path, table: Write) -> None:
    with table(ODD, *LINES).open("rb") as stream:
        url = sent(browser_clerk, {"file": File(stream, "odd.csv")})
    work()
    page = browser_clerk.get(url).content.decode()
    assert "读取 0 列，不读取 4 列" in page and "缺少必填的列：姓名" in page
    page = browser_clerk.get(f"{url}columns/").content.decode()
    assert "（不读取）" in page and "身份证号（必填）" in page and LINES[0][1] not in page
    answer = browser_clerk.post(f"{url}columns/", {"c0": "name", "c1": "name"})
    assert answer.status_code == 422 and "请只留一列" in answer.content.decode()
    browser_clerk.post(f"{url}columns/", {f"c{index}": key for index, key in READ.items()})
    work()
    page = browser_clerk.get(url).content.decode()
    assert "按您指定的对应" in page and "确认导入 3 行" in page
    with table(ODD, *LINES[:2], name="next.csv").open("rb") as stream:
        url = sent(browser_clerk, {"file": File(stream, "next.csv")})
    work()
    assert "按上次的对应" in browser_clerk.get(url).content.decode()
    with two_sheets(tmp_path / "two.xlsx").open("rb") as stream:
        url = sent(browser_clerk, {"file": File(stream, "two.xlsx")})
    work()
    browser_clerk.post(f"{url}sheet/", {"sheet": "二季度", "header_row": ""})
    work()
    assert "确认导入 1 行" in browser_clerk.get(url).content.decode()


def test_a_committed_batch_keeps_its_columns(clerk: Any, table: Write) -> None:
    batch = check(clerk, table(["姓名", "身份证号", "所在工会", "入会日期"], *LINES))
    batch = actions.commit(by=clerk, row=batch)
    with pytest.raises(Refused, match="不能再改列的对应"):
        actions.map_columns(by=clerk, row=batch, columns=READ)
    assert upload(clerk, table(ODD, *LINES)).chosen == {}
