"""What pages show of money: the table by source, the facts beside it, a source's lines over all projects."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from core.money import wan, wan_text, yuan
from core.tables import text
from funding.charts import ageing, charts, stages
from funding.gifts import Gift, gifts_of
from funding.models import FundingLine, FundingSource, MatchRequirement, SourceMember
from funding.money import STAGE_LABELS, Money, as_line, as_lines
from funding.reconciliation import Match, Owed, Waterfall, owed, span_of, together, waterfalls

Row = dict[str, Any]
TEXT_COLUMNS = 2
WAITING = ("阶段", "尚未到位", "承诺日期", "已等（天）", "账龄")
GOODS = ("来源", "实物", "阶段", "折价（元）", "日期")
MATCHES = ("要求", "比例", "应配套", "已承诺配套", "还差", "对已到位资金还差", "依据")


def money_section(money: Money) -> dict[str, Any]:
    """For templates/funding/money.html."""
    heads = ["来源", "类别", *STAGE_LABELS.values(), "计入合计", "尚未到位", "结余"]
    rows = [_source_row(money, part, heads) for part in money.parts]
    if len(rows) > 1:
        total = _row(heads, ["合计", "", *_counted_amounts(money.whole)])
        rows.append(open_stages(total, money.whole, **of_subject(money.subject)))
    return {
        "facts": _facts(money),
        "columns": _columns(heads),
        "rows": rows,
        "charts": charts(money),
        "waiting": waiting_table(((money.name(part.line), part) for part in money.owed), "来源"),
        "goods": _goods(money.gifts),
        "matches": _matches(money),
    }


def _source_row(money: Money, part: Waterfall, heads: list[str]) -> Row:
    """One source; each stage opens its lines."""
    name, members = money.name(part), money.members(part)
    row = _row(
        heads,
        [
            f"{name}（共同：{'、'.join(members)}）" if members else name,
            money.sources[part.source].get_kind_display(),
            *_counted_amounts(part),
        ],
        url=reverse("funding_sources-detail", args=[part.source]),
        tone="warn" if part.is_exceeded else "",
    )
    return open_stages(row, part, **of_subject(money.subject), source_id=part.source)


def open_stages(row: Row, part: Waterfall, **query: Any) -> Row:
    """Let each stage's amount open its lines: those in cash that `query` narrows the list to."""
    cells = {cell["label"]: cell for cell in row["cells"]}
    for stage, label in STAGE_LABELS.items():
        if part.at(stage) is not None:
            cells[label]["url"] = lines_page(**query, stage=stage, form="cash")
    return row


def lines_url(subject: Any) -> str:
    """The funding lines of a project or programme."""
    return lines_page(**of_subject(subject))


def lines_page(**query: Any) -> str:
    """The list of the funding lines that `query` narrows it to."""
    return f"{reverse('funding_lines-list')}?{urlencode(query)}"


def of_subject(subject: Any) -> dict[str, int]:
    """What narrows a list to a project or programme."""
    return {str(subject._meta.model_name): subject.pk}


def _facts(money: Money) -> list[dict[str, Any]]:
    whole = money.whole
    facts: list[dict[str, Any]] = [
        {"label": "明细合计", "value": wan_text(whole.counted), "note": money.basis},
        {"label": "已到位", "value": wan_text(whole.at("received"))},
        {"label": "尚未到位", "value": wan_text(whole.outstanding)},
        {"label": "已支出", "value": wan_text(whole.at("spent"))},
        {"label": "结余", "value": wan_text(whole.left)},
    ]
    if money.goods_value is not None:
        worth = wan_text(money.goods_value)
        facts.append({"label": "实物折价", "value": worth, "note": "另列，不计入资金合计"})
    if money.stated is not None:
        facts = [{"label": "总投资（照文件）", "value": wan_text(money.stated)}, *_agreement(money), *facts]
    return facts


def _agreement(money: Money) -> list[dict[str, Any]]:
    """Whether the sources add up to the stated total."""
    if money.whole.counted is None:
        return []
    off = money.difference
    value = f"相差 {wan_text(abs(off.amount))}" if off else "一致"
    return [{"label": "总投资与明细", "value": value, "badge": "warn" if off else "ok"}]


def waiting_table(parts: Iterable[tuple[str, Owed]], head: str = "用于") -> dict[str, Any]:
    """Commitments that have not come, each opening its line; the sum below. `head` says what the parts' names are."""
    found, heads = list(parts), (head, *WAITING)
    rows = [
        table_row(
            heads,
            [
                name,
                STAGE_LABELS[part.line.stage],
                wan(part.amount),
                part.line.day,
                part.days,
                span_of(part.days),
            ],
            numeric=("尚未到位", "已等（天）"),
            url=reverse("funding_lines-detail", args=[part.line.id]),
        )
        for name, part in found
    ]
    if len(rows) > 1:
        whole = wan(sum((part.amount for _, part in found), Decimal(0)))
        rows.append(table_row(heads, ["合计", "", whole, "", "", ""], numeric=("尚未到位", "已等（天）")))
    return {"columns": table_columns(heads, ("尚未到位", "已等（天）")), "rows": rows}


def _goods(gifts: list[Gift]) -> dict[str, Any]:
    """Gifts in kind beside the money, each once, opening its newest line."""
    rows = [
        table_row(
            GOODS,
            [gift.newest.source.name, gift.newest.goods, gift.stage, yuan(gift.amount), gift.day],
            numeric=("折价（元）",),
            url=reverse("funding_lines-detail", args=[gift.newest.pk]),
        )
        for gift in gifts
    ]
    return {"columns": table_columns(GOODS, ("折价（元）",)), "rows": rows}


