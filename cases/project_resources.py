"""How what hangs on projects enters and leaves in bulk: one row of a list, an export, an import each."""

from typing import Any

from django.db.models import QuerySet

from cases.models import (
    SIX_ITEMS,
    Acceptance,
    AcceptanceResult,
    Equipment,
    EquipmentState,
    Milestone,
    ProgressReport,
    ProjectPhoto,
    VenueCheck,
    Visit,
)
from core.resource import Column, Kind, Resource
from core.rights import Right

RowSet = QuerySet[Any]


def project_column(**options: Any) -> Column:
    """The project a row hangs on, by its name."""
    given: dict[str, Any] = {
        "kind": Kind.REFERENCE,
        "reference": "projects",
        "source": "project.name",
        "required": True,
        "synonyms": ("项目名称", "项目", "工程名称"),
        "sort": "project__name_sort",
        "help": "登记的项目全称。",
        "example": "某县职工氧吧",
        **options,
    }
    return Column("project", "建设项目", **given)


def _union_column() -> Column:
    return Column("union_name", "工会", source="union.name", is_export_only=True, in_list=False)


def number_column(label: str) -> Column:
    """The number by which a row is found again when its name changes."""
    return Column(
        "id",
        label,
        kind=Kind.INTEGER,
        is_key=True,
        is_ordinal=True,
        in_list=False,
        help="系统给出，更正已有的一行时保留；新的不填。",
    )


def milestone_rows(account: Any) -> RowSet:
    """Visible milestones with their project."""
    return Milestone.objects.visible_to(account).select_related("project", "union")


MILESTONES = Resource(
    key="milestones",
    label="项目节点",
    model=Milestone,
    right=Right.EDIT_CASES,
    rows=milestone_rows,
    importer="cases.project_importing.MilestonesImporter",
    hangs_on="project",
    help="一行一个节点。按项目和节点名称认定是否已登记；改名称的请保留节点编号。",
    columns=(
        Column("label", "节点", example="开工", required=True, is_key=True, synonyms=("节点名称", "里程碑")),
        project_column(),
        Column("planned_on", "计划日期", kind=Kind.DATE, synonyms=("计划完成日期",), sort="planned_on"),
        Column("reached_on", "完成日期", kind=Kind.DATE, synonyms=("实际完成日期",), sort="reached_on"),
        Column("standing", "状态", is_export_only=True, help="按今天计算。"),
        _union_column(),
        number_column("节点编号"),
    ),
)


def progress_rows(account: Any) -> RowSet:
    """Visible reports with their project."""
    return ProgressReport.objects.visible_to(account).select_related("project", "union")


PROGRESS_REPORTS = Resource(
    key="progress_reports",
    label="进度报告",
    model=ProgressReport,
    right=Right.EDIT_CASES,
    rows=progress_rows,
    importer="cases.project_importing.ProgressImporter",
    hangs_on="project",
    help="一个项目一天一份。进度比上一份低的要写回落原因；改日期的请保留报告编号。",
    columns=(
        Column(
            "reported_on",
            "日期",
            kind=Kind.DATE,
            required=True,
            is_key=True,
            synonyms=("报告日期",),
            sort="reported_on",
        ),
        project_column(),
        Column(
            "percent",
            "进度（%）",
            kind=Kind.INTEGER,
            required=True,
            synonyms=("进度", "形象进度"),
            sort="percent",
        ),
        Column("summary", "进展", example="主体封顶", required=True, synonyms=("进展情况", "内容")),
        Column("fall_reason", "回落原因", help="进度比上一份低时必填。"),
        _union_column(),
        number_column("报告编号"),
    ),
)


def photo_rows(account: Any) -> RowSet:
    """Visible photos with their project and files."""
    return ProjectPhoto.objects.visible_to(account).select_related("project", "union", "picture", "thumbnail")


PROJECT_PHOTOS = Resource(
    key="project_photos",
    label="项目照片",
    model=ProjectPhoto,
    right=Right.EDIT_CASES,
    rows=photo_rows,
    columns=(
        Column("caption", "说明", required=True),
        project_column(),
        Column("taken_on", "拍摄日期", kind=Kind.DATE, required=True, sort="taken_on"),
        Column("picture", "文件", source="picture.name", is_export_only=True),
        _union_column(),
    ),
)


def equipment_rows(account: Any) -> RowSet:
    """Visible equipment with its project."""
    return Equipment.objects.visible_to(account).select_related("project", "union")


