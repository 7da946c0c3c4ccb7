"""The rows behind a figure as a table: who or what was counted, with persons masked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from cases.models import Enrolment, Project
from core.addresses import page_url
from core.tables import text
from funding.models import FundingLine, SubsidyGrant
from members.models import Person
from metrics.engine import Opened
from metrics.indicators import Half
from unions.models import Account, Employer, Union, UnionHeadcount

OUT_OF_SIGHT = "(现不在本级范围)"


@dataclass(frozen=True)
class Shown:
    """How rows of one model are listed: heads, cells, and the page of the row itself."""

    model: type[Any]
    heads: tuple[str, ...]
    cells: Callable[[Any], tuple[Any, ...]]
    joined: tuple[str, ...]
    page: str
    page_of: Callable[[Any], Any] = lambda row: row.pk

    def rows(self, account: Account) -> QuerySet[Any]:
        visible: QuerySet[Any] = self.model.objects.visible_to(account)
        return visible.select_related(*self.joined)


SHOWN: dict[str, Shown] = {
    one.model._meta.label: one
    for one in (
        Shown(
            Person,
            ("姓名", "证件号后四位", "所属工会"),
            lambda row: (row.name, row.id_last4, row.union.name),
            ("union",),
            "members-detail",
        ),
        Shown(
            Employer,
            ("单位名称", "单位性质", "行业"),
            lambda row: (row.name, row.get_ownership_display(), row.get_industry_code_display()),
            (),
            "employers-detail",
        ),
        Shown(
            Union,
            ("工会名称", "编码", "类型"),
            lambda row: (row.name, row.code, row.get_kind_display()),
            (),
            "unions-detail",
        ),
        Shown(
            UnionHeadcount,
            ("工会名称", "统计日期"),
            lambda row: (row.union.name, row.counted_on),
            ("union",),
            "unions-detail",
            lambda row: row.union_id,
        ),
        Shown(
            Enrolment,
            ("姓名", "证件号后四位", "街道（镇）", "项目"),
            lambda row: (row.person.name, row.person.id_last4, row.office, row.programme.name),
            ("person", "programme"),
            "members-detail",
            lambda row: row.person_id,
        ),
        Shown(
            FundingLine,
            ("资金来源", "阶段", "日期", "用于"),
            lambda row: (row.source.name, row.get_stage_display(), row.recorded_on, row.subject.name),
            ("source", "project", "programme"),
            "funding_lines-detail",
        ),
        Shown(
            SubsidyGrant,
            ("县级工会", "年度", "对口层级", "下达日期"),
            lambda row: (row.union.name, row.year_label, row.get_tier_display(), row.granted_on),
            ("union",),
            "subsidy_grants-detail",
        ),
        Shown(
            Project,
            ("项目", "阶段", "总投资（元，照文件）"),
            lambda row: (row.name, row.get_stage_display(), row.stated_total),
            (),
            "projects-detail",
        ),
    )
}


def table(account: Account, opened: Opened, half: Half) -> dict[str, Any]:
    """Columns and rows of components/table.html; rows that have left the account's scope stay nameless."""
    shown = SHOWN[opened.model]
    heads = [*shown.heads, *([f"{half.label}（{half.unit}）"] if _has_amounts(half) else [])]
    found = shown.rows(account).in_bulk([row.row_id for row in opened.rows])
    return {
        "columns": [{"label": head, "numeric": head not in shown.heads} for head in heads],
        "rows": [_row(shown, heads, found.get(row.row_id), row.amount) for row in opened.rows],
    }


def _has_amounts(half: Half) -> bool:
    return half.measure not in half.fact.counts


def _is_whole(amount: Any) -> bool:
    return amount is not None and amount == int(amount)


def _row(shown: Shown, heads: list[str], row: Any, amount: Any) -> dict[str, Any]:
    values = shown.cells(row) if row is not None else (OUT_OF_SIGHT, *[None] * (len(shown.heads) - 1))
    texts = [text(value) for value in values]
    if len(heads) > len(texts):
        texts.append(text(int(amount) if _is_whole(amount) and not heads[-1].endswith("（元）") else amount))
    cells = [
        {"label": head, "text": words, "numeric": head not in shown.heads}
        for head, words in zip(heads, texts, strict=True)
    ]
    return {"cells": cells, "url": page_url(shown.page, shown.page_of(row)) if row is not None else ""}
