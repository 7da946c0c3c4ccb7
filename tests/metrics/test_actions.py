"""Computations, findings, targets and declarations as people and the clock ask for them."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.http import Http404
from django.utils import timezone

from core import jobs, scope
from core.actions import Refused, bootstrap
from core.models import AuditEvent, Finding, Job
from core.quarters import Quarter
from metrics import actions, checks, tasks
from metrics.models import ComputationRun, DeclaredFigure, Figure, IndicatorTarget
from tests.metrics.scene import fill
from tests.world import World
from unions.models import DemocraticSystem, Employer, UnitCoverage

pytestmark = pytest.mark.django_db
QUARTER = "2023Q1"
Key = tuple[str, int, str, str]


def stored(*quarters: str) -> dict[Key, tuple[int, Any, Any]]:
    """Every figure with its primary key."""
    scope.apply_everywhere()
    figures = Figure.objects.filter(quarter__in=quarters or [QUARTER])
    return {
        (one.indicator, one.union_id, one.group_key, one.group_value): (
            one.pk,
            one.numerator,
            one.denominator,
        )
        for one in figures
    }


def figure(code: str, indicator: str, group: str = "") -> Figure:
    scope.apply_everywhere()
    return Figure.objects.get(
        union__code=code,
        indicator=indicator,
        quarter=QUARTER,
        group_value=group,
        group_key="ownership" if group else "",
    )


def institutions(world: World, congresses: int, covered: int) -> None:
    """尖扎's institutions: so many with a congress, so many with a union."""
    county, low = world.unions["632322"], world.unions["632322-0001"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        for number in range(max(congresses, covered)):
            employer = Employer.objects.create(
                **county.stamp(), name=f"事业{number}", ownership="institution", listed_on=date(2015, 1, 1)
            )
            if number < covered:
                UnitCoverage.objects.create(**low.stamp(), employer=employer, valid_from=date(2016, 1, 1))
            if number < congresses:
                DemocraticSystem.objects.create(
                    **county.stamp(), employer=employer, kind="congress", valid_from=date(2016, 1, 1)
                )


def test_computing_again_changes_nothing(world: World) -> None:
    fill(world, 3)
    by = world.account("admin")
    first = actions.compute_quarters(by=by, quarters=[QUARTER])
    before = stored()
    second = actions.compute_quarters(by=by, quarters=[QUARTER])
    assert stored() == before and before
    assert first.state == second.state == "succeeded"
    assert second.figures_written == len(before)
    assert second.seconds is not None


def test_one_county_again_keeps_every_sum(world: World) -> None:
    fill(world, 4)
    admin = world.account("admin")
    actions.compute_quarters(by=admin, quarters=[QUARTER, "2022Q4"])
    institutions(world, 3, 2)
    actions.compute_quarters(by=admin, quarters=[QUARTER], county=world.unions["632322"])
    partly = stored()
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    assert stored() == partly


def test_a_sum_is_never_made_of_some_of_its_parts(world: World) -> None:
    admin = world.account("admin")
    actions.compute_quarters(by=admin, quarters=[QUARTER], county=world.unions["632322"])
    partly = stored()
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    assert stored() == partly


def test_a_vanished_group_loses_its_figure(world: World) -> None:
    institutions(world, 1, 1)
    admin = world.account("admin")
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    assert figure("632322", "I16", "institution").numerator == 1
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        Employer.objects.filter(ownership="institution").update(closed_on=date(2020, 1, 1))
    actions.compute_quarters(by=admin, quarters=[QUARTER], county=world.unions["632322"])
    with pytest.raises(Figure.DoesNotExist):
        figure("632322", "I16", "institution")
    with pytest.raises(Figure.DoesNotExist):
        figure("632300", "I16", "institution")


def test_22_of_21_stays_and_is_a_finding(world: World) -> None:
    institutions(world, 22, 21)
    admin = world.account("admin")
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    found = figure("632322", "I16", "institution")
    assert (found.numerator, found.denominator, found.is_impossible) == (Decimal(22), Decimal(21), True)
    finding = Finding.objects.get(subject_type="metrics.figure", subject_id=found.pk)
    assert finding.state == "open" and "22" in finding.message and "21" in finding.message
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    scope.apply_everywhere()
    assert Finding.objects.filter(subject_type="metrics.figure", subject_id=found.pk).count() == 1


def test_a_contradiction_mended_at_the_source_closes_its_finding(world: World) -> None:
    institutions(world, 22, 21)
    admin = world.account("admin")
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        last = Employer.objects.get(name="事业21")
        UnitCoverage.objects.create(
            **world.unions["632322-0001"].stamp(), employer=last, valid_from=date(2016, 1, 1)
        )
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    pk = figure("632322", "I16", "institution").pk
    finding = Finding.objects.get(subject_type="metrics.figure", subject_id=pk)
    assert finding.state == "corrected" and finding.explanation


def test_an_explained_finding_stays_explained_until_the_numbers_change(world: World) -> None:
    institutions(world, 2, 1)
    admin, head = world.account("admin"), world.account("632322.head")
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    finding = Finding.objects.get(subject_id=figure("632322", "I16", "institution").pk)
    with pytest.raises(Refused):
        actions.explain_finding(by=head, row=finding, state="explained", explanation="  ")
    actions.explain_finding(by=head, row=finding, state="explained", explanation="覆盖登记滞后")
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    scope.apply_everywhere()
    finding.refresh_from_db()
    assert finding.state == "explained"
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        UnitCoverage.objects.filter(employer__ownership="institution").delete()
    actions.compute_quarters(by=admin, quarters=[QUARTER])
    scope.apply_everywhere()
    finding.refresh_from_db()
    assert finding.state == "open"


def test_the_missing_match_is_named(world: World) -> None:
    actions.run_checks(by=world.account("admin"))
    scope.apply_everywhere()
    finding = Finding.objects.get(check_key="parts_against_total", county_id=632323)
    assert finding.detail["difference"] == "200000.00"
    assert [one["source"] for one in finding.detail["suspects"]] == ["对口援助工会"]
    assert "580" in finding.message and "600" in finding.message and "20" in finding.message


def test_scope_and_right(world: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.compute_quarters(by=world.account("632322.clerk"), quarters=[QUARTER])
    with pytest.raises(Http404):
        actions.compute_quarters(
            by=world.account("632300.reviewer"), quarters=[QUARTER], county=world.unions["630103"]
        )
    actions.compute_quarters(by=world.account("632300.reviewer"), quarters=[QUARTER])
    with pytest.raises(Refused):
        actions.compute_quarters(by=world.account("admin"), quarters=["2023Q5"])
    later = str(Quarter.of(timezone.localdate() + timedelta(days=100)))
    with pytest.raises(Refused):
        actions.compute_quarters(by=world.account("admin"), quarters=[later])
    many = [str(quarter) for quarter in Quarter(2023, 4).last(61)]
    with pytest.raises(Refused, match="最多计算 60 个季度"):
        actions.compute_quarters(by=world.account("admin"), quarters=many)


def test_targets_and_declared_figures(world: World) -> None:
    province = world.account("630000.reviewer")
    for value in ("80", "90.5"):
        actions.set_target(
            by=province,
            indicator="I01",
            union=world.unions["630000"],
            value=Decimal(value),
            from_quarter=QUARTER,
            source="年度工作要点",
        )
    assert [target.value for target in IndicatorTarget.objects.all()] == [Decimal("90.5")]
    declared = actions.declare_figure(
        by=world.account("632322.clerk"),
        union=world.unions["632322"],
        indicator="I16",
        quarter=QUARTER,
        numerator=Decimal(22),
        denominator=Decimal(21),
        group_key="ownership",
        group_value="institution",
        printed="100%",
    )
    scope.apply_everywhere()
    assert DeclaredFigure.objects.get().is_impossible
    assert Finding.objects.get(subject_type="metrics.declaredfigure").subject_id == declared.pk


def test_a_queued_computation_is_carried_out(world: World) -> None:
    by = world.account("admin")
    run = actions.request_computation(by=by, quarters=[QUARTER])
    scope.apply_everywhere()
    jobs.run(Job.objects.get(kind="metrics.compute").pk)
    scope.apply_everywhere()
    run.refresh_from_db()
    assert (run.state, run.progress) == ("succeeded", 100)
    assert Figure.objects.filter(run=run).count() == run.figures_written
    assert Job.objects.get().state == "succeeded"


def test_the_clock_asks_for_the_running_quarter(world: World) -> None:
    number = tasks.compute_running_quarter()
    scope.apply_everywhere()
    assert ComputationRun.objects.get(pk=number).quarters == [str(Quarter.of(timezone.localdate()))]
    assert AuditEvent.objects.filter(verb="metrics.request_computation").count() == 1


def test_command_prints_figures(world: World) -> None:
    institutions(world, 22, 21)
    out = StringIO()
    call_command("compute_metrics", QUARTER, "--union", "632322", "--json", stdout=out)
    rows = json.loads(out.getvalue())
    wanted = [one for one in rows if one["indicator"] == "I16" and one["group"] == "ownership=institution"]
    assert [(one["numerator"], one["denominator"], one["value"]) for one in wanted] == [(22, 21, 104.7619)]
    assert {one["union"] for one in rows} == {"632322"}
    unknown = [one for one in rows if one["denominator"] in (0, None)]
    assert unknown and all(one["value"] is None for one in unknown)
    out = StringIO()
    call_command("compute_metrics", QUARTER, stdout=out)
    assert "22 / 21\t104.8%" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("compute_metrics", "2023", stdout=out)
    with pytest.raises(CommandError):
        call_command("compute_metrics", QUARTER, "--union", "999999", stdout=out)


def test_every_check_has_its_own_key() -> None:
    assert len(checks.LABELS) == len(checks.CHECKS)
