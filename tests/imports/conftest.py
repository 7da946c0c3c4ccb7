"""The world of the import tests: the standard one, with the unions that the sample files name."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.db import transaction

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
from core import jobs, scope
from core.actions import bootstrap
from core.imports import actions
from core.imports.checking import Alone, check_batch
from core.imports.jobs import commit_or_reopen
from core.models import ImportBatch, ImportRow, Job
from funding.models import (
    ContractPayment,
    ContractSupplement,
    CountyTier,
    FundingTarget,
    MatchRequirement,
    ProjectContract,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from metrics.models import DeclaredFigure, IndicatorTarget, SourceDocument
from tests.world import World, add_union
from unions.models import Union

DATA = Path(__file__).parents[1] / "data"
Check = Callable[..., ImportBatch]


@pytest.fixture
def county(world: World) -> World:
    """The world with the unions 632322-0002 to -0005, a declared figure, a target, projects with parts."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for project in world.projects.values():
            _add_parts(project)
        for n in range(2, 6):
            name = f"尖扎县示范企业{n:02d}（演示）工会"
            code = f"632322-{n:04d}"
            add_union(
                world,
                code,
                name,
                world.unions["632322"],
                county=632322,
                level="grassroots",
                kind="independent",
            )
        _subsidies(world)
        _add_venue(world.unions["632322"])
        document = SourceDocument.objects.create(code="D1", title="工作总结")
        DeclaredFigure.objects.create(
            **world.unions["632322"].stamp(),
            indicator="I16",
            quarter="2022Q4",
            group_key="ownership",
            group_value="institution",
            numerator=22,
            denominator=21,
            printed="100%",
            document=document,
        )
        IndicatorTarget.objects.create(
            indicator="I01", union=world.unions["632322"], value="92.5", from_quarter="2023Q1", source="要点"
        )
    return world


def _subsidies(world: World) -> None:
    """A tier, its standard, a grant of an earlier year with its money, and a funding target, to take out and in again."""
    place = world.unions["632322"].stamp()
    CountyTier.objects.create(**place, year=2023, tier="national")
    SubsidyStandard.objects.create(
        tier="national", amount=300_000, valid_from=date(2023, 1, 1), spend_within=18, basis="青工发1号"
    )
    grant = SubsidyGrant.objects.create(
        **place, year=2022, tier="national", amount=300_000, granted_on=date(2022, 3, 1)
    )
    for stage, amount, day, purpose in (("received", 200_000, 5, ""), ("spent", 80_000, 9, "培训")):
        SubsidyEntry.objects.create(
            **place, grant=grant, stage=stage, amount=amount, occurred_on=date(2022, 4, day), purpose=purpose
        )
    FundingTarget.objects.create(**place, year=2023, amount=1_000_000, basis="年度计划")


def _add_parts(project: Project) -> None:
    """An opened project with a step, equipment and a day of use."""
    place = {"union_id": project.union_id, "county_id": project.county_id, "project": project}
    Project.objects.filter(pk=project.pk).update(stage="in_use", opened_on=date(2023, 9, 20))
    Milestone.objects.create(**place, label="开工", planned_on=date(2023, 4, 1), reached_on=date(2023, 4, 3))
    Equipment.objects.create(**place, name="制氧机", serial_no="ZY-01", quantity=1, unit_price=12_000)
    Equipment.objects.create(**place, name="吸氧座椅", quantity=12)
    _add_contract(place)
    MatchRequirement.objects.create(**place, percent=Decimal("33.33"), basis="青工发1号")
    Visit.objects.create(**place, visited_on=date(2023, 9, 21), person_times=31, oxygen_hours=Decimal("18.5"))


def _add_venue(county: Union) -> None:
    """A workers' home with a report of progress, its inspection and its six-have check."""
    venue = Project.objects.create(
        **county.stamp(),
        kind="venue",
        name=f"{county.name[:2]}职工之家",
        name_sort="jianzha",
        stage="in_use",
        opened_on=date(2023, 4, 20),
        attributes={"venue_kind": "workers_home"},
    )
    place = {**county.stamp(), "project": venue}
    ProgressReport.objects.create(**place, reported_on=date(2023, 4, 1), percent=60, summary="装修")
    Acceptance.objects.create(**place, accepted_on=date(2023, 4, 15), verdict="passed")
    VenueCheck.objects.create(**place, checked_on=date(2023, 5, 1), **dict.fromkeys(SIX_ITEMS, True))


def _add_contract(place: dict[str, Any]) -> None:
    """A contract of the county's own number with one supplement and one payment."""
    county = place["county_id"]
    contract = ProjectContract.objects.create(
        **place,
        number=f"合-{county}-1",
        other_party="某建设公司",
        subject="主体施工",
        amount=1000,
        signed_on=date(2023, 3, 5),
    )
    part = {"union_id": place["union_id"], "county_id": county, "contract": contract}
    ContractSupplement.objects.create(
        **part, number="补-1", subject="增加管网", amount=100, signed_on=date(2023, 4, 2)
    )
    ContractPayment.objects.create(
        **part,
        amount=Decimal("600.50"),
        paid_on=date(2023, 4, 5),
        reference="凭-1",
    )


def upload(account: Any, path: Path, resource: str = "members", **defaults: str) -> ImportBatch:
    with path.open("rb") as stream:
        file = File(stream, name=path.name)
        return actions.upload(by=account, resource=resource, file=file, defaults=defaults)


def check(account: Any, path: Path, resource: str = "members", **defaults: str) -> ImportBatch:
    """Upload and check, as the job does."""
    return check_batch(upload(account, path, resource, **defaults).pk, account, Alone(account))


def commit(account: Any, batch: ImportBatch) -> ImportBatch:
    return commit_or_reopen(batch, account)


def work() -> None:
    """What the worker does: everything that waits."""
    with transaction.atomic():
        scope.apply_everywhere()
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True))
    for number in waiting:
        jobs.run(number)


def rows(account: Any, batch: ImportBatch) -> dict[int, ImportRow]:
    with scope.applied(account):
        return {row.number: row for row in batch.rows.all()}


def problems(account: Any, batch: ImportBatch) -> dict[int, list[tuple[str, str]]]:
    """Column and message of every held row, by row number."""
    return {
        number: [(problem["column"], problem["message"]) for problem in row.problems]
        for number, row in rows(account, batch).items()
        if row.problems
    }


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    """New, changed, unchanged, held."""
    return batch.rows_new, batch.rows_changed, batch.rows_unchanged, batch.rows_held


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Writes a csv of a header and rows."""

    def write(header: list[str], *lines: list[str], name: str = "table.csv") -> Path:
        path = tmp_path / name
        text = "\n".join(",".join(line) for line in [header, *lines])
        path.write_text(text + "\n", encoding="utf-8-sig")
        return path

    return write
