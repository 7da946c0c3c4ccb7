"""Projects, programmes and funding lines exactly as documents state them."""

from datetime import date
from decimal import Decimal
from typing import Any

from cases.models import Milestone, Programme, Project
from config.demo.data import read
from core.pinyin import sort_key
from funding.models import (
    CountyTier,
    FundingLine,
    FundingSource,
    FundingTarget,
    MatchRequirement,
    PairingTier,
    SourceMember,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from unions.models import Union, UnionLevel

# Where a document gives no date, the day on which it was issued.
ISSUED_ON = date(2023, 3, 1)
DOCUMENT = "信息简报第43期"


def load_projects(unions: dict[int, Union]) -> None:
    """Every project with its milestones and lines, and the programmes that only money is known of."""
    data = read("projects")
    for row in data["项目"]:
        _load_project(row, unions[row["区划"]])
    for row in data["服务"]:
        programme = new_programme(row, unions[row["区划"]])
        programme.save(force_insert=True)
        add_lines(row, programme, unions[row["区划"]])
    load_subsidies(data["补助"], unions)


def _load_project(row: dict[str, Any], union: Union) -> None:
    project = Project(
        stage=row["阶段"],
        stated_total=money(row["总投资"]) if "总投资" in row else None,
        planned_open_on=row.get("计划投用"),
        **_common(row, union),
    )
    project.save(force_insert=True)
    Milestone.objects.bulk_create(
        Milestone(
            project=project,
            label=step["名称"],
            planned_on=step.get("计划"),
            reached_on=step.get("完成"),
            **union.stamp(),
        )
        for step in row.get("节点", ())
    )
    add_lines(row, project, union)
    if asked := row.get("配套"):
        MatchRequirement.objects.create(
            project=project,
            source=FundingSource.objects.get(union=union, name=asked["来源"]),
            percent=asked["比例"],
            basis=asked["依据"],
            **union.stamp(),
        )


def new_programme(row: dict[str, Any], union: Union) -> Programme:
    """A programme from its row in the data file, not yet saved."""
    face_value = money(row["每份标准"]) if "每份标准" in row else None
    return Programme(started_on=row["开始"], face_value=face_value, **_common(row, union))


def _common(row: dict[str, Any], union: Union) -> dict[str, Any]:
    return {
        "kind": row["种类"],
        "name": row["名称"],
        "name_sort": sort_key(row["名称"]),
        "attributes": row.get("字段", {}),
        "note": row.get("说明", ""),
        **union.stamp(),
    }


def money(value: float) -> Decimal:
    """Yuan with two decimals."""
    return Decimal(f"{value:.2f}")


def add_lines(row: dict[str, Any], subject: Project | Programme, union: Union) -> None:
    """The funding lines of a project or programme."""
    for line in row.get("资金", ()):
        source = _source(line["来源"], line["类别"], union)
        for name, kind in line.get("共同", {}).items():
            member = _source(name, kind, union)
            SourceMember.objects.get_or_create(joint=source, member=member, **union.stamp())
        FundingLine.objects.create(
            source=source,
            project=subject if isinstance(subject, Project) else None,
            programme=subject if isinstance(subject, Programme) else None,
            stage=line["阶段"],
            amount=money(line["金额"]),
            recorded_on=line.get("日期", ISSUED_ON),
            document_no=line.get("文号", DOCUMENT),
            is_match=line.get("配套", False),
            goods=line.get("实物", ""),
            note=line.get("备注", ""),
            **union.stamp(),
        )


def _source(name: str, kind: str, union: Union) -> FundingSource:
    source, _ = FundingSource.objects.get_or_create(
        name=name, union=union, defaults={"kind": kind, "county_id": union.county_id}
    )
    return source


def load_subsidies(data: dict[str, Any], unions: dict[int, Union]) -> None:
    """Standards as the document states them; which county is in which tier, and what came, is invented."""
    standards = {
        row["层级"]: SubsidyStandard.objects.create(
            tier=row["层级"], amount=money(row["标准"]), valid_from=row["起"], basis=data["依据"]
        )
        for row in data["标准"]
    }
    for code, union in unions.items():
        if union.level == UnionLevel.COUNTY:
            tier = data["层级"].get(code, PairingTier.PREFECTURE)
            _load_grant(code, union, standards[tier], data)
    for row in data["目标"]:
        FundingTarget.objects.create(
            year=row["年度"], amount=money(row["目标"]), basis=row["依据"], **unions[row["区划"]].stamp()
        )


def _load_grant(code: int, union: Union, standard: SubsidyStandard, data: dict[str, Any]) -> None:
    year = data["年度"]
    CountyTier.objects.create(**union.stamp(), year=year, tier=standard.tier, note=data["说明"])
    grant = SubsidyGrant.objects.create(
        **union.stamp(),
        year=year,
        tier=standard.tier,
        standard=standard,
        amount=standard.amount,
        granted_on=data["下达"],
        document_no=data["文号"],
    )
    for stage, share, day in data["收支"]["未用" if code in data["未用"] else "一般"]:
        SubsidyEntry.objects.create(
            **union.stamp(),
            grant=grant,
            stage=stage,
            amount=standard.amount * Decimal(str(share)),
            occurred_on=day,
            purpose=data["用途"],
        )
