"""The pages of projects. They stand here because they show money."""

from typing import Any

from cases import actions as case_actions
from cases import forms as case_forms
from cases import project_forms
from cases.filters import ProjectFilter
from cases.kinds.projects import VENUE
from cases.models import Acceptance, Equipment, ProgressReport, Project, ProjectStage, VenueCheck, Visit
from cases.project_screens import (
    ACCEPTANCE_SCREEN,
    EQUIPMENT_SCREEN,
    PROGRESS_SCREEN,
    VENUE_CHECK_SCREEN,
    VISIT_SCREEN,
)
from cases.resources import PROJECTS
from core.rights import Right
from core.screens import Related, Screen, Verb, restoring
from funding import actions, contract_forms, forms
from funding.contract_screens import CONTRACT_SCREEN
from funding.models import ProjectContract
from funding.screens import case_facts, case_verb, lines_of, of, record_line


def _part_verb(key: str, label: str, action: Any, form: Any, **options: Any) -> Verb:
    """Something new that hangs on the project."""
    return case_verb(key, label, action, form, creates_for="project", **options)


def _can_advance(row: Project) -> bool:
    return row.stage != ProjectStage.IN_USE


def _in_use(row: Project) -> bool:
    return row.stage == ProjectStage.IN_USE


def _is_venue(row: Project) -> bool:
    return row.kind == VENUE.key


def _is_checked(row: Project) -> bool:
    return _is_venue(row) and _in_use(row)


PROJECT_SCREEN = Screen(
    resource=PROJECTS,
    filterset=ProjectFilter,
    right=Right.EDIT_CASES,
    noun="的建设项目",
    form=case_forms.ProjectForm,
    create=case_actions.create_project,
    change=case_actions.change_project,
    archive=case_actions.archive_project,
    create_label="新建建设项目",
    empty="这里列出氧吧、高压氧舱、服务阵地等建设项目。分开立项的分开登记，金额不合并。",
    list_template="cases/projects.html",
    detail_template="funding/project.html",
    facts=case_facts(PROJECTS),
    verbs=(
        record_line("project"),
        Verb(
            "require-match",
            "登记配套要求",
            actions.require_match,
            Right.EDIT_FUNDING,
            form=forms.MatchForm,
            creates_for="project",
        ),
        case_verb(
            "stage", "推进阶段", case_actions.advance_stage, project_forms.StageForm, applies=_can_advance
        ),
        case_verb(
            "correct-stage",
            "更正阶段",
            case_actions.correct_stage,
            project_forms.CorrectStageForm,
            needs_reason=True,
        ),
        case_verb("acceptance", "登记验收", case_actions.record_acceptance, project_forms.AcceptanceForm),
        Verb(
            "contract",
            "登记合同",
            actions.create_contract,
            Right.EDIT_FUNDING,
            form=contract_forms.ContractForm,
            creates_for="project",
        ),
        _part_verb("milestone", "登记节点", case_actions.add_milestone, project_forms.MilestoneForm),
        _part_verb("progress", "报告进度", case_actions.report_progress, project_forms.ProgressForm),
        _part_verb("photo", "上传照片", case_actions.add_photo, project_forms.PhotoForm),
        _part_verb("equipment", "登记设备", case_actions.add_equipment, project_forms.EquipmentForm),
        _part_verb(
            "venue-check",
            "登记六有检查",
            case_actions.check_venue,
            project_forms.VenueCheckForm,
            applies=_is_checked,
        ),
        _part_verb(
            "visits", "登记使用", case_actions.record_visits, project_forms.VisitsForm, applies=_in_use
        ),
        restoring(case_actions.restore_project, Right.EDIT_CASES),
    ),
    related=(
        lines_of("project"),
        Related(
            "合同",
            ("合同编号", "对方单位", "合同内容", "合同加补充（元）", "已付（元）", "签订日期"),
            of(ProjectContract, "project"),
            lambda row: (
                row.number,
                row.other_party,
                row.subject,
                row.agreed,
                row.paid,
                row.signed_on,
            ),
            "还没有合同。登记合同后才能登记付款。",
            url=lambda row: CONTRACT_SCREEN.url("detail", row.pk),
            verb="contract",
            numeric=frozenset({"合同加补充（元）", "已付（元）"}),
        ),
        Related(
            "进度报告",
            ("日期", "进度", "进展", "回落原因"),
            of(ProgressReport, "project"),
            lambda row: (row.reported_on, f"{row.percent}%", row.summary, row.fall_reason),
            "还没有进度报告。写明百分比和进展，上级就不用再打电话问。",
            url=lambda row: PROGRESS_SCREEN.url("detail", row.pk),
            verb="progress",
        ),
        Related(
            "设备",
            ("设备", "出厂编号", "数量（台）", "单价（元）", "状态"),
            of(Equipment, "project"),
            lambda row: (row.name, row.serial_no, row.quantity, row.unit_price, row.get_state_display()),
            "还没有登记设备。",
            url=lambda row: EQUIPMENT_SCREEN.url("detail", row.pk),
            verb="equipment",
            numeric=frozenset({"数量（台）", "单价（元）"}),
        ),
        Related(
            "验收记录",
            ("验收日期", "结论", "发现的问题", "整改期限", "验收文件"),
            of(Acceptance, "project", "evidence"),
            lambda row: (
                row.accepted_on,
                row.get_verdict_display(),
                row.findings,
                row.rectify_by,
                row.evidence,
            ),
            "还没有验收记录。验收合格后才能投入使用。",
            url=lambda row: ACCEPTANCE_SCREEN.url("detail", row.pk),
            verb="acceptance",
        ),
        Related(
            "六有检查",
            ("检查日期", "结果", "缺什么", "整改期限"),
            of(VenueCheck, "project"),
            lambda row: (row.checked_on, row.score, row.findings, row.rectify_by),
            "服务阵地投入使用后，逐项检查六有。",
            url=lambda row: VENUE_CHECK_SCREEN.url("detail", row.pk),
            verb="venue-check",
            applies=_is_venue,
        ),
        Related(
            "使用记录",
            ("日期", "人次", "供氧时长（小时）"),
            of(Visit, "project"),
            lambda row: (row.visited_on, row.person_times, row.oxygen_hours),
            "投入使用后，按天或按月登记人次。",
            url=lambda row: VISIT_SCREEN.url("detail", row.pk),
            verb="visits",
            numeric=frozenset({"人次", "供氧时长（小时）"}),
        ),
    ),
)
