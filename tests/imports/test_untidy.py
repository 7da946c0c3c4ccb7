"""A member table as counties keep it: titles, merged cells, other words for the headings, mixed dates."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from core.imports.pages.plan import problems_text
from tests.imports.conftest import check, counts, rows
from tests.world import World, id_number

HEADER = ["序号", "姓 名", "公民身份号码", "男/女", "民族", "工会名称", "入会时间", "联系电话", "文化程度"]
DATES = ["2023年3月5日", datetime(2023, 3, 5), "2023.3.5", "20230305", "2023/3/5", 44990]


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    """Every row another date and education; the union stands in one merged cell."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["尖扎县工会会员实名制花名册"])
    sheet.merge_cells("A1:I1")
    sheet.append(["填报单位：尖扎县总工会"])
    sheet.append(HEADER)
    for n, day in enumerate(DATES):
        number, sex = id_number(300 + n), "女性" if n % 2 == 0 else "男"
        union = "632322-0001" if n == 0 else None
        spaced = f"{number[:6]} {number[6:14]} {number[14:]}" if n == 1 else number
        sheet.append(
            [n + 1, f" 王　兰{'甲乙丙丁戊己'[n]} ", spaced, sex, "藏族", union, day, 13900000000 + n, "大专"]
        )
    sheet.merge_cells("F4:F9")
    lost = float(id_number(310)[:15] + "000")
    sheet.append([7, "李梅", lost, "女", "", "632322-0001", "三月初", None, ""])
    sheet.append([8, "马林", id_number(311), "男", "", "某公会", "2023-03-05", None, ""])
    sheet.append(["合计", 7])
    path = tmp_path / "untidy.xlsx"
    book.save(path)
    return path


def test_an_untidy_table_is_understood(county: World, untidy: Path) -> None:
    clerk = county.account("632322.clerk")
    batch = check(clerk, untidy)
    found = rows(clerk, batch)
    wrong = {number: row.problems for number, row in found.items() if row.problems and number < 10}
    assert counts(batch) == (6, 0, 0, 2), wrong
    assert set(batch.mapping) >= {"name", "id_number", "sex", "union", "joined_on", "mobile", "education"}
    assert {row.shown["joined_on"] for number, row in found.items() if number < 10} == {
        date(2023, 3, 5).isoformat()
    }


def test_a_sentence_names_the_wrong_value_once(county: World, untidy: Path) -> None:
    clerk = county.account("632322.clerk")
    found = rows(clerk, check(clerk, untidy))
    said = problems_text(found[10], {})
    assert said.count("三月初") == 1 and "后三位已经丢失" in said
    assert problems_text(found[11], {}).count("某公会") == 1
