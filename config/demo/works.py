"""How the projects of the documents went on, so that every part of a project's page has something to show.

Documents end with the beginning of the works; what follows is made up and says so.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from cases.models import (
    SIX_ITEMS,
    Acceptance,
    Equipment,
    Milestone,
    ProgressReport,
    Project,
    VenueCheck,
    Visit,
)
from config.demo.data import read
from config.demo.money import money
from funding.models import (
    ContractPayment,
    ContractSupplement,
    FundingLine,
    FundingSource,
    FundStage,
    ProjectContract,
)

SEED = 632323


def load_works() -> int:
    """Steps, reports, equipment, inspections and use of each project named; returns the days of use."""
    rng = Random(SEED)
    return sum(_load(row, rng) for row in read("works"))


def _load(row: dict[str, Any], rng: Random) -> int:
    project = Project.objects.get(name=row["项目"])
    place = {"project": project, "union_id": project.union_id, "county_id": project.county_id}
    project.stage, project.opened_on = row["阶段"], row.get("投用")
    project.stage_on = row.get("投用")
    project.note = "".join(text for text in (project.note, row.get("说明", "")) if text)
    project.save(update_fields=["stage", "opened_on", "stage_on", "note"])
    _milestones(row, place)
    ProgressReport.objects.bulk_create(
        ProgressReport(
            **place,
            reported_on=report["日期"],
            percent=report["百分比"],
            summary=report["进展"],
            fall_reason=report.get("回落", ""),
        )
        for report in row.get("进度", ())
    )
    Equipment.objects.bulk_create(_equipment(piece, place) for piece in row.get("设备", ()))
    Acceptance.objects.bulk_create(
        Acceptance(
            **place,
            accepted_on=one["日期"],
            verdict=one["结论"],
            findings=one["问题"],
            rectify_by=one.get("期限"),
        )
        for one in row.get("验收", ())
    )
    VenueCheck.objects.bulk_create(_venue_check(one, place) for one in row.get("六有", ()))
    if "到位" in row:
        _line(row["到位"]["来源"], FundStage.RECEIVED, row["到位"], place)
    for contract in row.get("合同", ()):
        _contract(contract, place)
    visits = list(_visits(row["使用"], row["投用"], place, rng)) if "使用" in row else []
    return len(Visit.objects.bulk_create(visits))


def _milestones(row: dict[str, Any], place: dict[str, Any]) -> None:
    """Days for the steps that documents name, and the steps that they leave out."""
    for step in row.get("节点", ()):
        days = {"planned_on": step.get("计划"), "reached_on": step.get("完成")}
        Milestone.objects.update_or_create(**place, label=step["名称"], defaults=days)


def _equipment(piece: dict[str, Any], place: dict[str, Any]) -> Equipment:
    return Equipment(
        **place,
        name=piece["设备"],
        serial_no=piece.get("编号", ""),
        quantity=piece["数量"],
        unit_price=money(piece["单价"]),
        state=piece["状态"],
        accepted_on=piece.get("验收"),
    )


def _venue_check(one: dict[str, Any], place: dict[str, Any]) -> VenueCheck:
    items = {name: name not in one["缺"] for name in SIX_ITEMS}
    days = {"checked_on": one["日期"], "rectify_by": one["期限"]}
    return VenueCheck(**place, **items, **days, findings=one["说明"])


def _contract(row: dict[str, Any], place: dict[str, Any]) -> None:
    """A contract with what was agreed later and what was paid; most payments stand among the lines, too."""
    contract = ProjectContract.objects.create(
        **place,
        number=row["编号"],
        other_party=row["对方"],
        subject=row["内容"],
        amount=money(row["金额"]),
        signed_on=row["签订"],
        planned_finish_on=row["约定完成"],
    )
    own = {"contract": contract, "union_id": contract.union_id, "county_id": contract.county_id}
    for one in row.get("补充", ()):
        ContractSupplement.objects.create(
            **own,
            number=one["编号"],
            subject=one["内容"],
            amount=money(one["金额"]),
            signed_on=one["签订"],
        )
    for one in row["付款"]:
        _payment(one, own, place)


def _payment(row: dict[str, Any], own: dict[str, Any], place: dict[str, Any]) -> None:
    payment = ContractPayment(**own, amount=money(row["金额"]), paid_on=row["日期"], reference=row["凭证"])
    if row.get("记支出"):
        payment.line = _line(row["来源"], FundStage.SPENT, row, place)
        payment.source = payment.line.source
    payment.save(force_insert=True)


def _line(source: str, stage: str, row: dict[str, Any], place: dict[str, Any]) -> FundingLine:
    """A line of a source that the documents name."""
    return FundingLine.objects.create(
        **place,
        source=FundingSource.objects.get(union_id=place["union_id"], name=source),
        stage=stage,
        amount=money(row["金额"]),
        recorded_on=row["日期"],
        document_no=row.get("凭证", ""),
        note="演示",
    )


def _visits(use: dict[str, Any], opened: date, place: dict[str, Any], rng: Random) -> Any:
    """A record for every day, as many as usual more or less; some days were forgotten."""
    days = [opened + timedelta(days=number) for number in range((use["截至"] - opened).days + 1)]
    forgotten = set(rng.sample(days, use.get("漏记", 0)))
    for day in days:
        usual = use["周末"] if day.weekday() >= 5 else use["平日"]
        times = max(0, round(rng.gauss(usual, usual / 5)))
        if day not in forgotten:
            hours = _oxygen(times, use["小时"]) if "小时" in use else None
            yield Visit(**place, visited_on=day, person_times=times, oxygen_hours=hours)


def _oxygen(times: int, each: float) -> Decimal:
    return (Decimal(times) * Decimal(str(each))).quantize(Decimal("0.1"))
