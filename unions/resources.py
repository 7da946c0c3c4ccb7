"""How unions and employers enter and leave in bulk."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from core.resource import Column, Kind, Resource
from core.rights import Right
from unions.models import (
    DemocraticKind,
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    Ownership,
    SystemForm,
    Union,
    UnionKind,
    UnionLevel,
    UnitCoverage,
)
from unions.models.employers import INDUSTRIES

LOW_LEVELS = tuple(choice for choice in UnionLevel.choices if choice[0] in ("township", "grassroots"))


# As counties write them.
LEVELS = {"基层工会": "grassroots", "乡镇": "township", "街道": "township", "乡镇工会": "township"}
OWNERSHIPS = {
    "公有制": "public",
    "国有企业": "public",
    "非公有制": "non_public",
    "非公企业": "non_public",
    "民营企业": "non_public",
    "私营企业": "non_public",
    "事业": "institution",
    "行政机关": "administration",
    "党政机关": "administration",
}


def union_rows(account: Any) -> QuerySet[Union]:
    """Visible unions with their parent."""
    return Union.objects.visible_to(account).select_related("parent")


UNIONS = Resource(
    key="unions",
    label="工会组织",
    model=Union,
    right=Right.EDIT_UNIONS,
    rows=union_rows,
    importer="unions.importing.UnionsImporter",
    options={"choice_synonyms": {"level": LEVELS}},
    help="一行一个基层工会或乡镇（街道）工会。没有编码的行作为新工会，由系统编码。",
    columns=(
        Column(
            "name",
            "工会名称",
            example="某某公司工会",
            required=True,
            synonyms=("名称", "基层工会名称", "工会全称"),
            sort="name_sort",
        ),
        Column(
            "code",
            "工会编码",
            synonyms=("编码", "编号"),
            is_key=True,
            help="更新已有工会时填写。",
            sort="code",
        ),
        Column(
            "parent",
            "上级工会",
            kind=Kind.UNION,
            source="parent.code",
            synonyms=("上级工会编码", "所属上级工会"),
            help="编码或全称；不填时为导入人所在的工会。",
            in_list=False,
        ),
        Column("level", "层级", kind=Kind.CHOICE, choices=tuple(UnionLevel.choices), synonyms=("工会层级",)),
        Column(
            "kind",
            "类型",
            kind=Kind.CHOICE,
            choices=tuple(UnionKind.choices),
            synonyms=("工会类型", "建会形式", "基层工会类型"),
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            kind=Kind.CREDIT_CODE,
            synonyms=("信用代码", "工会信用代码", "法人证书代码"),
            help="基层工会以81开头。",
        ),
        Column(
            "founded_on", "建会日期", kind=Kind.DATE, synonyms=("成立日期", "建会时间"), sort="founded_on"
        ),
        Column("dissolved_on", "撤销日期", kind=Kind.DATE, synonyms=("撤销时间",), in_list=False),
    ),
)


def employer_rows(account: Any) -> QuerySet[Any]:
    """Visible employers with the count of workers and the coverage that hold today."""
    today = timezone.localdate()
    now = Q(valid_from__lte=today) & (Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    covered = UnitCoverage.objects.filter(now, employer=OuterRef("pk"))
    counts = EmployerHeadcount.objects.visible_to(account).filter(now)
    coverages = UnitCoverage.objects.visible_to(account).filter(now).select_related("union")
    return (
        Employer.objects.visible_to(account)
        .select_related("union")
        .annotate(is_covered=Exists(covered))
        .prefetch_related(  # type: ignore[no-redef]  # the stubs count the declared attribute too
            Prefetch("headcounts", counts, to_attr="headcounts_now"),
            Prefetch("coverages", coverages, to_attr="coverages_now"),
        )
    )


EMPLOYERS = Resource(
    key="employers",
    label="用人单位",
    model=Employer,
    right=Right.EDIT_EMPLOYERS,
    rows=employer_rows,
    importer="unions.importing.EmployersImporter",
    options={"choice_synonyms": {"ownership": OWNERSHIPS}},
    help="一行一家单位。按统一社会信用代码认定是否已登记；没有代码的按本县内的单位名称认定。",
    columns=(
        Column(
            "name",
            "单位名称",
            example="某某公司",
            required=True,
            synonyms=("名称", "企业名称", "用人单位"),
            sort="name_sort",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            kind=Kind.CREDIT_CODE,
            is_key=True,
            synonyms=("信用代码", "单位代码"),
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
        Column(
            "ownership",
            "单位性质",
            kind=Kind.CHOICE,
            required=True,
            choices=tuple(Ownership.choices),
            synonyms=("性质", "单位类别", "经济类型"),
        ),
        Column(
            "industry_code",
            "所属行业",
            kind=Kind.CHOICE,
            choices=INDUSTRIES,
            synonyms=("行业", "行业类别"),
        ),
        Column("is_legal_entity", "法人单位", kind=Kind.YES_NO, synonyms=("是否法人",), in_list=False),
        Column(
            "listed_on",
            "列入名录日期",
            kind=Kind.DATE,
            required=True,
            synonyms=("登记日期", "成立日期"),
            sort="listed_on",
        ),
        Column("closed_on", "注销日期", kind=Kind.DATE, synonyms=("注销时间",), in_list=False),
        Column(
            "workers",
            "职工数（人）",
            kind=Kind.INTEGER,
            source="workers_now",
            synonyms=("职工数", "职工人数", "职工总数", "从业人数"),
        ),
        Column(
            "counted_on",
            "职工数统计日期",
            kind=Kind.DATE,
            source="counted_on_now",
            synonyms=("统计日期",),
            in_list=False,
        ),
        Column(
            "female_workers",
            "女职工数（人）",
            kind=Kind.INTEGER,
            synonyms=("女职工数", "女职工人数"),
            is_import_only=True,
            in_list=False,
        ),
        Column(
            "rural_migrants",
            "农民工数（人）",
            kind=Kind.INTEGER,
            synonyms=("农民工数", "农民工人数"),
            is_import_only=True,
            in_list=False,
        ),
        Column(
            "new_employment",
            "新就业形态劳动者（人）",
            kind=Kind.INTEGER,
            synonyms=("新就业形态劳动者数", "新就业形态人数"),
            is_import_only=True,
            in_list=False,
        ),
        Column(
            "covered_by",
            "覆盖工会",
            source="covered_by_now",
            synonyms=("建会工会", "所建工会"),
            help="今天覆盖它的工会，编码或全称；有几个的用顿号隔开。表里没有写的照旧。",
        ),
        Column(
            "covered_on",
            "覆盖起始日期",
            kind=Kind.DATE,
            synonyms=("覆盖日期", "入会建会日期"),
            help="新登记覆盖时必填。",
            is_import_only=True,
            in_list=False,
        ),
    ),
)


def system_rows(account: Any) -> QuerySet[DemocraticSystem]:
    """Visible democratic systems, past and present, with their employer."""
    return DemocraticSystem.objects.visible_to(account).select_related("employer", "union")


DEMOCRATIC_SYSTEMS = Resource(
    key="democratic_systems",
    label="民主管理制度",
    model=DemocraticSystem,
    right=Right.EDIT_EMPLOYERS,
    rows=system_rows,
    importer="unions.importing.SystemsImporter",
    help="一行一家单位的一项制度：职工代表大会或厂务公开。按单位、制度和建制日期认定是否已登记。",
    columns=(
        Column(
            "employer",
            "单位名称",
            example="某某公司",
            kind=Kind.REFERENCE,
            reference="employers",
            required=True,
            is_key=True,
            source="employer.name",
            synonyms=("用人单位", "企业名称", "单位"),
            help="登记的全称。",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            kind=Kind.CREDIT_CODE,
            source="employer.credit_code",
            synonyms=("信用代码", "单位代码"),
            help="填写时按代码认定单位。",
        ),
        Column(
            "kind",
            "制度",
            kind=Kind.CHOICE,
            required=True,
            is_key=True,
            choices=tuple(DemocraticKind.choices),
            synonyms=("制度种类", "民主管理制度"),
        ),
        Column(
            "form",
            "形式",
            kind=Kind.CHOICE,
            choices=tuple(SystemForm.choices),
            synonyms=("建制形式",),
            help="不填为本单位。",
        ),
        Column(
            "valid_from",
            "建制日期",
            kind=Kind.DATE,
            required=True,
            is_key=True,
            synonyms=("建立日期", "建制时间"),
            sort="valid_from",
        ),
        Column("valid_to", "终止日期", kind=Kind.DATE, synonyms=("终止时间",)),
        Column(
            "last_session_on",
            "最近一次会议",
            kind=Kind.DATE,
            synonyms=("最近会议日期", "最近一次会议日期"),
        ),
        Column("union_name", "工会", source="union.name", is_export_only=True),
    ),
)
