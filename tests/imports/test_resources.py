"""Every other resource through the same mechanism, the way out and back in, and the command line."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from cases.models import PartnerShop, Programme
from core import scope
from core.actions import bootstrap
from core.imports import actions
from core.imports.returning import update_table
from core.management.commands import import_file
from core.resource import registry
from funding.models import FundingLine, FundingSource, ShopStatement
from tests.imports.conftest import DATA, check, commit, counts, problems, rows
from tests.world import World, id_number
from unions.models import DemocraticSystem, Employer, EmployerHeadcount, UnitCoverage

Write = Callable[..., Path]
IMPORTED = (
    "unions",
    "employers",
    "democratic_systems",
    "members",
    "programmes",
    "projects",
    "shops",
    "enrolments",
    "meals",
    "shop_statements",
    "milestones",
    "progress_reports",
    "equipment",
    "acceptances",
    "venue_checks",
    "visits",
    "project_contracts",
    "contract_supplements",
    "contract_payments",
    "match_requirements",
    "funding_lines",
    "funding_sources",
    "funding_targets",
    "subsidy_entries",
    "cost_share_rules",
    "declared_figures",
)
# What the levels above hand out or set, no county imports: tests/contracts/test_tables.py tries it.
FROM_ABOVE = ("county_tiers", "subsidy_standards", "subsidy_grants", "targets")


@pytest.fixture(autouse=True)
def stated(county: World) -> None:
    """A shop has said what it served in a month."""
    shop = PartnerShop.objects.get(programme=county.programmes["632322"])
    with bootstrap("demo.load", lambda: county.account("admin")):
        ShopStatement.objects.create(
            union_id=shop.union_id,
            county_id=shop.county_id,
            shop=shop,
            month=date(2023, 1, 1),
            meals=2,
            stated_on=date(2023, 2, 1),
        )


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def run(*arguments: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(*arguments, json=True, stdout=out, **options)
    return dict(json.loads(out.getvalue()))


def test_every_importable_resource_is_tested_here() -> None:
    assert {key for key, resource in registry().items() if resource.importer} == {*IMPORTED, *FROM_ABOVE}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("resource", IMPORTED)
@pytest.mark.parametrize("account", ["632322.clerk", "admin"])
def test_what_was_exported_changes_nothing_when_imported(
    county: World, tmp_path: Path, resource: str, suffix: str, account: str
) -> None:
    commit(county.account("632322.clerk"), check(county.account("632322.clerk"), DATA / "members_excel.xlsx"))
    path = tmp_path / f"out{suffix}"
    exported = run("export_file", resource, account=account, output=str(path))
    result = run("import_file", resource, str(path), account=account)
    assert (result["errors"], result["new"], result["changed"]) == ([], 0, 0)
    assert result["unchanged"] == exported["rows"] > 0


@pytest.mark.parametrize("resource", FROM_ABOVE)
def test_what_the_province_hands_out_comes_back_unchanged(
    county: World, tmp_path: Path, resource: str
) -> None:
    path = tmp_path / "out.xlsx"
    exported = run("export_file", resource, account="admin", output=str(path))
    result = run("import_file", resource, str(path), account="admin")
    assert (result["errors"], result["new"], result["changed"]) == ([], 0, 0)
    assert result["unchanged"] == exported["rows"] > 0


@pytest.mark.parametrize("resource", IMPORTED)
def test_an_update_table_changes_nothing_until_a_cell_is_changed(
    clerk: Any, tmp_path: Path, resource: str
) -> None:
    declared = registry()[resource]
    path = tmp_path / "update.xlsx"
    with scope.applied(clerk), path.open("wb") as stream:
        rows = declared.rows(clerk).order_by("pk")
        registered = rows.count()
        update_table(by=clerk, resource=declared, rows=rows, stream=stream)
    batch = check(clerk, path, resource)
    assert counts(batch) == (0, 0, registered, 0), problems(clerk, batch)


def test_an_update_table_of_projects_has_the_fields_of_their_kind(clerk: Any, tmp_path: Path) -> None:
    path, declared = tmp_path / "update.xlsx", registry()["projects"]
    with scope.applied(clerk), path.open("wb") as stream:
        update_table(by=clerk, resource=declared, rows=declared.rows(clerk), stream=stream)
    sheet = load_workbook(path).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    shown = [dict(zip(heads, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(2)]
    bar = next(row for row in shown if row["名称"] == "尖扎职工氧吧")
    area = next(head for head in heads if str(head).startswith("建筑面积"))
    assert bar[area] == 2049.68


def test_an_update_table_masks_numbers_and_keeps_them_text(clerk: Any, tmp_path: Path) -> None:
    path = tmp_path / "update.xlsx"
    with scope.applied(clerk), path.open("wb") as stream:
        rows = registry()["members"].rows(clerk).order_by("pk")
        update_table(by=clerk, resource=registry()["members"], rows=rows, stream=stream)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    card = sheet.cell(2, heads.index("身份证号") + 1)
    assert card.value == "**************" + id_number(221)[-4:] and card.number_format == "@"
    assert sheet.data_validations.dataValidation and "更新" in str(
        [cell.value for row in book.worksheets[1] for cell in row]
    )
    sheet.cell(2, heads.index("学历") + 1).value = "大学专科"
    book.save(path)
    batch = check(clerk, path)
    assert batch.rows_changed == 1 and batch.rows_held == 0


@pytest.mark.parametrize(
    ("resource", "header", "line"),
    [
        (
            "funding_lines",
            ["建设项目", "资金来源", "阶段", "金额", "日期"],
            ["尖扎职工氧吧", "县级配套", "到位", "120万元", "2023-03-05"],
        ),
        ("unions", ["工会名称", "上级工会"], ["康杨镇卫生院工会", ""]),
        ("employers", ["单位名称", "单位性质", "列入名录日期"], ["尖扎示范企业88", "非公有制", "2020-01-01"]),
        ("projects", ["名称", "种类", "建筑面积"], ["尖扎新氧吧", "高原职工氧吧", "300"]),
    ],
    ids=["funding_lines", "unions", "employers", "projects"],
)
def test_the_same_table_checked_twice_is_written_once(
    clerk: Any, table: Write, resource: str, header: list[str], line: list[str]
) -> None:
    """Also where no constraint of the database would keep the second one out."""
    one, other = (check(clerk, table(header, line), resource) for _ in range(2))
    assert counts(one) == counts(other) == (1, 0, 0, 0), problems(clerk, one)
    assert counts(commit(clerk, one)) == (1, 0, 0, 0)
    assert counts(commit(clerk, other)) == (0, 0, 0, 1)
    told = problems(clerk, other)[2][0][1]
    assert "已有人登记了同一对象" in told or "核对之后本工会又有了同名的项目" in told
    again = actions.continue_held(by=clerk, row=other)
    again = actions.recheck_held(by=clerk, row=again)
    assert counts(again) == (0, 0, 1, 0)


def test_a_part_of_the_workers_needs_the_whole_and_says_itself(
    clerk: Any, county: World, table: Write
) -> None:
    head = ["单位名称", "单位性质", "列入名录日期", "职工数", "职工数统计日期", "女职工数"]
    name = county.employers["632322"].name
    lone = check(
        clerk,
        table(head, [name, "", "", "", "", "3"], ["新单位", "事业单位", "2023-01-01", "", "", "3"]),
        "employers",
    )
    assert [problems(clerk, lone)[n][0][0] for n in (2, 3)] == ["女职工数（人）", "女职工数（人）"]
    same = check(clerk, table(head, [name, "", "", "", "", "2"]), "employers")
    assert counts(same) == (0, 0, 1, 0)
    both = check(clerk, table(head, [name, "", "", "4", "2022-01-01", "3"]), "employers")
    assert rows(clerk, both)[2].changes == {"女职工数（人）": ["2", "3"]}


def test_employers_with_workers_and_coverage(clerk: Any, county: World, table: Write) -> None:
    header = [
        "单位名称",
        "单位性质",
        "列入名录日期",
        "职工数",
        "统计日期",
        "女职工数",
        "覆盖工会",
        "覆盖起始日期",
    ]
    path = table(
        header,
        ["尖扎县大酒店", "非公有制企业", "2018-01-01", "30", "2023-01-01", "12", "632322-0002", "2020-01-01"],
        ["尖扎示范企业01", "", "", "9", "2023-03-01", "", "", ""],
        ["尖扎县小酒店", "非公有制企业", "2018-01-01", "3", "2023-01-01", "12", "", ""],
    )
    batch = check(clerk, path, "employers")
    assert counts(batch) == (1, 1, 0, 1) and "多于职工总数" in problems(clerk, batch)[4][0][1]
    batch = commit(clerk, batch)
    with scope.applied(clerk):
        hotel = Employer.objects.get(name="尖扎县大酒店")
        assert EmployerHeadcount.objects.get(employer=hotel).female_workers == 12
        assert UnitCoverage.objects.get(employer=hotel).valid_from == date(2020, 1, 1)
        known = EmployerHeadcount.objects.filter(employer=county.employers["632322"]).order_by("valid_from")
        assert [(count.workers, count.valid_to) for count in known] == [(4, date(2023, 3, 1)), (9, None)]
    assert counts(check(clerk, path, "employers")) == (0, 0, 2, 1)
    assert actions.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert EmployerHeadcount.objects.get(employer=county.employers["632322"]).valid_to is None


def test_democratic_systems_of_known_employers(clerk: Any, county: World, table: Write) -> None:
    header = ["单位名称", "制度", "建制形式", "建制日期", "终止日期", "最近一次会议"]
    name = county.employers["632322"].name
    path = table(
        header,
        [name, "厂务公开", "区域性", "2015-03-01", "2016-03-01", ""],
        [name, "厂务公开", "", "2015-06-01", "", ""],
        [name, "厂务公开", "", "2017-01-01", "2016-01-01", ""],
        ["没有登记的单位", "厂务公开", "", "2015-06-01", "", ""],
        [county.employers["632323"].name, "厂务公开", "", "2015-06-01", "", ""],
    )
    batch = commit(clerk, check(clerk, path, "democratic_systems"))
    assert counts(batch) == (1, 0, 0, 4), problems(clerk, batch)
    found = problems(clerk, batch)
    assert "2015-03-01 起的同一制度时间重叠" in found[3][0][1] and "不晚于建制日期" in found[4][0][1]
    assert "没有用人单位" in found[5][0][1] and "没有用人单位" in found[6][0][1]
    line = [name, "厂务公开", "", "2015-03-01", "2016-03-01", "2016-01-05"]
    batch = commit(clerk, check(clerk, table(header, line), "democratic_systems"))
    with scope.applied(clerk):
        system = DemocraticSystem.objects.get(valid_from=date(2015, 3, 1))
        assert (system.form, system.last_session_on) == ("regional", date(2016, 1, 5))
    assert actions.undo(by=clerk, row=batch).kept == []


def test_a_system_ends_and_the_next_begins_in_one_table(clerk: Any, county: World, table: Write) -> None:
    header, name = ["单位名称", "制度", "建制日期", "终止日期"], county.employers["632322"].name
    commit(clerk, check(clerk, table(header, [name, "厂务公开", "2015-03-01", ""]), "democratic_systems"))
    lines = [name, "厂务公开", "2015-03-01", "2017-03-01"], [name, "厂务公开", "2017-03-01", ""]
    batch = commit(clerk, check(clerk, table(header, *lines, name="next.csv"), "democratic_systems"))
    assert counts(batch) == (1, 1, 0, 0), problems(clerk, batch)
    assert actions.undo(by=clerk, row=batch).kept == []


def test_funding_lines_register_their_sources(clerk: Any, county: World, table: Write) -> None:
    header = ["建设项目", "资金来源", "来源类别", "阶段", "金额", "日期", "文号"]
    path = table(
        header,
        ["尖扎职工氧吧", "某援建公司", "援建企业", "到位", "120万元", "2023-03-05", "尖工发3号"],
        ["尖扎职工氧吧", "某援建公司", "", "到位", "50万元", "2023-03-06", "尖工发4号"],
        ["尖扎职工氧吧", "无名公司", "", "到位", "50万元", "2023-03-06", ""],
        ["泽库职工氧吧", "某援建公司", "援建企业", "到位", "50万元", "2023-03-06", ""],
    )
    batch = commit(clerk, check(clerk, path, "funding_lines"))
    assert counts(batch) == (2, 0, 0, 2)
    assert [message for ((_, message),) in problems(clerk, batch).values()] == [
        "“无名公司”是第一次登记的来源。请写明它的类别。",
        "您管辖范围内没有建设项目“泽库职工氧吧”。请填写登记的全称；没有登记的请先登记。",
    ]
    with scope.applied(clerk):
        source = FundingSource.objects.get(name="某援建公司")
        assert sum(line.amount for line in source.lines.all()) == Decimal("1700000.00")
    assert counts(check(clerk, path, "funding_lines"))[2] == 2
    assert actions.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert not FundingSource.objects.filter(name="某援建公司").exists()


def test_undo_keeps_a_source_that_others_use(clerk: Any, county: World, table: Write) -> None:
    header = ["建设项目", "资金来源", "来源类别", "阶段", "金额", "日期"]
    line = ["尖扎职工氧吧", "某援建公司", "援建企业", "到位", "120万元"]
    first = commit(clerk, check(clerk, table(header, [*line, "2023-03-05"]), "funding_lines"))
    commit(clerk, check(clerk, table(header, [*line, "2023-03-06"]), "funding_lines"))
    kept = actions.undo(by=clerk, row=first).kept
    assert [(one["row"], one["what"], one["reason"]) for one in kept] == [
        (2, "资金来源 某援建公司", "已被其他记录使用（资金明细）")
    ]
    with scope.applied(clerk):
        assert FundingLine.objects.filter(source__name="某援建公司").count() == 1


def test_programmes_and_projects_with_the_fields_of_their_kind(clerk: Any, table: Write) -> None:
    header = ["名称", "种类", "开始日期", "每份标准", "服务对象", "计划人数"]
    line = ["尖扎早餐二期", "爱心早餐", "2023-02-01", "11元", "全县环卫工人"]
    path = table(header, [*line, "80"], ["早餐三期", "爱心早餐", "2023-02-01", "", "", ""])
    batch = commit(clerk, check(clerk, path, "programmes"))
    assert counts(batch) == (1, 0, 0, 1)
    assert problems(clerk, batch) == {3: [("服务对象", "请填写服务对象。")]}
    assert counts(check(clerk, path, "programmes")) == (0, 0, 1, 1)
    batch = commit(clerk, check(clerk, table(header, [*line, "90"]), "programmes"))
    with scope.applied(clerk):
        assert batch.rows.get().changes == {"计划人数（人）": ["80 人", "90 人"]}
        programme = Programme.objects.get(name="尖扎早餐二期")
        assert programme.attributes == {"served_group": "全县环卫工人", "planned_workers": 90}


def test_the_command_line_imports_and_undoes(county: World) -> None:
    name = str(DATA / "members_broken_ids.xlsx")
    checked = run("import_file", "members", name, account="632322.clerk")
    assert (checked["rows_read"], checked["new"], checked["state"]) == (12, 6, "checked")
    assert checked["errors"][0]["row"] == 3 and checked["errors"][0]["column"] == "身份证号"
    written = run("import_file", "members", name, account="632322.clerk", commit=True)
    assert (written["new"], written["state"]) == (6, "committed")
    undone = run("undo_import", str(written["batch"]), account="632322.clerk")
    assert undone == {"batch": written["batch"], "state": "undone", "kept": []}


def test_the_command_line_lists_the_first_held_rows_only(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "ROWS_SHOWN", 2)
    out = StringIO()
    name = str(DATA / "members_broken_ids.xlsx")
    call_command("import_file", "members", name, account="632322.clerk", stdout=out)
    said = out.getvalue()
    assert "第 3 行" in said and len(set(re.findall(r"第 \d+ 行 ", said))) == 2
    assert "只列出前 2 行" in said


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("import_file", "members", "/nowhere.xlsx"), {"account": "632322.clerk"}, "无法读取文件"),
        (("import_file", "nothing", __file__), {"account": "632322.clerk"}, "没有可导入的内容"),
        (("import_file", "members", __file__), {"account": "nobody"}, "没有名为“nobody”的可用账号"),
        (("import_file", "members", __file__), {"account": "632322.clerk"}, "没有找到表头"),
        (("import_file", "members", __file__), {"account": "630000.official"}, "没有“导入表格”的权限"),
        (("undo_import", "999999"), {"account": "632322.clerk"}, "没有批次"),
        (("export_file", "members"), {"account": "632322.clerk", "output": "/tmp/x.pdf"}, "扩展名"),
    ],
)
def test_a_refused_command_says_one_sentence(
    county: World, arguments: tuple[str, ...], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments, **options)


def test_another_county_cannot_undo(county: World) -> None:
    written = run(
        "import_file", "members", str(DATA / "members_excel.xlsx"), account="632322.clerk", commit=True
    )
    with pytest.raises(CommandError, match="不在这个账号的管辖范围内"):
        run("undo_import", str(written["batch"]), account="632323.clerk")
