"""How programmes and projects enter and leave in bulk."""

from typing import Any, Literal

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from cases.kinds import kind_choices, kinds_of
from cases.models import Enrolment, PartnerShop, Programme, Project, ProjectStage
from core.resource import Column, Kind, Resource
from core.rights import Right


def _count_now(model: type[Enrolment] | type[PartnerShop]) -> Coalesce:
    """How many of a programme's shops or enrolments hold today."""
    counted = (
        model.objects.on(timezone.localdate())
        .filter(programme=OuterRef("pk"))
        .order_by()
        .values("programme")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _kind_columns(what: Literal["programme", "project"]) -> tuple[Column, ...]:
    """The kinds' own fields as columns; rows of other kinds leave them blank. The example row is of the first kind."""
    examples = {field.key: field.example for field in kinds_of(what)[0].fields}
    fields = {field.key: (field, kind) for kind in kinds_of(what) for field in kind.fields}
    return tuple(
        Column(
            field.key,
            field.heading,
            kind=Kind.DECIMAL if field.is_number else Kind.TEXT,
            synonyms=(field.label,),
            help=f"“{kind.label}”填写。{field.help}",
            example=examples.get(field.key, ""),
            source=f"own_fields.{field.key}",
            in_list=False,
            on_page=False,
        )
        for field, kind in fields.values()
    )


def programme_rows(account: Any) -> QuerySet[Any]:
    """Visible programmes with the shops and workers of today."""
    return (
        Programme.objects.visible_to(account)
        .select_related("union")
        .annotate(shops_now=_count_now(PartnerShop), enrolled_now=_count_now(Enrolment))
    )


PROGRAMMES = Resource(
    key="programmes",
    label="服务项目",
    model=Programme,
    right=Right.EDIT_CASES,
    rows=programme_rows,
    importer="cases.importing.ProgrammesImporter",
    help="一行一个服务项目，如爱心早餐。按所属工会和名称认定是否已登记。",
    columns=(
        Column(
            "name",
            "名称",
            example="某区爱心早餐",
            required=True,
            is_key=True,
            synonyms=("项目名称", "服务项目"),
            sort="name_sort",
        ),
        Column(
            "kind",
            "种类",
            kind=Kind.CHOICE,
            required=True,
            choices=kind_choices("programme"),
            synonyms=("项目种类", "类型"),
        ),
        Column(
            "union",
            "所属工会",
            kind=Kind.UNION,
            source="union.code",
            synonyms=("管理工会", "所属县级工会"),
            help="编码或全称；不填时为导入人所在的工会。",
            in_list=False,
        ),
        Column("union_name", "工会", source="union.name", is_export_only=True),
        Column(
            "started_on", "开始日期", kind=Kind.DATE, required=True, synonyms=("启动日期",), sort="started_on"
        ),
        Column("ended_on", "结束日期", kind=Kind.DATE, sort="ended_on"),
        Column("face_value", "每份标准（元）", kind=Kind.MONEY, synonyms=("每份标准", "标准（元）")),
        Column(
            "shops_now", "签约门店（家）", kind=Kind.INTEGER, is_export_only=True, help="今天有合同的门店。"
        ),
        Column(
            "enrolled_now", "登记职工（人）", kind=Kind.INTEGER, is_export_only=True, help="今天在册的职工。"
        ),
        Column("note", "说明", in_list=False),
        *_kind_columns("programme"),
    ),
)


def project_rows(account: Any) -> QuerySet[Any]:
    """Visible projects with their union."""
    return Project.objects.visible_to(account).select_related("union")


PROJECTS = Resource(
    key="projects",
    label="建设项目",
    model=Project,
    right=Right.EDIT_CASES,
    rows=project_rows,
    importer="cases.importing.ProjectsImporter",
    help="一行一个建设项目。分开立项的分行填写，不要合并。按所属工会和名称认定是否已登记。",
    columns=(
        Column(
            "name",
            "名称",
            example="某县职工氧吧",
            required=True,
            is_key=True,
            synonyms=("项目名称", "建设项目"),
            sort="name_sort",
        ),
        Column(
            "kind",
            "种类",
            kind=Kind.CHOICE,
            required=True,
            choices=kind_choices("project"),
            synonyms=("项目种类", "类型"),
        ),
        Column(
            "union",
            "所属工会",
            kind=Kind.UNION,
            source="union.code",
            synonyms=("管理工会", "所属县级工会"),
            help="编码或全称；不填时为导入人所在的工会。",
            in_list=False,
        ),
        Column("union_name", "工会", source="union.name", is_export_only=True),
        Column(
            "stage",
            "阶段",
            kind=Kind.CHOICE,
            choices=tuple(ProjectStage.choices),
            synonyms=("进展", "项目阶段"),
        ),
        Column(
            "stated_total",
            "总投资（元）",
            kind=Kind.MONEY,
            synonyms=("总投资", "总投资额", "投资总额"),
            help="照文件填写，可写成 580万元。",
            sort="stated_total",
        ),
        Column(
            "planned_open_on",
            "计划投用日期",
            kind=Kind.DATE,
            synonyms=("计划投入使用日期",),
            sort="planned_open_on",
        ),
        Column("opened_on", "实际投用日期", kind=Kind.DATE, synonyms=("投入使用日期",), sort="opened_on"),
        Column("note", "说明", in_list=False),
        *_kind_columns("project"),
    ),
)
