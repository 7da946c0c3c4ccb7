"""Every list as a table: the template filled in, checked, taken in and taken back leaves the register as it was.

A resource that cannot be imported says here why; one that can says with which row it is tried.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from openpyxl import load_workbook

from cases.kinds import kinds_of
from cases.models import SIX_ITEMS, Project, ProjectStage, VenueCheck
from core import scope
from core.checks import Problem
from core.imports import actions
from core.imports.cells import read_column, reader
from core.imports.checking import Alone, check_batch
from core.imports.jobs import commit_or_reopen
from core.imports.returning import update_table, write_template
from core.models import ImportBatch, ImportRow, StoredFile
from core.resource import Column, Kind, Resource, registry
from funding.models import PairingTier
from tests.contracts import kit
from tests.world import World, id_number

HERE, LOW, DAY = "632322", "632322-0001", "2023-03-01"
TIER = str(PairingTier.choices[0][1])
Cells = dict[str, str]
# What one new row of each resource says, by column.
EXAMPLES: dict[str, Cells] = {
    "unions": {"name": "尖扎新工会", "parent": HERE},
    "employers": {
        "name": "尖扎新企业",
        "ownership": "非公有制企业",
        "listed_on": DAY,
        "workers": "3",
        "counted_on": DAY,
        "covered_by": LOW,
        "covered_on": DAY,
    },
    "democratic_systems": {
        "employer": "尖扎示范企业01",
        "kind": "厂务公开",
        "form": "区域性",
        "valid_from": DAY,
    },
    "members": {"name": "拉毛", "id_number": id_number(801), "union": LOW, "joined_on": DAY},
    "programmes": {"name": "尖扎早餐二期", "kind": "爱心早餐", "started_on": DAY, "served_group": "环卫工人"},
    "projects": {"name": "尖扎氧吧二期", "kind": "高原职工氧吧", "area_m2": "300"},
    "enrolments": {
        "programme": "尖扎爱心早餐",
        "id_number": id_number(222),
        "name": "示范尖甲乙",
        "valid_from": DAY,
    },
    "meals": {"served_on": DAY, "shop": "一号店", "id_number": id_number(221), "served_time": "07:30"},
    "shops": {"name": "尖扎二号店", "programme": "尖扎爱心早餐", "applied_on": DAY},
    "milestones": {"label": "竣工验收", "project": "尖扎职工氧吧", "planned_on": DAY},
    "equipment": {"name": "制氧机", "project": "尖扎职工氧吧", "quantity": "2"},
    "progress_reports": {
        "reported_on": "2023-04-05",
        "project": "尖扎职工氧吧",
        "percent": "80",
        "summary": "安装设备",
    },
    "acceptances": {
        "accepted_on": "2023-04-05",
        "project": "尖扎职工氧吧",
        "verdict": "不合格",
        "findings": "漏水",
    },
    "venue_checks": {
        "checked_on": "2023-04-22",
        "project": "尖扎户外劳动者驿站",
        **dict.fromkeys(SIX_ITEMS, "是"),
    },
    "visits": {"visited_on": DAY, "project": "尖扎职工氧吧", "person_times": "12"},
    "project_contracts": {
        "number": "尖扎合-9",
        "project": "尖扎职工氧吧",
        "other_party": "某施工企业",
        "subject": "装修",
        "amount": "1000",
        "signed_on": DAY,
    },
    "contract_supplements": {
        "number": "补-9",
        "contract": "尖扎合-1",
        "subject": "减少围墙",
        "amount": "-100",
        "signed_on": "2023-05-02",
    },
    "contract_payments": {"paid_on": "2023-04-02", "contract": "尖扎合-1", "amount": "10"},
    "match_requirements": {
        "project": "尖扎职工氧吧",
        "source": "援建企业",
        "percent": "50%",
        "basis": "青工发〔2023〕1号",
    },
    "funding_lines": {
        "project": "尖扎职工氧吧",
        "source": "某援建公司",
        "source_kind": "援建企业",
        "stage": "到位",
        "amount": "120",
        "recorded_on": DAY,
    },
    "funding_sources": {"name": "某爱心企业", "kind": "援建企业"},
    "funding_targets": {"union": HERE, "year": "2021", "kind": "全部来源", "amount": "1000000"},
    "county_tiers": {"union": HERE, "year": "2021", "tier": TIER},
    "subsidy_standards": {
        "tier": TIER,
        "amount": "25万",
        "valid_from": "2021-01-01",
        "valid_to": "2022-01-01",
        "basis": "办法",
    },
    "subsidy_grants": {"union": HERE, "year": "2021", "tier": TIER, "amount": "300000", "granted_on": DAY},
    "subsidy_entries": {
        "year": "2023",
        "stage": "支出",
        "amount": "20000",
        "occurred_on": "2023-05-06",
        "purpose": "职工培训",
        "document_no": "凭-7",
    },
    "shop_statements": {"shop": "一号店", "month": "2022-09", "meals": "20", "stated_on": DAY},
    "cost_share_rules": {
        "programme": "尖扎爱心早餐",
        "valid_from": "2022-05-01",
        "valid_to": "2022-06-01",
        "face_value": "11",
        "payers": "职工个人 1元；商家让利 10元",
    },
    "declared_figures": {"indicator": "职代会建制率", "quarter": "2022Q4", "printed": "22/21"},
    "targets": {"indicator": "职代会建制率", "value": "90", "from_quarter": "2022Q4", "source": "要点"},
}
# Lists that take nothing in, and why.
ONLY_OUT: dict[str, str] = {
    "audit_events": "操作记录由系统在每次操作时写下，不能由人填写",
    "findings": "待核事项由系统核对数字时提出，不能由人填写",
    "transfers": "转会一件一件地提出和答复，两边的县都要看到理由",
    "devices": "门店手机只能在门店当面配对，一台一个密钥",
    "meal_cards": "个人码由系统签发和作废，不能由人填写",
    "scan_anomalies": "打卡异常由系统从打卡里找出，不能由人填写",
    "rejected_scans": "没有通过的打卡由系统记录，不能由人补写",
    "project_photos": "照片逐张在项目页面上传",
    "settlements": "结算由系统按打卡计算，不能由人填写",
    "settlement_lines": "结算由系统按打卡计算，不能由人填写",
    "settlement_payments": "付款在当月结算页面登记，金额由结算给出，不能由人填写",
    "settlement_exceptions": "异常由系统比对得出，不能由人填写",
}
OWN = (*kit.RECORDS, ImportBatch, ImportRow, StoredFile)


def resources() -> dict[str, Resource]:
    """Every resource that is registered or that a screen shows."""
    screens = [route.options.get("screen") for route in kit.routes()]
    shown = {screen.resource.key: screen.resource for screen in screens if screen is not None}
    return shown | registry()


def _decimals() -> list[Any]:
    """Every column of money that a table may fill, beside the field that keeps it."""
    return [
        pytest.param(resource, column, field, id=f"{resource.key}-{column.key}")
        for resource in resources().values()
        for column in resource.importable
        for field in resource.model._meta.concrete_fields
        if column.kind is Kind.MONEY and field.name == column.key
    ]


@pytest.mark.parametrize(("resource", "column", "field"), _decimals())
def test_no_amount_is_read_that_its_column_cannot_hold(
    resource: Resource, column: Column, field: Any
) -> None:
    read = reader(resource, column)
    bound = 10 ** (field.max_digits - field.decimal_places)
    assert read(f"{bound - 1}.99") == bound - Decimal("0.01")
    with pytest.raises(Problem, match="金额超过"):
        read(str(bound))


def importable() -> list[str]:
    return [key for key, resource in registry().items() if resource.importer]


def test_every_list_can_be_imported_or_says_why_not() -> None:
    assert set(EXAMPLES) == set(importable()), "a resource without an example row, or an example without one"
    assert set(ONLY_OUT) == {key for key, resource in resources().items() if not resource.importer}
    assert all(reason.strip() for reason in ONLY_OUT.values())


def test_every_list_that_a_screen_imports_is_registered() -> None:
    assert {key for key, one in resources().items() if one.importer} == set(importable())


@pytest.fixture
def furnished(db: None) -> World:
    """The furnished world, its projects open to visitors."""
    world = kit.furnished()
    with kit.writing(world):
        _venue(world)
        Project.objects.update(stage=ProjectStage.IN_USE, opened_on=date(2023, 1, 1))
    return world


def _venue(world: World) -> None:
    """A station for outdoor workers, which six-have checks are about."""
    county = world.unions[HERE]
    venue = Project.objects.create(
        **county.stamp(),
        kind="venue",
        name="尖扎户外劳动者驿站",
        name_sort="jianzha",
        attributes={"venue_kind": "outdoor_station"},
    )
    VenueCheck.objects.filter(county_id=county.county_id).update(project=venue)


def _importer(world: World, resource: Resource) -> Any:
    """The county's clerk, or the nearest above who may set what he may not."""
    accounts = map(world.account, ("632322.clerk", "632300.reviewer", "630000.reviewer"))
    return next(account for account in accounts if not resource.why_not_import(account))


