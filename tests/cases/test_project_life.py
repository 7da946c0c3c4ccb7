"""From proposal to use: stages follow acceptances, progress never falls silently, use is corrected by reason."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases import actions
from cases.actions import DayEntry, MilestoneEntry
from cases.models import Acceptance, Equipment, Milestone, ProgressReport, Project, Visit
from core.actions import Refused, Stale
from core.models import AuditEvent, StoredFile
from tests.world import World

APRIL = date(2023, 4, 20)


@pytest.fixture
def project(world: World) -> Project:
    return world.projects["632322"]


@pytest.fixture
def act(world: World) -> Callable[..., Any]:
    def call(action: Callable[..., Any], by: str = "632322.clerk", **arguments: Any) -> Any:
        return action(by=world.account(by), **arguments)

    return call


def refused(act: Callable[..., Any], sentence: str, action: Callable[..., Any], **arguments: Any) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(Refused, match=sentence):
        act(action, **arguments)
    assert AuditEvent.objects.count() == events


def accept(act: Callable[..., Any], project: Project, on: date = APRIL, **values: Any) -> None:
    act(actions.record_acceptance, row=project, accepted_on=on, **{"verdict": "passed", **values})
    project.refresh_from_db()


def opened(act: Callable[..., Any], project: Project, on: date = APRIL) -> Project:
    accept(act, project, on)
    act(actions.advance_stage, row=project, stage="in_use", on=on)
    project.refresh_from_db()
    return project


# --- stages and acceptance


def test_nothing_is_in_use_before_its_acceptance(act: Callable[..., Any], project: Project) -> None:
    refused(act, "选择后面的阶段", actions.advance_stage, row=project, stage="approved", on=APRIL)
    for stage in ("accepted", "in_use"):
        refused(act, "还没有验收记录", actions.advance_stage, row=project, stage=stage, on=APRIL)
    accept(act, project, verdict="failed", findings="屋面漏水")
    assert (project.stage, project.stage_on) == ("construction", None)
    refused(act, "验收不合格", actions.advance_stage, row=project, stage="in_use", on=APRIL)
    accept(act, project, APRIL + timedelta(days=9))
    assert (project.stage, project.stage_on) == ("accepted", APRIL + timedelta(days=9))
    refused(act, "不能早于这一天", actions.advance_stage, row=project, stage="in_use", on=APRIL)
    act(actions.advance_stage, row=project, stage="in_use", on=date(2023, 5, 1))
    project.refresh_from_db()
    assert (project.stage, project.opened_on) == ("in_use", date(2023, 5, 1))


def test_an_inspection_that_fails_later_takes_the_stage_back(
    act: Callable[..., Any], project: Project
) -> None:
    accept(act, project)
    refused(
        act,
        "再次验收不能早于",
        actions.record_acceptance,
        row=project,
        accepted_on=APRIL - timedelta(days=1),
        verdict="passed",
    )
    accept(act, project, APRIL + timedelta(days=1), verdict="failed", findings="消防不合格")
    assert project.stage == "construction"
    last = Acceptance.objects.get(project=project, verdict="failed")
    act(actions.archive_acceptance, row=last)
    project.refresh_from_db()
    assert project.stage == "accepted"
    assert Acceptance.objects.filter(project=project, archived_at__isnull=True).count() == 1


def test_what_fails_says_why_and_the_stage_follows_a_correction(
    act: Callable[..., Any], project: Project
) -> None:
    refused(
        act,
        "写明发现的问题",
        actions.record_acceptance,
        row=project,
        accepted_on=APRIL,
        verdict="conditional",
    )
    accept(act, project)
    row = Acceptance.objects.get(project=project)
    act(actions.correct_acceptance, row=row, verdict="failed", findings="登记错，实为不合格")
    project.refresh_from_db()
    assert project.stage == "construction"


def test_the_only_passed_inspection_of_what_is_in_use_stays(
    act: Callable[..., Any], project: Project
) -> None:
    opened(act, project)
    row = Acceptance.objects.get(project=project)
    refused(act, "此前没有别的合格验收", actions.archive_acceptance, row=row)
    refused(
        act,
        "此前没有别的合格验收",
        actions.correct_acceptance,
        row=row,
        accepted_on=APRIL + timedelta(days=3),
    )


def test_the_only_pass_of_what_is_in_use_cannot_be_corrected_into_a_failure(
    act: Callable[..., Any], project: Project
) -> None:
    opened(act, project)
    row = Acceptance.objects.get(project=project)
    failed = {"verdict": "failed", "findings": "登记错"}
    refused(act, "此前没有别的合格验收", actions.correct_acceptance, row=row, **failed)


def test_a_corrected_inspection_keeps_its_place_among_the_others(
    act: Callable[..., Any], project: Project
) -> None:
    accept(act, project, verdict="failed", findings="屋面漏水")
    accept(act, project, APRIL + timedelta(days=9))
    first, second = Acceptance.objects.filter(project=project).order_by("accepted_on")
    correct = actions.correct_acceptance
    refused(act, "前一次验收是 2023-04-20", correct, row=second, accepted_on=date(2020, 1, 1))
    refused(act, "后一次验收是 2023-04-29", correct, row=first, accepted_on=date(2023, 5, 1))
    act(correct, row=second, accepted_on=APRIL + timedelta(days=5))


def test_a_corrected_inspection_is_not_before_the_works(act: Callable[..., Any], project: Project) -> None:
    began = APRIL - timedelta(days=30)
    act(actions.correct_stage, row=project, stage="construction", on=began, reason="补登")
    project.refresh_from_db()
    opened(act, project)
    row = Acceptance.objects.get(project=project)
    early = began - timedelta(days=1)
    refused(act, "项目 2023-03-21 进入“施工”", actions.correct_acceptance, row=row, accepted_on=early)
    act(actions.correct_acceptance, row=row, accepted_on=began)


def test_an_acceptance_reaches_the_step_of_that_name(act: Callable[..., Any], project: Project) -> None:
    act(actions.add_milestone, project=project, label="验收", planned_on=APRIL)
    act(actions.add_milestone, project=project, label="投入使用")
    opened(act, project)
    reached = Milestone.objects.filter(project=project).values_list("label", "reached_on")
    assert set(reached) == {("验收", APRIL), ("投入使用", APRIL)}


def test_the_document_of_an_inspection_is_kept_and_replaced(
    act: Callable[..., Any], project: Project
) -> None:
    pdf = SimpleUploadedFile("验收.pdf", b"%PDF-1.7 accepted")
    accept(act, project, evidence=pdf)
    row = Acceptance.objects.get(project=project)
    assert row.evidence is not None and row.evidence.purpose == "evidence"
    act(actions.correct_acceptance, row=row, findings="无")
    row.refresh_from_db()
    assert row.evidence is not None and row.evidence.name == "验收.pdf"
    wrong = SimpleUploadedFile("验收.pdf", b"<html>")
    refused(act, "内容与扩展名不符", actions.correct_acceptance, row=row, evidence=wrong)
    assert StoredFile.objects.count() == 1


def test_a_project_that_is_registered_in_use_has_its_day(act: Callable[..., Any], world: World) -> None:
    given = {"kind": "oxygen_bar", "name": "早就有的氧吧", "attributes": {"area_m2": "80"}, "stage": "in_use"}
    union = world.unions["632322"]
    refused(act, "要填实际投用日期", actions.create_project, union=union, **given)
    act(actions.create_project, union=union, **given, opened_on=APRIL)


def test_the_day_of_a_record_of_use_stays(act: Callable[..., Any], project: Project) -> None:
    opened(act, project)
    visit = act(actions.record_visits, project=project, visited_on=APRIL, person_times=3)
    act(actions.change_visits, row=visit, visited_on=date(1999, 1, 1), person_times=4)
    visit.refresh_from_db()
    assert (visit.visited_on, visit.person_times) == (APRIL, 4)


def test_a_stage_goes_back_only_by_correction(act: Callable[..., Any], project: Project) -> None:
    refused(act, "请用“推进阶段”", actions.change_project, row=project, stage="funded")
    refused(act, "往后走请用“推进阶段”", actions.correct_stage, row=project, stage="in_use", on=APRIL)
    act(actions.correct_stage, row=project, stage="funded", on=date(2023, 3, 5), reason="登记错")
    project.refresh_from_db()
    assert (project.stage, project.stage_on) == ("funded", date(2023, 3, 5))
    assert AuditEvent.objects.get(verb="cases.correct_stage").reason == "登记错"
    opened(act, project)
    refused(act, "投用不能早于验收", actions.correct_stage, row=project, stage="in_use", on=date(2023, 4, 1))
    act(actions.record_visits, project=project, visited_on=date(2023, 5, 1), person_times=3)
    refused(act, "不能晚于这一天", actions.correct_stage, row=project, stage="in_use", on=date(2023, 5, 2))
    refused(act, "已有使用记录", actions.correct_stage, row=project, stage="construction")
    act(actions.correct_stage, row=project, stage="in_use", on=date(2023, 4, 28))
    project.refresh_from_db()
    assert (project.stage, project.opened_on) == ("in_use", date(2023, 4, 28))


# --- progress


def test_progress_never_falls_silently(act: Callable[..., Any], project: Project) -> None:
    def report(day: int, percent: int, **more: Any) -> ProgressReport:
        row: ProgressReport = act(
            actions.report_progress,
            project=project,
            reported_on=date(2023, 4, day),
            percent=percent,
            summary="施工",
            **more,
        )
        return row

    report(1, 20)
    middle = report(20, 60)
    for day, percent, sentence in ((25, 50, "回落请写明原因"), (10, 70, "比这次的 70% 低")):
        with pytest.raises(Refused, match=sentence):
            report(day, percent)
    report(25, 50, fall_reason="返工")
    report(10, 40)
    with pytest.raises(Refused, match="这一天已有进度报告"):
        report(10, 40)
    with pytest.raises(Refused, match="回落请写明原因"):
        act(actions.change_progress, row=middle, percent=30)
    with pytest.raises(Refused, match=r"0 到 100|小于或等于"):
        report(28, 101)
    assert ProgressReport.objects.filter(project=project).count() == 4


# --- milestones all at once


def test_the_table_of_milestones_is_saved_whole_or_not_at_all(
    act: Callable[..., Any], project: Project
) -> None:
    step = act(actions.add_milestone, project=project, label="招标", planned_on=APRIL)
    entries = [
        MilestoneEntry("公开招标", APRIL, date(2023, 4, 22), id=step.pk, version=1),
        MilestoneEntry("开工", date(2023, 5, 1)),
    ]
    tomorrow = timezone.localdate() + timedelta(days=1)
    late = [*entries, MilestoneEntry("完工", reached_on=tomorrow)]
    refused(act, "不能晚于今天", actions.arrange_milestones, row=project, entries=late)
    assert Milestone.objects.get(project=project).label == "招标"
    act(actions.arrange_milestones, row=project, entries=entries)
    assert set(Milestone.objects.filter(project=project).values_list("label", "reached_on")) == {
        ("公开招标", date(2023, 4, 22)),
        ("开工", None),
    }
    stale = [MilestoneEntry("又改", APRIL, id=step.pk, version=1)]
    with pytest.raises(Stale, match="公开招标"):
        act(actions.arrange_milestones, row=project, entries=stale)
    act(
        actions.arrange_milestones, row=project, entries=[entries[0]]
    )  # nothing changed: an old version is no harm


def test_a_removed_step_may_be_registered_again(act: Callable[..., Any], project: Project) -> None:
    step = act(actions.add_milestone, project=project, label="招标")
    gone = MilestoneEntry("招标", id=step.pk, version=1, is_removed=True)
    act(actions.arrange_milestones, row=project, entries=[gone], reason="不需要招标")
    refused(act, "刚被别人删去", actions.arrange_milestones, row=project, entries=[gone])
    act(actions.add_milestone, project=project, label="招标")
    refused(act, "已有同名节点", actions.add_milestone, project=project, label=" 招标 ")


# --- equipment


def test_equipment_has_one_serial_number_or_a_count(act: Callable[..., Any], project: Project) -> None:
    given = {"project": project, "name": "制氧机"}
    refused(act, "数量填1", actions.add_equipment, **given, quantity=2, serial_no="A1")
    refused(act, "设备验收日期", actions.add_equipment, **given, quantity=1, state="accepted")
    row = act(actions.add_equipment, **given, quantity=1, serial_no="A1", unit_price=Decimal("12000.50"))
    refused(act, "已有这个出厂编号", actions.add_equipment, **given, quantity=1, serial_no="A1")
    act(actions.change_equipment, row=row, state="accepted", accepted_on=APRIL)
    many = act(actions.add_equipment, **given, quantity=3, unit_price=Decimal("0.10"))
    assert many.value == Decimal("0.30")
    act(actions.archive_equipment, row=row, reason="退货")
    act(actions.add_equipment, **given, quantity=1, serial_no="A1")
    assert Equipment.objects.filter(project=project, archived_at__isnull=True).count() == 2


# --- use


def test_use_is_recorded_once_a_day_and_only_after_the_opening(
    act: Callable[..., Any], project: Project
) -> None:
    record = {"project": project, "visited_on": date(2023, 5, 1), "person_times": 5}
    refused(act, "还没有投入使用", actions.record_visits, **record)
    opened(act, project)
    refused(act, "才投入使用", actions.record_visits, **{**record, "visited_on": date(2023, 4, 19)})
    visit = act(actions.record_visits, **record)
    refused(act, "已有使用记录", actions.record_visits, **record)
    act(actions.change_visits, row=visit, person_times=6, reason="漏记一人")
    act(actions.archive_visits, row=visit, reason="登记错项目")
    act(actions.record_visits, **record)
    assert list(Visit.objects.filter(project=project).values_list("person_times", flat=True)) == [6, 5]


def test_a_month_is_recorded_at_once(act: Callable[..., Any], project: Project) -> None:
    opened(act, project)
    first, second = date(2023, 5, 1), date(2023, 5, 2)
    entries = [DayEntry(first, 12, Decimal("6.5")), DayEntry(second, 0), DayEntry(date(2023, 5, 3))]
    act(actions.record_month, row=project, entries=entries)
    found = Visit.objects.filter(project=project).order_by("visited_on")
    assert list(found.values_list("visited_on", "person_times")) == [(first, 12), (second, 0)]
    changed = [DayEntry(first, 13, Decimal("6.5"), version=1), DayEntry(second, None, version=1)]
    refused(act, "写明更正理由", actions.record_month, row=project, entries=changed)
    act(actions.record_month, row=project, entries=changed, correction="核对签到本")
    now = Visit.objects.filter(project=project, archived_at__isnull=True)
    assert list(now.values_list("visited_on", "person_times")) == [(first, 13)]
    late = [DayEntry(first, 14, version=1)]
    with pytest.raises(Stale, match="2023-05-01 的记录刚被别人修改过"):
        act(actions.record_month, row=project, entries=late, correction="再改")
    with pytest.raises(Stale, match="刚被别人删去"):
        act(actions.record_month, row=project, entries=[DayEntry(second, 1, version=1)])
    bad = [DayEntry(date(2023, 5, 4), 3), DayEntry(date(2023, 4, 1), 3)]
    refused(act, "才投入使用", actions.record_month, row=project, entries=bad)
    assert now.count() == 1
