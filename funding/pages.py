"""What pages show of money: the table by source, the facts beside it, a source's lines over all projects."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from core.money import wan, wan_text
from funding.charts import charts
from funding.models import FundingLine, FundingSource
from funding.money import STAGE_LABELS, Money, as_line
from funding.reconciliation import Waterfall, together, waterfalls

Row = dict[str, Any]
TEXT_COLUMNS = 2


def money_section(money: Money) -> dict[str, Any]:
    """For templates/funding/money.html."""
    heads = ["来源", "类别", *STAGE_LABELS.values(), "计入合计", "尚未到位"]
    rows = [
        _row(
            heads,
            [money.name(part), money.sources[part.source].get_kind_display(), *_amounts(part)],
            url=reverse("funding_sources-detail", args=[part.source]),
            tone="warn" if part.is_exceeded else "",
        )
        for part in money.parts
    ]
    if len(rows) > 1:
        rows.append(_row(heads, ["合计", "", *_amounts(money.whole)]))
    return {"facts": _facts(money), "columns": _columns(heads), "rows": rows, "charts": charts(money)}


def _facts(money: Money) -> list[dict[str, Any]]:
    whole = money.whole
    facts: list[dict[str, Any]] = [
        {"label": "明细合计", "value": wan_text(whole.promised), "note": money.basis},
        {"label": "已到位", "value": wan_text(whole.at("received"))},
        {"label": "尚未到位", "value": wan_text(whole.outstanding)},
        {"label": "已支出", "value": wan_text(whole.at("spent"))},
        {"label": "结余", "value": wan_text(whole.left)},
    ]
    if money.stated is not None:
        facts = [{"label": "总投资（照文件）", "value": wan_text(money.stated)}, *_agreement(money), *facts]
    return facts


def _agreement(money: Money) -> list[dict[str, Any]]:
    """Whether the sources add up to the stated total."""
    if money.whole.promised is None:
        return []
    off = money.difference
    value = f"相差 {wan_text(abs(off.amount))}" if off else "一致"
    return [{"label": "总投资与明细", "value": value, "badge": "warn" if off else "ok"}]


def source_section(source: FundingSource, account: Any) -> dict[str, Any]:
    """What a source gave to each project and programme, and where it stands; for funding/source.html."""
    lines = FundingLine.objects.visible_to(account).active().filter(source=source)
    found = list(lines.select_related("project", "programme").order_by("recorded_on", "pk"))
    subjects = {_key(line): line.subject for line in found}
    heads = ["用于", "类别", *STAGE_LABELS.values(), "承诺", "尚未到位"]
    parts = [
        (subject, together(waterfalls(as_line(line) for line in found if _key(line) == key)))
        for key, subject in subjects.items()
    ]
    rows = [
        _row(heads, [subject.name, subject._meta.verbose_name, *_amounts(part)], url=subject_url(subject))
        for subject, part in parts
    ]
    if len(rows) > 1:
        rows.append(_row(heads, ["合计", "", *_amounts(together(part for _, part in parts))]))
    return {"columns": _columns(heads), "rows": rows}


def _key(line: FundingLine) -> tuple[int | None, int | None]:
    return line.project_id, line.programme_id


def subject_url(subject: Any) -> str:
    """The page of the project or programme a line pays for."""
    return reverse(f"{subject._meta.model_name}s-detail", args=[subject.pk])


def _amounts(part: Waterfall) -> list[str]:
    amounts: list[Decimal | None] = [part.at(stage) for stage in STAGE_LABELS]
    return [wan(amount) for amount in (*amounts, part.promised, part.outstanding)]


def _columns(heads: list[str]) -> list[dict[str, Any]]:
    return [{"label": head, "numeric": index >= TEXT_COLUMNS} for index, head in enumerate(heads)]


def _row(heads: list[str], cells: Iterable[Any], url: str = "", tone: str = "") -> Row:
    shown = [
        {"text": cell, "label": head, "numeric": index >= TEXT_COLUMNS}
        for index, (head, cell) in enumerate(zip(heads, cells, strict=True))
    ]
    return {"url": url, "cells": shown, "tone": tone}
