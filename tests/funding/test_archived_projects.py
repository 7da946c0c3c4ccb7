"""A project with money or contracts is not archived, and an archived one takes neither, whatever way they come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from cases import actions as cases
from cases.models import Project
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import FundingLine
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import PASSWORD, World

__all__ = ["table"]
DAY = date(2023, 4, 1)
Write = Callable[..., Path]
LINES = ["建设项目", "资金来源", "阶段", "金额（元）", "日期"]
CHAMBER = "尖扎高压氧舱"


def clerk(world: World) -> Any:
    return world.account("632322.clerk")


def bare(world: World, name: str = CHAMBER) -> Project:
    """A project without money."""
    given = {"kind": "oxygen_chamber", "name": name, "attributes": {"places": "坎布拉镇"}}
    return cases.create_project(by=clerk(world), union=world.unions["632322"], **given)


def archive(world: World, project: Project) -> Project:
    return cases.archive_project(by=clerk(world), row=project, reason="停建")


def line_on(world: World, project: Project, **values: Any) -> FundingLine:
    given = {"source": "援建企业", "stage": "received", "amount": Decimal(5), "recorded_on": DAY, **values}
    return actions.record_line(by=clerk(world), project=project, **given)


def contract_on(world: World, project: Project) -> Any:
    given = {"number": "合-1", "other_party": "设备公司", "subject": "制氧机", "amount": Decimal(1000)}
    return actions.create_contract(by=clerk(world), project=project, signed_on=DAY, **given)


@contextmanager
def whatever_the_actions_say(world: World) -> Iterator[None]:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        yield


@contextmanager
def before_this_was_kept(world: World) -> Iterator[None]:
    """Write as it could be written once."""
    with whatever_the_actions_say(world), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; alter table cases_project disable trigger user")
        yield
        cursor.execute("alter table cases_project enable trigger user")


def test_a_project_with_lines_is_not_archived_and_says_how_many(world: World) -> None:
    with pytest.raises(
        Refused, match=r"“尖扎职工氧吧”还有 4 条资金明细，不能归档。.*先逐条归档，或更正到别的项目"
    ):
        archive(world, world.projects["632322"])


def test_a_project_with_contracts_is_not_archived(world: World) -> None:
    project = bare(world)
    contract = contract_on(world, project)
    with pytest.raises(Refused, match="还有 1 份合同，不能归档"):
        archive(world, project)
    actions.archive_contract(by=clerk(world), row=contract, reason="登记错")
    assert archive(world, project).is_archived


def test_it_is_archived_when_its_lines_are_archived_or_moved(world: World) -> None:
    project = bare(world)
    first, second = line_on(world, project), line_on(world, project, amount=Decimal(6))
    actions.archive_line(by=clerk(world), row=first, reason="登记错")
    actions.correct_line(by=clerk(world), row=second, project=world.projects["632322"], reason="登记错")
    assert archive(world, project).is_archived


def test_an_archived_project_takes_no_money_and_no_contract(world: World) -> None:
    project = archive(world, bare(world))
    with pytest.raises(Refused, match="已归档，不能再记资金"):
        line_on(world, project)
    with pytest.raises(Refused, match="已归档，不能再登记合同"):
        contract_on(world, project)


def test_the_database_writes_no_line_to_an_archived_project(world: World) -> None:
    project, line = archive(world, bare(world)), world.lines["632322-enterprise"]
    with pytest.raises(IntegrityError, match="project archived"), whatever_the_actions_say(world):
        FundingLine.objects.filter(pk=line.pk).update(project=project)


def test_the_database_moves_no_line_from_a_programme_to_an_archived_project(world: World) -> None:
    project = archive(world, bare(world))
    line = actions.record_line(
        by=clerk(world), programme=world.programmes["632322"], source="援建企业", stage="received",
        amount=Decimal(5), recorded_on=DAY,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="project archived"), whatever_the_actions_say(world):
        FundingLine.objects.filter(pk=line.pk).update(project=project, programme=None)


def test_an_archived_line_does_not_stand_again_on_an_archived_project(world: World) -> None:
    project = bare(world)
    line = line_on(world, project)
    actions.archive_line(by=clerk(world), row=line, reason="登记错")
    archive(world, project)
    with pytest.raises(IntegrityError, match="project archived"), whatever_the_actions_say(world):
        FundingLine.objects.filter(pk=line.pk).update(archived_at=None)


def test_lines_from_before_stay_and_may_be_corrected_and_leave(world: World) -> None:
    project = bare(world)
    line = line_on(world, project)
    with before_this_was_kept(world):
        Project.objects.filter(pk=project.pk).update(archived_at=timezone.now())
    actions.correct_line(by=clerk(world), row=line, amount=Decimal(7), reason="登记错")
    actions.correct_line(by=clerk(world), row=line, project=world.projects["632322"], reason="登记错")


def test_a_sheet_holds_the_line_of_an_archived_project_and_takes_the_others(
    world: World, table: Write
) -> None:
    archive(world, bare(world))
    path = table(
        LINES,
        [CHAMBER, "援建企业", "到位", "5", "2023-04-01"],
        ["尖扎职工氧吧", "援建企业", "到位", "6", "2023-04-01"],
    )
    batch = commit(clerk(world), check(clerk(world), path, "funding_lines"))
    assert counts(batch) == (1, 0, 0, 1)
    assert "已归档，不能再记资金" in str(problems(clerk(world), batch))


def test_a_sheet_means_the_project_that_has_the_name_now(world: World, table: Write) -> None:
    archive(world, bare(world))
    bare(world)
    path = table(LINES, [CHAMBER, "援建企业", "到位", "5", "2023-04-01"])
    assert counts(check(clerk(world), path, "funding_lines")) == (1, 0, 0, 0)


def test_a_sheet_of_contracts_holds_those_of_an_archived_project(world: World, table: Write) -> None:
    archive(world, bare(world))
    path = table(
        ["合同号", "项目名称", "乙方", "内容", "合同价", "签订日期"],
        ["合-2", CHAMBER, "设备公司", "制氧机", "2万", "2023-05-01"],
    )
    assert counts(check(clerk(world), path, "project_contracts")) == (0, 0, 0, 1)


def test_a_project_archived_between_check_and_commit_stops_the_import(world: World, table: Write) -> None:
    project = bare(world)
    path = table(LINES, [CHAMBER, "援建企业", "到位", "5", "2023-04-01"])
    batch = check(clerk(world), path, "funding_lines")
    archive(world, project)
    with pytest.raises(Refused, match="已归档，不能再记资金"):
        commit(clerk(world), batch)


def test_what_hangs_on_an_archived_project_is_not_in_the_table_to_update(
    world: World, client: Client
) -> None:
    gone = bare(world)
    for project in (gone, world.projects["632322"]):
        cases.add_equipment(by=clerk(world), project=project, name=f"{project}的制氧机", quantity=1)
    archive(world, gone)
    assert client.login(username="632322.clerk", password=PASSWORD)
    answer = client.get("/equipment/export/?as=update")
    sheet = load_workbook(BytesIO(answer.getvalue())).worksheets[0]
    told = str([row for row in sheet.iter_rows(values_only=True)])
    assert "尖扎职工氧吧的制氧机" in told and f"{CHAMBER}的制氧机" not in told
