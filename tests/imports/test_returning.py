"""The workbook that goes back to the clerk: its rows where they stood, the wrong cells coloured and explained."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.jobs import start_check, start_recheck
from core.imports.returning import return_held
from core.models import ImportBatch, ImportMapping
from members.models import Person
from tests.imports.conftest import check, commit, counts, work
from tests.world import World, id_number

Write = Callable[..., Path]
HEADER = ["姓名", "身份证号", "所在工会", "入会日期"]
UNION, DAY = "632322-0001", "2023-01-05"
RED = "FFFFC7CE"


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


@pytest.fixture
def titled(tmp_path: Path) -> Path:
    """A workbook as counties have them: a title, a column nobody asked for, a blank line, a total."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "花名册"
    for line in (
        ["尖扎县会员花名册"],
        ["序号", *HEADER, "宿舍"],
        [1, "王兰", id_number(901), UNION, DAY, "3栋"],
        [],
        [2, "李梅", id_number(902)[:17] + "A", UNION, "某日", "5栋"],
        ["合计", 2],
    ):
        sheet.append(line)
    path = tmp_path / "花名册.xlsx"
    book.save(path)
    return path


def returned(by: Any, batch: ImportBatch, *, whole: bool = False) -> Any:
    stream = BytesIO()
    return_held(by=by, row=batch, stream=stream, whole=whole)
    return load_workbook(stream).worksheets[0]


def values(line: Any) -> list[Any]:
    return [cell.value for cell in line]


def coloured(line: Any) -> list[str]:
    return [cell.column_letter for cell in line if cell.fill.start_color.rgb == RED]


def test_the_whole_sheet_comes_back_row_by_row(clerk: Any, titled: Path) -> None:
    sheet = returned(clerk, check(clerk, titled), whole=True)
    assert sheet.title == "花名册" and sheet["A1"].value == "尖扎县会员花名册"
    assert values(sheet[2]) == ["序号", *HEADER, "宿舍", "原行号", "处理", "问题"]
    assert values(sheet[3])[:6] == [1, "王兰", id_number(901), UNION, DAY, "3栋"]
    assert values(sheet[3])[6:] == [3, "新增", None] and coloured(sheet[3]) == []
    assert values(sheet[5])[5:8] == ["5栋", 5, "有问题"] and coloured(sheet[5]) == ["C", "E"]
    said = sheet[5][8].value
    assert "身份证号" in said and "入会日期“某日”" in said and "。；" not in said and said.endswith("。")
    assert values(sheet[6])[:2] == ["合计", 2] and values(sheet[6])[6:] == [None, None, None]
    assert sheet["C3"].number_format == "@" and sheet["C3"].data_type == "s"


def test_what_comes_back_can_be_uploaded_again(clerk: Any, titled: Path, tmp_path: Path) -> None:
    path = tmp_path / "again.xlsx"
    with path.open("wb") as stream:
        return_held(by=clerk, row=check(clerk, titled), stream=stream, whole=True)
    book = load_workbook(path)
    book.worksheets[0]["C5"] = id_number(902)
    book.worksheets[0]["E5"] = DAY
    book.save(path)
    again = check(clerk, path)
    assert counts(again) == (2, 0, 0, 0)


def test_held_rows_say_where_they_stood_and_outlive_the_file(clerk: Any, titled: Path) -> None:
    batch = commit(clerk, check(clerk, titled))
    stored = batch.file.file
    stored.storage.delete(stored.name)
    sheet = returned(clerk, batch)
    assert values(sheet[1]) == [*HEADER, "原行号", "问题"] and sheet.max_row == 2
    assert values(sheet[2])[:5] == ["李梅", id_number(902)[:17] + "A", UNION, "某日", 5]
    assert coloured(sheet[2]) == ["B", "D"]
    with pytest.raises(Refused, match="只能下载有问题的行"):
        returned(clerk, batch, whole=True)


def test_numbers_go_back_in_full_only_to_who_brought_them(clerk: Any, county: World, titled: Path) -> None:
    batch, admin = check(clerk, titled), county.account("admin")
    with pytest.raises(Refused, match="只退给上传它的人"):
        returned(admin, batch, whole=True)
    line = values(returned(admin, batch)[2])
    assert line[0] == "李梅" and line[1].startswith("*" * 14) and line[4] == 5


