"""What can be done to programmes and projects, and what is recorded in them."""

from cases.actions.enrolments import (
    change_enrolment,
    end_enrolment,
    end_enrolments,
    enrol,
    enrol_by_id,
)
from cases.actions.meals import record_meal
from cases.actions.programmes import (
    archive_programme,
    change_programme,
    create_programme,
)
from cases.actions.projects import (
    add_equipment,
    add_milestone,
    advance_stage,
    archive_project,
    change_project,
    correct_visits,
    create_project,
    plan_milestone,
    reach_milestone,
    record_visits,
)
from cases.actions.shared import held
from cases.actions.shops import (
    add_shop,
    archive_shop,
    change_shop,
    end_shop,
    inspect_shop,
    lift_suspension,
    pause_shop,
    refuse_shop,
    sign_contract,
    suspend_shop,
)

__all__ = [
    "add_equipment",
    "add_milestone",
    "add_shop",
    "advance_stage",
    "archive_programme",
    "archive_project",
    "archive_shop",
    "change_enrolment",
    "change_programme",
    "change_project",
    "change_shop",
    "correct_visits",
    "create_programme",
    "create_project",
    "end_enrolment",
    "end_enrolments",
    "end_shop",
    "enrol",
    "enrol_by_id",
    "held",
    "inspect_shop",
    "lift_suspension",
    "pause_shop",
    "plan_milestone",
    "reach_milestone",
    "record_meal",
    "record_visits",
    "refuse_shop",
    "sign_contract",
    "suspend_shop",
]
