"""Every declared constraint is violated once; the refusal carries the Chinese sentence of its declaration."""

import re
import uuid
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F

from core import scope
from core.actions import Refused, integrity_as_refusal
from members.models import Person
from tests.contracts import kit
from tests.world import World

HAN = re.compile(r"[一-鿿]{2,}.*[。；;]$")
YESTERDAY = timedelta(days=1)

# How a row that stands is made to break each check constraint. Unique and exclusion constraints need no line:
# a second copy of a row breaks them.
BREAKING: dict[str, dict[str, Any]] = {
    "acceptance_failure_explained": {"findings": ""},
    "acceptance_rectified_after": {"rectify_by": F("accepted_on") - YESTERDAY},
    "acceptance_result_known": {"verdict": "perhaps"},
    "account_role_known": {"role": "king"},
    "contract_discount_not_negative": {"discount": -1},
    "contract_ends_after_start": {"valid_to": F("valid_from")},
    "costshare_amount_or_weight": {"amount": None, "weight": None},
    "costshare_payer_known": {"payer": "nobody"},
    "costshare_source_named": {"payer": "worker"},
    "costsharerule_ends_after_start": {"valid_to": F("valid_from")},
    "costsharerule_face_value_positive": {"face_value": 0},
    "card_no_of_ten_digits": {"card_no": "12"},
    "contract_amount_positive": {"amount": 0, "supplemented": 9000},
    "contract_finish_after_signing": {"planned_finish_on": F("signed_on") - YESTERDAY},
    "contract_paid_within_agreed": {"paid": F("amount") + F("supplemented") + 1},
    "coverage_ends_after_start": {"valid_to": F("valid_from")},
    "county_tier_known": {"tier": "moon"},
    "democracy_ends_after_start": {"valid_to": F("valid_from")},
    "employer_closed_after_listed": {"closed_on": F("listed_on") - YESTERDAY},
    "employer_ownership_known": {"ownership": "unknown"},
    "enrolment_ends_after_start": {"valid_to": F("valid_from")},
    "enrolment_leads_no_self": {"crew_leader": F("person")},
    "inspection_failure_explained": {"passed": False, "findings": ""},
    "equipment_accepted_has_day": {"state": "accepted"},
    "equipment_counted": {"quantity": 0, "serial_no": ""},
    "equipment_serial_is_single": {"quantity": 2},
    "equipment_state_known": {"state": "lost"},
    "finding_closed_is_explained": {"state": "kept", "explanation": ""},
    "funding_target_kind_known": {"kind": "unknown"},
    "funding_target_positive": {"amount": 0},
    "headcount_parts_within_whole": {"rural_migrants": F("workers") + 1},
    "importanswer_decision_known": {"decision": "perhaps"},
    "importbatch_committed_has_event": {"state": "committed"},
    "job_done_within_total": {"done": F("total") + 1},
    "job_running_has_lease": {"state": "running"},
    "line_amount_positive": {"amount": 0},
    "line_belongs_to_one": {"project": None},
    "line_stage_known": {"stage": "lost"},
    "match_percent_positive": {"percent": 0},
    "meal_channel_known": {"channel": "guessed"},
    "meal_proxy_named": {"channel": "proxy"},
    "mealdoubt_explained": {"words": ""},
    "member_is_another": {"member": F("joint")},
    "membership_end_has_change": {"ended_by": "6"},
    "membership_ends_after_start": {"valid_to": F("valid_from"), "ended_by": "6"},
    "pause_ends_after_start": {"valid_to": F("valid_from")},
    "pause_has_end": {"kind": "pause", "valid_to": None},
    "pause_kind_known": {"kind": "unknown"},
    "pause_suspension_explained": {"kind": "suspension", "reason": ""},
    "payment_amount_positive": {"amount": 0},
    "contractpayment_return_complete": {"returned_reason": "账号有误"},
    "payment_return_complete": {"returned_on": date(2023, 3, 2)},
    "payment_has_reference": {"reference": ""},
    "payment_positive": {"amount": 0},
    "person_hash_complete": {"id_last4": "12"},
    "person_sex_known": {"sex": "9"},
    "programme_ends_after_start": {"ended_on": F("started_on") - YESTERDAY},
    "programme_face_value_not_negative": {"face_value": -1},
    "progress_within_hundred": {"percent": 101},
    "project_in_use_has_day": {"stage": "in_use", "opened_on": None},
    "project_opened_is_in_use": {"opened_on": date(2023, 1, 1)},
    "project_stage_known": {"stage": "dreamt"},
    "project_total_not_negative": {"stated_total": -1},
    "rating_in_scale": {"stars": 6},
    "rejected_reason_known": {"reason": "guessed"},
    "registration_expires_after_issue": {"expires_on": F("issued_on")},
    "settlement_approved_by_another": {"approved_by": F("checked_by"), "checked_by": F("checked_by")},
    "settlement_frozen_has_approval": {"stage": "approved"},
    "settlement_month_first_day": {"month": date(2022, 7, 2)},
    "settlement_stage_known": {"stage": "lost"},
    "settlementcorrection_explained": {"reason": ""},
    "settlementcorrection_not_zero": {"meals": 0},
    "settlementcorrection_withdrawn_not_taken": {"archived_at": F("created_at"), "taken_in": F("id")},
    "settlementexception_decision_explained": {"decision": "accepted", "decision_reason": ""},
    "settlementexception_decision_known": {"decision": "maybe", "decision_reason": "x"},
    "settlementexception_reason_known": {"reason": "unknown"},
    "settlementline_confirmation_complete": {"confirmed_at": F("created_at"), "confirmed_how": ""},
    "settlementline_meals_add_up": {"meals_valid": 7},
    "settlementline_objection_complete": {"objection": "少记3份"},
    "settlementline_payable_not_negative": {"payable": -1},
    "shop_hours_in_order": {"serves_from": time(9), "serves_until": None},
    "shop_on_the_map": {"longitude": 101, "latitude": None},
    "shop_refusal_explained": {"stage": "refused", "refusal": ""},
    "shop_stage_known": {"stage": "dreamt"},
    "shopstatement_channel_known": {"channel": "rumour"},
    "shopstatement_days_add_up": {"days": "1,2"},
    "shopstatement_month_first_day": {"month": date(2022, 7, 2)},
    "source_kind_known": {"kind": "unknown"},
    "standard_amount_positive": {"amount": 0},
    "standard_ends_after_start": {"valid_to": F("valid_from")},
    "standard_spend_within": {"spend_within": 0},
    "standard_tier_known": {"tier": "moon"},
    "subsidy_amount_positive": {"amount": 0},
    "subsidy_entry_positive": {"amount": 0},
    "subsidy_entry_stage_known": {"stage": "lost"},
    "subsidy_spending_has_purpose": {"stage": "spent", "purpose": ""},
    "subsidy_tier_known": {"tier": "moon"},
    "tag_ends_after_start": {"valid_to": F("valid_from")},
    "tag_group_known": {"group": "unknown"},
    "tag_has_evidence": {"evidence": ""},
    "target_is_percentage": {"value": 0},
    "transfer_refusal_explained": {"state": "refused", "answer": ""},
    "transfer_state_known": {"state": "lost"},
    "term_ends_after_start": {"ends_on": F("started_on")},
    "venuecheck_missing_explained": {"has_sign": False, "findings": ""},
    "venuecheck_rectified_after": {"rectify_by": date(2000, 1, 1)},
    "union_dissolved_after_founded": {"dissolved_on": date(2000, 1, 1)},
    "union_root_is_provincial": {"parent": None, "parent_path": ""},
    "unionheadcount_until_after": {"until": F("counted_on")},
}
# Constraints that no write can reach, because a stricter one stands before them.
COVERED = {
    "payment_has_reference": "payments are append-only: tried in tests/funding/test_settlement_payment.py",
    "payment_positive": "payments are append-only: tried in tests/funding/test_settlement_payment.py",
    "union_id_county": "the primary key is stricter; it is the target of composite keys",
    "union_id_path": "the primary key is stricter; it is the target of composite keys",
}
Declared = list[tuple[type[models.Model], models.BaseConstraint]]