def test_a_forgotten_mapping_is_not_used_again(clerk: Any, table: Write) -> None:
    path = table(["甲", "乙", "丙", "丁"], ["王兰", id_number(901), UNION, DAY])
    batch = check(clerk, path)
    keys = ("name", "id_number", "union", "joined_on")
    batch = actions.map_columns(by=clerk, row=batch, columns=dict(enumerate(keys)))
    with scope.applied(clerk):
        start_check(batch, by=clerk)
    work()
    with scope.applied(clerk):
        batch = ImportBatch.objects.get(pk=batch.pk)
        assert batch.state == "checked" and ImportMapping.objects.count() == 1
    actions.forget_mapping(by=clerk, row=batch)
    with scope.applied(clerk):
        assert not ImportMapping.objects.exists()
    assert check(clerk, path).state == "refused"


def test_rows_gone_on_with_are_checked_again_after_the_register_changed(clerk: Any, table: Write) -> None:
    path = table(HEADER, ["王兰", id_number(901), UNION, DAY], ["李梅", id_number(902), "某工会", DAY])
    following = actions.continue_held(by=clerk, row=commit(clerk, check(clerk, path)))
    with scope.applied(clerk):
        assert start_recheck(following, by=clerk) is None
        following.refresh_from_db()
    assert counts(following) == (0, 0, 0, 1)
    following = actions.fix_rows(by=clerk, row=following, cells={3: {"union": UNION, "joined_on": ""}})
    assert counts(following) == (0, 0, 0, 1)
    with scope.applied(clerk):
        assert Person.objects.filter(name="王兰").exists()


def checked_again(clerk: Any, batch: ImportBatch) -> ImportBatch:
    with scope.applied(clerk):
        start_check(batch, by=clerk)
    work()
    batch.refresh_from_db()
    return batch


def test_what_was_typed_comes_back_with_what_the_file_said(clerk: Any, titled: Path) -> None:
    """Row 5 is wrong twice; one cell is corrected in the grid, then the other, then corrected again."""
    batch = actions.fix_rows(by=clerk, row=check(clerk, titled), cells={5: {"id_number": id_number(902)}})
    line = returned(clerk, batch, whole=True)[5]
    assert line[2].value == id_number(902) and coloured(line) == ["E"]
    assert f"身份证号已在网页上改正，原来是“{id_number(902)[:17]}A”。" in line[8].value
    actions.fix_rows(by=clerk, row=batch, cells={5: {"joined_on": "2023-02-01"}})
    line = returned(clerk, batch, whole=True)[5]
    assert values(line)[7] == "新增" and coloured(line) == []
    assert values(line)[4] == "2023-02-01" and "入会日期已在网页上改正，原来是“某日”。" in line[8].value
    assert f"原来是“{id_number(902)[:17]}A”" in line[8].value


def test_what_was_typed_outlives_a_new_check(clerk: Any, table: Write) -> None:
    """Also in a column that the file does not have; a row that is still wrong keeps it too."""
    path = table(
        HEADER[:3], ["王兰", id_number(901), "某工会"], ["李梅", id_number(902), "某工会"], name="short.csv"
    )
    batch = check(clerk, path)
    batch = actions.fix_rows(
        by=clerk, row=batch, cells={2: {"union": UNION, "joined_on": DAY}, 3: {"joined_on": DAY}}
    )
    assert counts(batch) == (1, 0, 0, 1)
    checked_again(clerk, batch)
    assert counts(batch) == (1, 0, 0, 1) and "沿用了网页上改正过的 2 行" in batch.notes
    batch = actions.fill_held(by=clerk, row=batch, column="union", value=UNION, only_blank=False)
    checked_again(clerk, batch)
    assert counts(batch) == (2, 0, 0, 0)
    commit(clerk, batch)
    with scope.applied(clerk):
        assert Person.objects.filter(name__in=["王兰", "李梅"]).count() == 2
        assert not batch.answers.exists(), "nobody will be asked about these rows again"


def test_what_was_typed_is_sealed(clerk: Any, titled: Path) -> None:
    batch = actions.fix_rows(by=clerk, row=check(clerk, titled), cells={5: {"id_number": id_number(902)}})
    with scope.applied(clerk):
        [answer] = batch.answers.all()
    assert id_number(902).encode() not in bytes(answer.typed)
