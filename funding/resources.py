"""How money enters and leaves in bulk."""

from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from core.resource import Column, Kind, Resource
from core.rights import Right
from funding.models import FundingLine, FundingSource, FundStage, SourceKind, SourceMember


def line_rows(account: Any) -> QuerySet[FundingLine]:
    """Visible lines with their source and what they pay for."""
    return FundingLine.objects.visible_to(account).select_related(
        "source", "project", "programme", "union", "evidence"
    )


FUNDING_LINES = Resource(
    key="funding_lines",
    label="资金明细",
    model=FundingLine,
    right=Right.EDIT_FUNDING,
    rows=line_rows,
    importer="funding.importing.FundingLinesImporter",
    help="一行一笔资金：一个来源、一个阶段、一个金额。意向、申报、承诺函、批复、到位、支出、退回各记一行，不要相加。",
    columns=(
        Column("subject", "用于", source="subject.name", is_export_only=True),
        Column(
            "project",
            "建设项目",
            example="某县职工氧吧",
            kind=Kind.REFERENCE,
            reference="projects",
            source="project.name",
            synonyms=("项目名称", "项目"),
            help="建设项目和服务项目填一个。",
            in_list=False,
        ),
        Column(
            "programme",
            "服务项目",
            kind=Kind.REFERENCE,
            reference="programmes",
            source="programme.name",
            in_list=False,
        ),
        Column(
            "source",
            "资金来源",
            example="省总工会",
            required=True,
            source="source.name",
            synonyms=("来源", "出资单位"),
            sort="source__name",
        ),
        Column(
            "source_kind",
            "来源类别",
            kind=Kind.CHOICE,
            choices=tuple(SourceKind.choices),
            source="source.kind",
            synonyms=("类别",),
            help="首次出现的来源必须填写。",
            example="上级工会",
        ),
        Column(
            "stage",
            "阶段",
            kind=Kind.CHOICE,
            required=True,
            choices=tuple(FundStage.choices),
            synonyms=("资金阶段",),
        ),
        Column(
            "amount",
            "金额（元）",
            kind=Kind.MONEY,
            required=True,
            synonyms=("金额", "资金（元）"),
            sort="amount",
        ),
        Column(
            "recorded_on", "日期", kind=Kind.DATE, required=True, synonyms=("记账日期",), sort="recorded_on"
        ),
        Column("document_no", "文号或凭证号", synonyms=("文号", "凭证号")),
        Column("is_match", "配套资金", kind=Kind.YES_NO, synonyms=("是否配套",), in_list=False),
        Column(
            "goods",
            "实物说明",
            synonyms=("实物",),
            help="捐的是实物的，写明品名和数量，金额填折价。实物另列，不计入资金合计。",
            in_list=False,
        ),
        Column("note", "备注", in_list=False),
        Column("union_name", "工会", source="union.name", is_export_only=True, in_list=False),
        Column(
            "id",
            "资金编号",
            kind=Kind.INTEGER,
            is_key=True,
            is_ordinal=True,
            in_list=False,
            help="系统给出，更正已有资金时保留；新的资金不填。",
        ),
        Column("evidence", "凭证文件", source="evidence.name", is_export_only=True, in_list=False),
    ),
)


# Names of payers may hold a 、 themselves.
MEMBERS_BETWEEN = "；"


def source_rows(account: Any) -> QuerySet[FundingSource]:
    """Visible sources with the number of their lines."""
    current = Q(lines__archived_at__isnull=True)
    members = (
        SourceMember.objects.filter(joint=OuterRef("pk"), archived_at__isnull=True)
        .values("joint")
        .annotate(names=StringAgg("member__name", MEMBERS_BETWEEN, order_by="id"))
    )
    return (
        FundingSource.objects.visible_to(account)
        .select_related("union")
        .annotate(lines_now=Count("lines", filter=current), member_names=Subquery(members.values("names")))
    )


FUNDING_SOURCES = Resource(
    key="funding_sources",
    label="资金来源",
    model=FundingSource,
    right=Right.EDIT_FUNDING,
    rows=source_rows,
    importer="funding.importing.SourcesImporter",
    help="一行一个来源。几方共同出资、没有分列的，先登记各方，再在“共同出资方”写出各方，用“；”隔开。",
    columns=(
        Column(
            "name",
            "资金来源",
            example="省总工会",
            required=True,
            is_key=True,
            synonyms=("来源", "出资单位"),
            sort="name",
        ),
        Column(
            "kind",
            "类别",
            kind=Kind.CHOICE,
            required=True,
            choices=tuple(SourceKind.choices),
            synonyms=("来源类别",),
            sort="kind",
        ),
        Column(
            "members",
            "共同出资方",
            source="member_names",
            help="几方共同出资、没有分列的来源才填；写全各方，用“；”隔开，都要已登记为本县的资金来源。"
            "少写的一方不再是出资方，整格空着不变。",
        ),
        Column(
            "union",
            "登记工会",
            kind=Kind.UNION,
            source="union.code",
            synonyms=("所属工会",),
            help="编码或全称；不填时为导入人所在的工会。",
            in_list=False,
        ),
        Column("union_name", "工会", source="union.name", is_export_only=True, sort="union__name_sort"),
        Column("lines_now", "资金明细（条）", kind=Kind.INTEGER, is_export_only=True),
    ),
)