def declared() -> Declared:
    return [(model, each) for model in kit.portal_models() for each in model._meta.constraints]


def test_every_constraint_says_in_chinese_what_is_wrong() -> None:
    silent = [each.name for _, each in declared() if not HAN.search(str(each.get_violation_error_message()))]
    assert silent == []


def test_every_check_constraint_has_a_line_and_every_line_a_constraint() -> None:
    checks = {each.name for _, each in declared() if isinstance(each, models.CheckConstraint)}
    assert checks == set(BREAKING)
    assert set(COVERED) <= {each.name for _, each in declared()}


@pytest.fixture
def furnished(db: None) -> World:
    return kit.furnished()


def test_every_constraint_refuses_with_its_sentence(furnished: World) -> None:
    problems = {}
    with kit.writing(furnished):
        for model, constraint in declared():
            if constraint.name not in COVERED:
                problems[constraint.name] = _violated(model, constraint)
    assert {name: problem for name, problem in problems.items() if problem} == {}


def _violated(model: type[models.Model], constraint: models.BaseConstraint) -> str | None:
    """None when the database refuses with the constraint's own sentence, else what happened."""
    expected = str(constraint.get_violation_error_message())
    try:
        with transaction.atomic(), integrity_as_refusal():
            _violate(model, constraint)
    except Refused as refused:
        return None if refused.message == expected else f"said: {refused.message}"
    return "was accepted"