EQUIPMENT = Resource(
    key="equipment",
    label="设备",
    model=Equipment,
    right=Right.EDIT_CASES,
    rows=equipment_rows,
    importer="cases.project_importing.EquipmentImporter",
    hangs_on="project",
    help="有出厂编号的一台一行；几台相同又没有编号的一行，填数量。按项目、设备和出厂编号认定是否已登记。",
    columns=(
        Column("name", "设备", example="制氧机", required=True, is_key=True, synonyms=("设备名称", "名称")),
        project_column(),
        Column("serial_no", "出厂编号", synonyms=("编号", "序列号", "设备编号")),
        Column(
            "quantity",
            "数量（台）",
            kind=Kind.INTEGER,
            required=True,
            synonyms=("数量", "台数"),
            sort="quantity",
        ),
        Column("unit_price", "单价（元）", kind=Kind.MONEY, synonyms=("单价",), sort="unit_price"),
        Column("value", "金额（元）", kind=Kind.MONEY, is_export_only=True, help="数量乘单价。"),
        Column(
            "state",
            "状态",
            kind=Kind.CHOICE,
            choices=tuple(EquipmentState.choices),
            synonyms=("设备状态",),
            sort="state",
            help="不填为“已到货”。",
        ),
        Column("accepted_on", "设备验收日期", kind=Kind.DATE, synonyms=("验收日期",), sort="accepted_on"),
        Column("note", "备注", in_list=False),
        _union_column(),
        number_column("设备登记号"),
    ),
)


def acceptance_rows(account: Any) -> RowSet:
    """Visible inspections with their project and document."""
    return Acceptance.objects.visible_to(account).select_related("project", "union", "evidence")


ACCEPTANCES = Resource(
    key="acceptances",
    label="验收记录",
    model=Acceptance,
    right=Right.EDIT_CASES,
    rows=acceptance_rows,
    importer="cases.project_importing.AcceptancesImporter",
    hangs_on="project",
    help="补登以前的验收和不合格的验收。会推进项目阶段的合格验收，请在项目页面登记。",
    columns=(
        Column("accepted_on", "验收日期", kind=Kind.DATE, required=True, is_key=True, sort="accepted_on"),
        project_column(),
        Column(
            "verdict",
            "结论",
            kind=Kind.CHOICE,
            required=True,
            choices=tuple(AcceptanceResult.choices),
            synonyms=("验收结论", "验收结果"),
            sort="verdict",
        ),
        Column("findings", "发现的问题", synonyms=("存在问题",)),
        Column("rectify_by", "整改期限", kind=Kind.DATE, sort="rectify_by"),
        Column("evidence", "验收文件", source="evidence.name", is_export_only=True),
        _union_column(),
        number_column("验收编号"),
    ),
)


def venue_check_rows(account: Any) -> RowSet:
    """Visible checks with their project."""
    return VenueCheck.objects.visible_to(account).select_related("project", "union")


def _item_column(item: tuple[str, str]) -> Column:
    return Column(*item, kind=Kind.YES_NO, required=True, in_list=False)


VENUE_CHECKS = Resource(
    key="venue_checks",
    label="六有检查",
    model=VenueCheck,
    right=Right.EDIT_CASES,
    rows=venue_check_rows,
    importer="cases.project_importing.VenueChecksImporter",
    hangs_on="project",
    help="一个服务阵地一天一行，六项逐项填“是”或“否”；有“否”的写明缺什么。",
    columns=(
        Column("checked_on", "检查日期", kind=Kind.DATE, required=True, is_key=True, sort="checked_on"),
        project_column(),
        *map(_item_column, SIX_ITEMS.items()),
        Column("score", "结果", is_export_only=True, help="六项都做到才是六有达标。"),
        Column("findings", "缺什么", synonyms=("存在问题", "发现的问题")),
        Column("rectify_by", "整改期限", kind=Kind.DATE, sort="rectify_by"),
        _union_column(),
        number_column("检查编号"),
    ),
)


def visit_rows(account: Any) -> RowSet:
    """Visible records of use with their project."""
    return Visit.objects.visible_to(account).select_related("project", "union")


VISITS = Resource(
    key="visits",
    label="使用记录",
    model=Visit,
    right=Right.EDIT_CASES,
    rows=visit_rows,
    importer="cases.project_importing.VisitsImporter",
    hangs_on="project",
    help="一个项目一天一行，填人次（不是人数）。没有人来的填 0；没有登记的日子不要填。",
    columns=(
        Column("visited_on", "日期", kind=Kind.DATE, required=True, is_key=True, sort="visited_on"),
        project_column(),
        Column(
            "person_times",
            "人次",
            kind=Kind.INTEGER,
            required=True,
            synonyms=("使用人次", "到访人次"),
            sort="person_times",
        ),
        Column(
            "oxygen_hours",
            "供氧时长（小时）",
            kind=Kind.DECIMAL,
            synonyms=("供氧时长", "供氧小时"),
            sort="oxygen_hours",
        ),
        _union_column(),
    ),
)