def _filled(resource: Resource, path: Path, cells: Cells) -> Path:
    """The resource's template with one row in place of the example."""
    with path.open("wb") as stream:
        write_template(stream, resource)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    for column in range(1, sheet.max_column + 1):
        sheet.cell(2, column).value = None
    for key, text in cells.items():
        sheet.cell(2, heads[resource.column(key).label]).value = text
    book.save(path)
    return path


def _check(by: Any, path: Path, resource: Resource) -> ImportBatch:
    with path.open("rb") as stream:
        file = File(stream, name=path.name)
        batch = actions.upload(by=by, resource=resource.key, file=file, defaults={})
    return check_batch(batch.pk, by, Alone(by))


def _problems(by: Any, batch: ImportBatch) -> list[Any]:
    with scope.applied(by):
        return [batch.message, *(row.problems for row in batch.rows.all() if row.problems)]


@pytest.mark.parametrize("key", importable())
def test_the_example_row_of_a_template_fills_what_is_required_and_is_understood(
    key: str, tmp_path: Path
) -> None:
    """A clerk copies it: every required cell has something in it, and each can be read as it stands."""
    resource = registry()[key]
    with (tmp_path / "template.xlsx").open("wb") as stream:
        write_template(stream, resource)
    sheet = load_workbook(tmp_path / "template.xlsx").worksheets[0]
    examples = [str(cell.value or "").removeprefix("示例：") for cell in sheet[2]]
    empty = [
        c.label for c, text in zip(resource.importable, examples, strict=False) if c.required and not text
    ]
    assert empty == []
    for column, text in zip(resource.importable, examples, strict=False):
        read = read_column(column, reader(resource, column), [text or None])
        assert not read.problems, f"{column.label}: {text}"


