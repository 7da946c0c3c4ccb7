"""Funding lines below a programme, a project or a source, as programs read them."""

from rest_framework import serializers

from core.api.rows import LabelledSerializer
from funding.models import CostShare, FundingLine, Payment, SettlementCorrection, SettlementShare


class LineSerializer(LabelledSerializer):
    source_name = serializers.CharField(source="source.name", read_only=True, label="资金来源")

    class Meta:
        model = FundingLine
        fields = (
            "id",
            "project",
            "programme",
            "source",
            "source_name",
            "stage",
            "amount",
            "recorded_on",
            "document_no",
            "is_match",
            "goods",
            "note",
            "archived_at",
        )


class ShareSerializer(LabelledSerializer):
    source_name = serializers.CharField(
        source="source.name", read_only=True, allow_null=True, label="资金来源", default=None
    )

    class Meta:
        model = CostShare
        fields = (
            "id",
            "rule",
            "position",
            "payer",
            "source",
            "source_name",
            "amount",
            "weight",
        )


class PaymentSerializer(LabelledSerializer):
    class Meta:
        model = Payment
        fields = (
            "id",
            "settlement",
            "line",
            "amount",
            "reference",
            "paid_on",
            "returned_on",
            "returned_reason",
        )


class SettledShareSerializer(LabelledSerializer):
    payer = serializers.CharField(source="share.name", read_only=True, label="承担方")

    class Meta:
        model = SettlementShare
        fields = ("id", "line", "share", "payer", "correction", "meals", "amount")


class CorrectionSerializer(LabelledSerializer):
    class Meta:
        model = SettlementCorrection
        fields = ("id", "line", "rule", "day", "meals", "reason", "taken_in", "archived_at")