def _violate(model: type[models.Model], constraint: models.BaseConstraint) -> None:
    scope.apply_everywhere()
    rows: Any = model._base_manager
    row = rows.order_by("pk").last()
    if isinstance(constraint, (models.UniqueConstraint, ExclusionConstraint)):
        _copied(row, constraint).save(force_insert=True)
    else:
        assert rows.filter(pk=row.pk).update(**BREAKING[constraint.name]) == 1


def _copied(row: Any, constraint: models.BaseConstraint) -> Any:
    """A second row that differs only where another constraint would be faster."""
    row.pk = None
    row._state.adding = True
    if constraint.name == "meal_entry_once":
        row.served_on += YESTERDAY
    if constraint.name == "meal_once_a_day":
        row.device_seq += 1
    if constraint.name == "payment_reference_once":
        row.returned_on, row.returned_reason = row.paid_on, "账号有误"
        row.returned_at, row.returned_by = row.created_at, row.settlement.approved_by
    if constraint.name == "card_no_once":
        row.person = Person.objects.exclude(pk=row.person_id).filter(county=row.county_id).first()
    for field in row._meta.concrete_fields:
        if field.unique and not field.primary_key and not field.null:
            setattr(row, field.attname, uuid.uuid4() if isinstance(field, models.UUIDField) else "P9")
    return row


SPANNED = [
    model
    for model in apps.get_models()
    if any(isinstance(constraint, ExclusionConstraint) for constraint in model._meta.constraints)
]


@pytest.mark.parametrize("model", SPANNED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("until", [date(2023, 1, 10), date(2023, 1, 9)])
def test_an_end_before_its_start_is_told_at_the_field(
    db: None, model: type[models.Model], until: date
) -> None:
    """PostgreSQL would raise over a reversed span before any constraint could carry its sentence."""
    named = {field.attname: 1 for field in model._meta.fields if field.many_to_one}
    row = model(valid_from=date(2023, 1, 10), valid_to=until, **named)
    with pytest.raises(ValidationError) as refused:
        row.clean()
    [said] = refused.value.message_dict["valid_to"]
    assert "必须晚于" in said and HAN.search(said)
    with pytest.raises(ValidationError, match="必须晚于"):
        row.full_clean()