@pytest.mark.parametrize(("key", "of"), [("programmes", "programme"), ("projects", "project")])
def test_the_example_row_fills_what_its_kind_requires(key: str, of: Any) -> None:
    examples = {column.key: column.example for column in registry()[key].columns}
    required = [field.key for field in kinds_of(of)[0].fields if field.required]
    assert required and all(examples[name] for name in required)


def test_a_template_offers_only_what_an_import_takes(tmp_path: Path) -> None:
    with (tmp_path / "template.xlsx").open("wb") as stream:
        write_template(stream, registry()["members"])
    book = load_workbook(tmp_path / "template.xlsx")
    offered = [rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation]
    assert '"入会,转入,保留会籍"' in offered
    said = {row[0]: row[1] for row in book["填写说明"].iter_rows(values_only=True) if row[0]}
    assert "可选：" in next(text for head, text in said.items() if "群体" in head), "several of a list"


@pytest.mark.parametrize("key", EXAMPLES)
def test_a_filled_template_goes_in_and_comes_out_again(furnished: World, tmp_path: Path, key: str) -> None:
    resource = registry()[key]
    by = _importer(furnished, resource)
    before = kit.fingerprint(*OWN, versions=False)
    batch = _check(by, _filled(resource, tmp_path / "table.xlsx", EXAMPLES[key]), resource)
    assert (batch.rows_new, batch.rows_held) == (1, 0), _problems(by, batch)
    assert kit.differences(before, kit.fingerprint(*OWN, versions=False)) == []
    batch = commit_or_reopen(batch, by)
    assert batch.state == ImportBatch.State.COMMITTED
    assert resource.model._meta.db_table in kit.differences(before, kit.fingerprint(*OWN, versions=False))
    assert actions.undo(by=by, row=batch).kept == []
    assert kit.differences(before, kit.fingerprint(*OWN, versions=False)) == []


@pytest.mark.parametrize("key", EXAMPLES)
def test_what_is_registered_goes_out_as_a_table_and_changes_nothing(
    furnished: World, tmp_path: Path, key: str
) -> None:
    """导出更新表 of the importer's own rows: known to the last one."""
    resource, path = registry()[key], tmp_path / "update.xlsx"
    by = _importer(furnished, resource)
    _register(furnished, resource, tmp_path)
    with scope.applied(by), path.open("wb") as stream:
        rows = resource.rows(by).order_by("pk")
        registered = rows.count()
        update_table(by=by, resource=resource, rows=rows, stream=stream)
    batch = _check(by, path, resource)
    found = (batch.rows_new, batch.rows_changed, batch.rows_unchanged, batch.rows_held)
    assert registered and found == (0, 0, registered, 0), _problems(by, batch)


def _register(world: World, resource: Resource, tmp_path: Path) -> None:
    """One row of the importer's own, so that there is something to take out."""
    by = _importer(world, resource)
    path = _filled(resource, tmp_path / "first.xlsx", EXAMPLES[resource.key])
    commit_or_reopen(_check(by, path, resource), by)


def test_numbers_leave_as_numbers(furnished: World) -> None:
    """In Excel a column can be added up; what is kept as text would make a sum of nothing."""
    for resource in registry().values():
        with scope.applied(furnished.account("admin")):
            rows = list(resource.rows(furnished.account("admin"))[:200])
        for column in resource.exportable:
            values = [value for row in rows if (value := column.value(row)) is not None]
            is_number = [isinstance(value, int | float | Decimal) for value in values]
            assert all(is_number) if column.is_numeric else not any(is_number), f"{resource.key}.{column.key}"


def test_a_rows_own_number_is_not_grouped() -> None:
    numbers = [
        column for resource in registry().values() for column in resource.columns if column.key == "id"
    ]
    assert numbers and all(column.is_ordinal for column in numbers)
