"""What belongs to programmes and projects, as programs read it."""

from rest_framework import serializers

from cases.models import (
    SIX_ITEMS,
    Acceptance,
    Enrolment,
    Equipment,
    MealCheckIn,
    MealDoubt,
    Milestone,
    PartnerShop,
    ProgressReport,
    ShopContract,
    ShopInspection,
    ShopPause,
    VenueCheck,
    Visit,
)
from core.api.rows import LabelledSerializer


class ShopSerializer(LabelledSerializer):
    class Meta:
        model = PartnerShop
        fields = ("id", "name", "office", "stage", "door_code", "archived_at")


class ContractSerializer(LabelledSerializer):
    class Meta:
        model = ShopContract
        fields = ("id", "contract_no", "valid_from", "valid_to", "discount", "archived_at")


class InspectionSerializer(LabelledSerializer):
    class Meta:
        model = ShopInspection
        fields = ("id", "inspected_on", "passed", "findings", "archived_at")


class PauseSerializer(LabelledSerializer):
    class Meta:
        model = ShopPause
        fields = ("id", "kind", "valid_from", "valid_to", "reason", "archived_at")


class EnrolmentSerializer(LabelledSerializer):
    person_name = serializers.CharField(source="person.name", read_only=True, label="职工")

    class Meta:
        model = Enrolment
        fields = (
            "id",
            "person",
            "person_name",
            "office",
            "employer",
            "is_crew_leader",
            "crew_leader",
            "valid_from",
            "valid_to",
            "archived_at",
        )


class MealSerializer(LabelledSerializer):
    class Meta:
        model = MealCheckIn
        fields = ("id", "served_on", "shop", "enrolment")


class DoubtSerializer(LabelledSerializer):
    class Meta:
        model = MealDoubt
        fields = ("id", "words", "created_at", "archived_at")


class MilestoneSerializer(LabelledSerializer):
    class Meta:
        model = Milestone
        fields = ("id", "label", "planned_on", "reached_on", "archived_at")


class EquipmentSerializer(LabelledSerializer):
    class Meta:
        model = Equipment
        fields = (
            "id",
            "name",
            "serial_no",
            "quantity",
            "unit_price",
            "state",
            "accepted_on",
            "note",
            "archived_at",
        )


class ProgressSerializer(LabelledSerializer):
    class Meta:
        model = ProgressReport
        fields = ("id", "reported_on", "percent", "summary", "fall_reason", "archived_at")


class AcceptanceSerializer(LabelledSerializer):
    class Meta:
        model = Acceptance
        fields = ("id", "accepted_on", "verdict", "findings", "rectify_by", "archived_at")


class VenueCheckSerializer(LabelledSerializer):
    class Meta:
        model = VenueCheck
        fields = ("id", "checked_on", *SIX_ITEMS, "findings", "rectify_by", "archived_at")


class VisitSerializer(LabelledSerializer):
    class Meta:
        model = Visit
        fields = ("id", "visited_on", "person_times", "oxygen_hours", "archived_at")
