"""The kernel's rows, as programs read them."""

from rest_framework import serializers

from core.api.rows import LabelledSerializer, UnionCodeField
from core.models import Finding, ImportBatch, Job


class FindingSerializer(LabelledSerializer):
    union = UnionCodeField()

    class Meta:
        model = Finding
        fields = (
            "id",
            "union",
            "check_key",
            "subject_type",
            "subject_id",
            "subject_label",
            "message",
            "detail",
            "state",
            "explanation",
            "opened_at",
            "closed_at",
            "version",
        )


class ImportBatchSerializer(LabelledSerializer):
    union = UnionCodeField()
    file = serializers.CharField(source="file.name", read_only=True, label="文件")
    by = serializers.CharField(source="by.username", read_only=True, label="导入人")

    class Meta:
        model = ImportBatch
        fields = (
            "id",
            "union",
            "resource",
            "file",
            "sheet",
            "header_row",
            "state",
            "message",
            "rows_new",
            "rows_changed",
            "rows_unchanged",
            "rows_held",
            "by",
            "created_at",
            "committed_at",
            "undone_at",
        )


class JobSerializer(LabelledSerializer):
    union = UnionCodeField()
    percent = serializers.IntegerField(read_only=True, label="进度（%）")
    by = serializers.CharField(source="by.username", read_only=True, label="发起人")

    class Meta:
        model = Job
        fields = (
            "id",
            "union",
            "kind",
            "state",
            "done",
            "total",
            "percent",
            "attempt",
            "error",
            "by",
            "created_at",
            "started_at",
            "finished_at",
        )