def _matches(money: Money) -> dict[str, Any]:
    numeric = MATCHES[1:6]
    rows = [_match_row(money, one, state, numeric) for one, state in money.matches]
    url = f"{reverse('match_requirements-list')}?{urlencode({'project': money.subject.pk})}"
    return {"columns": table_columns(MATCHES, numeric), "rows": rows, "url": url}


def _match_row(money: Money, one: MatchRequirement, state: Match, numeric: tuple[str, ...]) -> Row:
    asked = f"{one.source.name if one.source else '非配套资金'} {wan(state.base)}"
    cells = (
        asked,
        f"{one.percent.normalize():f}%",
        wan(state.required),
        wan(state.matched),
        wan(state.shortfall),
        wan(state.shortfall_received),
        one.basis,
    )
    url = reverse("match_requirements-detail", args=[one.pk])
    return table_row(MATCHES, cells, numeric=numeric, url=url, tone="warn" if state.shortfall else "")


def source_section(source: FundingSource, account: Any) -> dict[str, Any]:
    """What a source gave to each project and programme, and where it stands; for funding/source.html.

    What it gave together with others stands below and outside the sum: its own share is not known.
    """
    lines = _lines_of(account).filter(source=source)
    found = list(lines.in_cash())
    subjects = {_key(line): line.subject for line in found}
    heads = ["用于", "类别", *STAGE_LABELS.values(), "承诺", "尚未到位", "结余"]
    parts = [(subject, _standing(found, key)) for key, subject in subjects.items()]
    rows = [_subject_row(heads, source, subject, part) for subject, part in parts]
    whole = together(part for _, part in parts)
    if len(rows) > 1:
        rows.append(open_stages(_row(heads, ["合计", "", *amounts(whole)]), whole, source_id=source.pk))
    waiting = waiting_of(found)
    names = {line.pk: line.subject.name for line in found}
    pictures = (stages(source.name, whole), ageing(source.name, waiting))
    return {
        "columns": _columns(heads),
        "rows": [*rows, *_shared_rows(source, account, heads)],
        "charts": [picture for picture in pictures if picture],
        "waiting": waiting_table((names[part.line.id], part) for part in waiting),
        "goods": _goods(gifts_of(lines.in_kind())),
    }


def _subject_row(heads: list[str], source: FundingSource, subject: Any, part: Waterfall) -> Row:
    cells = [subject.name, subject._meta.verbose_name, *amounts(part)]
    row = _row(heads, cells, url=subject_url(subject))
    return open_stages(row, part, **of_subject(subject), source_id=source.pk)


def _lines_of(account: Any) -> Any:
    lines = FundingLine.objects.visible_to(account).active().select_related("source", "project", "programme")
    return lines.order_by("recorded_on", "pk")


def _standing(lines: Iterable[FundingLine], key: tuple[int | None, int | None]) -> Waterfall:
    return together(waterfalls(as_line(line) for line in lines if _key(line) == key))


def waiting_of(lines: list[FundingLine]) -> list[Owed]:
    """Each project on its own: what came for one does not pay what is owed to another."""
    today = timezone.localdate()
    keys = dict.fromkeys(_key(line) for line in lines)
    found = [part for key in keys for part in owed(as_lines(r for r in lines if _key(r) == key), today)]
    return sorted(found, key=lambda part: (-part.days, part.line.id))


def _shared_rows(source: FundingSource, account: Any, heads: list[str]) -> list[Row]:
    """Money of the joint sources it belongs to, by project."""
    joints = SourceMember.objects.visible_to(account).filter(member=source, archived_at__isnull=True)
    found = list(_lines_of(account).in_cash().filter(source__in=joints.values("joint")))
    subjects = {_key(line): line.subject for line in found}
    return [
        _row(
            heads,
            [f"{subject.name}（共同出资，未分列）", "共同", *amounts(_standing(found, key))],
            url=subject_url(subject),
            tone="muted",
        )
        for key, subject in subjects.items()
    ]


def _key(line: FundingLine) -> tuple[int | None, int | None]:
    return line.project_id, line.programme_id


def subject_url(subject: Any) -> str:
    """The page of the project or programme a line pays for."""
    return reverse(f"{subject._meta.model_name}s-detail", args=[subject.pk])


def amounts(part: Waterfall) -> list[str]:
    """Every stage, the promise, what is still to come and what is left, in 万元."""
    return [*_reached(part), wan(part.promised), wan(part.outstanding), wan(part.left)]


def _counted_amounts(part: Waterfall) -> list[str]:
    """The same with what counts towards the project's total in place of the promise."""
    return [*_reached(part), wan(part.counted), wan(part.outstanding), wan(part.left)]


def _reached(part: Waterfall) -> list[str]:
    return [wan(part.at(stage)) for stage in STAGE_LABELS]


def _columns(heads: list[str]) -> list[dict[str, Any]]:
    return table_columns(heads, heads[TEXT_COLUMNS:])


def _row(heads: list[str], cells: Iterable[Any], url: str = "", tone: str = "") -> Row:
    return table_row(heads, cells, numeric=heads[TEXT_COLUMNS:], url=url, tone=tone)


def table_columns(heads: Iterable[str], numeric: Iterable[str]) -> list[dict[str, Any]]:
    """Heads of components/table.html."""
    return [{"label": head, "numeric": head in numeric} for head in heads]


def table_row(
    heads: Iterable[str], cells: Iterable[Any], *, numeric: Iterable[str], url: str = "", tone: str = ""
) -> Row:
    """A row of components/table.html."""
    shown = [
        {"text": cell if cell == "" else text(cell), "label": head, "numeric": head in numeric}
        for head, cell in zip(heads, cells, strict=True)
    ]
    return {"url": url, "cells": shown, "tone": tone}
