"""The lists and pages of what hangs on projects; the projects' own page shows money and stands in funding."""

from typing import Any

from django.urls import reverse

from cases import actions
from cases import project_filters as filters
from cases import project_forms as forms
from cases import project_resources as resources
from cases.models import Milestone
from core import tables
from core.resource import Resource
from core.rights import Right
from core.screens import Screen, Verb


def part_facts(resource: Resource, **links: Any) -> Any:
    """A part's columns; its project can be opened, and what `links` says by label."""

    def facts(row: Any, account: Any) -> list[dict[str, Any]]:
        opened = {"建设项目": reverse("projects-detail", args=[row.project_id])}
        opened |= {label: url(row) for label, url in links.items()}
        return tables.facts(resource, row, links=opened)

    return facts


def document_url(row: Any) -> str:
    """Where the row's document is downloaded."""
    return reverse("evidence", args=[row.evidence.uuid]) if row.evidence else ""


def _is_open(row: Milestone) -> bool:
    return row.reached_on is None


MILESTONE_SCREEN = Screen(
    resource=resources.MILESTONES,
    filterset=filters.MilestoneFilter,
    right=Right.EDIT_CASES,
    noun="的项目节点",
    form=forms.MilestoneRowForm,
    create=actions.add_milestone,
    change=actions.change_milestone,
    archive=actions.archive_milestone,
    create_label="登记节点",
    empty="还没有项目节点。新建项目时按种类带出常用节点，也可以从表格导入。",
    order=("project__name_sort", "planned_on", "pk"),
    facts=part_facts(resources.MILESTONES),
    verbs=(
        Verb(
            "reach",
            "完成节点",
            actions.reach_milestone,
            Right.EDIT_CASES,
            form=forms.ReachMilestoneForm,
            applies=_is_open,
        ),
    ),
)
PROGRESS_SCREEN = Screen(
    resource=resources.PROGRESS_REPORTS,
    filterset=filters.ProgressFilter,
    right=Right.EDIT_CASES,
    noun="的进度报告",
    form=forms.ProgressRowForm,
    create=actions.report_progress,
    change=actions.change_progress,
    archive=actions.archive_progress,
    create_label="报告进度",
    empty="还没有进度报告。一个项目一天一份，写明百分比和进展。",
    order=("-reported_on", "-pk"),
    facts=part_facts(resources.PROGRESS_REPORTS),
)


PHOTO_SCREEN = Screen(
    resource=resources.PROJECT_PHOTOS,
    filterset=filters.PhotoFilter,
    right=Right.EDIT_CASES,
    noun="的项目照片",
    change=actions.change_photo,
    change_form=forms.PhotoRowForm,
    archive=actions.archive_photo,
    empty="还没有照片。请在建设项目的页面上传。",
    order=("-taken_on", "-pk"),
    facts=part_facts(resources.PROJECT_PHOTOS),
    detail_template="cases/photo.html",
)
EQUIPMENT_SCREEN = Screen(
    resource=resources.EQUIPMENT,
    filterset=filters.EquipmentFilter,
    right=Right.EDIT_CASES,
    noun="的设备",
    form=forms.EquipmentRowForm,
    create=actions.add_equipment,
    change=actions.change_equipment,
    archive=actions.archive_equipment,
    create_label="登记设备",
    empty="还没有设备。可以逐台登记，也可以从表格导入。",
    order=("project__name_sort", "name", "pk"),
    facts=part_facts(resources.EQUIPMENT),
)
ACCEPTANCE_SCREEN = Screen(
    resource=resources.ACCEPTANCES,
    filterset=filters.AcceptanceFilter,
    right=Right.EDIT_CASES,
    noun="的验收记录",
    change=actions.correct_acceptance,
    change_form=forms.AcceptanceRowForm,
    archive=actions.archive_acceptance,
    empty="还没有验收记录。请在建设项目的页面登记验收。",
    order=("-accepted_on", "-pk"),
    facts=part_facts(resources.ACCEPTANCES, **{"验收文件": document_url}),
)
VENUE_CHECK_SCREEN = Screen(
    resource=resources.VENUE_CHECKS,
    filterset=filters.VenueCheckFilter,
    right=Right.EDIT_CASES,
    noun="的六有检查",
    form=forms.VenueCheckRowForm,
    create=actions.check_venue,
    change=actions.correct_venue_check,
    archive=actions.archive_venue_check,
    create_label="登记六有检查",
    empty="还没有六有检查。服务阵地投入使用后，可以逐次登记，也可以从表格导入。",
    order=("-checked_on", "-pk"),
    facts=part_facts(resources.VENUE_CHECKS),
)
VISIT_SCREEN = Screen(
    resource=resources.VISITS,
    filterset=filters.VisitFilter,
    right=Right.EDIT_CASES,
    noun="的使用记录",
    form=forms.VisitRowForm,
    change_form=forms.CorrectVisitForm,
    create=actions.record_visits,
    change=actions.change_visits,
    archive=actions.archive_visits,
    create_label="登记使用",
    empty="项目投入使用后，在项目的页面上按天或按月登记人次，也可以从表格导入。",
    order=("-visited_on", "-pk"),
    facts=part_facts(resources.VISITS),
)
PART_SCREENS = (
    MILESTONE_SCREEN,
    PROGRESS_SCREEN,
    PHOTO_SCREEN,
    EQUIPMENT_SCREEN,
    ACCEPTANCE_SCREEN,
    VENUE_CHECK_SCREEN,
    VISIT_SCREEN,
)
