"""The funding lines that a finding speaks of, each opening its page."""

from typing import Any

from django.urls import reverse

from core.models import Finding
from core.money import yuan
from funding.models import FundingLine
from funding.pages import table_columns, table_row

HEADS = ("来源", "用于", "阶段", "金额（元）", "日期", "文号或凭证号")
NUMERIC = ("金额（元）",)


def lines_of(finding: Finding, account: Any) -> dict[str, Any]:
    """For components/table.html; without rows where the finding names no lines."""
    told = finding.detail.get("suspects", [])
    numbers = [*finding.detail.get("lines", []), *(one["line"] for one in told)]
    lines = FundingLine.objects.visible_to(account).filter(pk__in=numbers).order_by("recorded_on", "pk")
    rows = [_row(line) for line in lines.select_related("source", "project", "programme")]
    return {"columns": table_columns(HEADS, NUMERIC), "rows": rows}


def _row(line: FundingLine) -> dict[str, Any]:
    cells = (
        line.source.name,
        line.subject.name,
        line.get_stage_display(),
        yuan(line.amount),
        line.recorded_on,
        line.document_no,
    )
    return table_row(HEADS, cells, numeric=NUMERIC, url=reverse("funding_lines-detail", args=[line.pk]))
