"""What was archived swallows no row of a sheet: the same comes in anew, or is named with the way back."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from openpyxl import load_workbook

from cases.models import PartnerShop
from core import scope
from core.actions import bootstrap
from core.imports import actions
from core.imports.returning import update_table
from core.resource import registry
from funding.models import SubsidyEntry
from members.actions import archive_member, end_membership
from members.models import Person
from tests.contracts.test_tables import EXAMPLES
from tests.imports.conftest import check, commit, counts, problems
from tests.imports.test_resources import stated
from tests.world import World, id_number

__all__ = ["stated"]
Out = Callable[..., tuple[Any, Path]]
FROM_COUNTIES = (
    "funding_lines",
    "funding_targets",
    "cost_share_rules",
    "subsidy_entries",
    "match_requirements",
    "contract_payments",
    "equipment",
)
FROM_ABOVE = ("county_tiers", "subsidy_grants")
RESTORED = ("unions", "employers", "programmes", "projects", "shops", "funding_sources")


@pytest.fixture
def out(county: World, tmp_path: Path) -> Out:
    """One registered row and the sheet that says it, without its number."""

    def write(account: Any, resource: str, *, with_number: bool = False) -> tuple[Any, Path]:
        path, declared = tmp_path / f"{resource}.xlsx", registry()[resource]
        with scope.applied(account), path.open("wb") as stream:
            row = declared.rows(account).order_by("-pk")[:1].get()
            update_table(
                by=account, resource=declared, rows=declared.rows(account).filter(pk=row.pk), stream=stream
            )
        book = load_workbook(path)
        heads = [cell.value for cell in book.worksheets[0][1]]
        numbers = [column.label for column in declared.importable if column.key == "id"]
        for label in () if with_number else numbers:
            book.worksheets[0].delete_cols(heads.index(label) + 1)
        book.save(path)
        return row, path

    return write


def archive(county: World, row: Any, at: Any = timezone.now) -> None:
    with bootstrap("demo.load", lambda: county.account("admin")):
        apps.get_model(row._meta.label)._base_manager.filter(pk=row.pk).update(archived_at=at())


@pytest.mark.parametrize("resource", [*FROM_COUNTIES, *FROM_ABOVE])
def test_what_cannot_be_restored_comes_in_anew_and_is_taken_back(
    county: World, out: Out, resource: str
) -> None:
    account = county.account("admin" if resource in FROM_ABOVE else "632322.clerk")
    row, path = out(account, resource)
    assert counts(check(account, path, resource)) == (0, 0, 1, 0)
    archive(county, row)
    for entry in SubsidyEntry._base_manager.filter(grant=row.pk) if resource == "subsidy_grants" else ():
        archive(county, entry)
    batch = commit(account, check(account, path, resource))
    assert counts(batch) == (1, 0, 0, 0), problems(account, batch)
    with scope.applied(account):
        new = type(row)._base_manager.get(pk=batch.rows.get().target_id)
    archive(county, new)
    again = check(account, path, resource)
    assert counts(again) == (1, 0, 0, 0), problems(account, again)
    archive(county, new, at=lambda: None)
    assert actions.undo(by=account, row=batch).kept == []
    with scope.applied(account):
        assert type(row)._base_manager.get(pk=row.pk).archived_at is not None
        assert not type(row)._base_manager.filter(pk=new.pk).exists()


@pytest.mark.parametrize("resource", RESTORED)
def test_what_can_be_restored_is_named_with_the_way_back(county: World, out: Out, resource: str) -> None:
    clerk = county.account("632322.clerk")
    row, path = out(clerk, resource)
    archive(county, row)
    batch = check(clerk, path, resource)
    assert counts(batch) == (0, 0, 0, 1)
    ((_, said),) = problems(clerk, batch)[2]
    assert said == f"“{row.name}”已归档。请先在它的页面“恢复”，再导入。"
    archive(county, row, at=lambda: None)
    again = check(clerk, path, resource)
    assert counts(again) == (0, 0, 1, 0), problems(clerk, again)


OLD = "归档的旧名"
ABOVE = {
    "milestones": "project",
    "equipment": "project",
    "progress_reports": "project",
    "acceptances": "project",
    "enrolments": "programme",
    "cost_share_rules": "programme",
    "shops": "programme",
    "meals": "shop",
    "shop_statements": "shop",
    "match_requirements": "source",
}


def _archived_twin(county: World, row: Any) -> None:
    """Another one like it, named otherwise and archived."""
    with bootstrap("demo.load", lambda: county.account("admin")):
        twin = type(row)._base_manager.get(pk=row.pk)
        twin.pk, twin.name, twin.archived_at = None, OLD, timezone.now()
        if hasattr(twin, "door_code"):
            twin.door_code = "archivedtwin"
        twin._state.adding = True
        twin.save(force_insert=True)


@pytest.mark.parametrize(("resource", "above"), ABOVE.items())
def test_a_row_that_names_what_was_archived_says_so(
    county: World, table: Callable[..., Path], resource: str, above: str
) -> None:
    account, declared = county.account("632322.clerk"), registry()[resource]
    shop = PartnerShop.objects.get(programme=county.programmes["632322"])
    source = county.lines["632322-superior_union"].source
    parents = {
        "project": county.projects["632322"],
        "programme": shop.programme,
        "shop": shop,
        "source": source,
    }
    _archived_twin(county, parents[above])
    cells = EXAMPLES[resource] | {above: OLD}
    labels = [declared.column(key).label for key in cells]
    batch = check(account, table(labels, list(cells.values())), resource)
    [[(column, said)]] = problems(account, batch).values()
    assert column == declared.column(above).label
    assert said.endswith(f"“{OLD}”已归档。请先在它的页面“恢复”，再导入。")


def test_the_number_of_what_was_archived_says_how_to_register_it_anew(county: World, out: Out) -> None:
    clerk = county.account("632322.clerk")
    row, path = out(clerk, "funding_lines", with_number=True)
    archive(county, row)
    batch = check(clerk, path, "funding_lines")
    assert counts(batch) == (0, 0, 0, 1)
    ((_, said),) = problems(clerk, batch)[2]
    assert said == "这个编号的记录已归档。要重新登记的，请清空编号这一格，再导入。"


def test_an_archived_statement_stands_again_and_is_taken_back(county: World, out: Out) -> None:
    clerk = county.account("632322.clerk")
    row, path = out(clerk, "shop_statements")
    archive(county, row)
    batch = check(clerk, path, "shop_statements")
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)
    assert "归档过的报数，导入后重新有效：第 2 行（1 行）" in batch.notes
    batch = commit(clerk, batch)
    with scope.applied(clerk):
        row.refresh_from_db()
        assert row.archived_at is None
    assert actions.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        row.refresh_from_db()
        assert row.archived_at is not None


def test_an_archived_member_comes_back_with_the_next_membership(
    county: World, table: Callable[..., Path]
) -> None:
    clerk, person = county.account("632322.clerk"), county.persons["632322-1"]
    end_membership(by=clerk, row=person, on=date(2022, 12, 31), how="6")
    archive_member(by=clerk, row=person, reason="重复")
    head = ["姓名", "身份证号", "所在工会", "入会日期", "学历"]
    known = ["示范尖甲", id_number(221)]
    held = check(clerk, table(head, [*known, "", "", "大学专科"]))
    assert counts(held) == (0, 0, 0, 1)
    batch = check(clerk, table(head, [*known, "632322-0001", "2023-02-01", ""]))
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)
    batch = commit(clerk, batch)
    with scope.applied(clerk):
        assert Person.objects.get(pk=person.pk).archived_at is None
    assert actions.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert Person.objects.get(pk=person.pk).archived_at is not None
