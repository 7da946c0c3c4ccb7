"""Funding lines below a programme, a project or a source, as programs read them."""

from rest_framework import serializers

from core.api.rows import LabelledSerializer
from funding.models import FundingLine


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
