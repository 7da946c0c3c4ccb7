"""Declared figures and targets, in and out in bulk."""

from typing import Any

from django.db.models import QuerySet

from core.models import Finding
from core.resource import Column, Kind, Resource
from core.rights import Right
from metrics.checks import LABELS, run_declared
from metrics.checks.declared import beside_computed
from metrics.indicators import CHOICES
from metrics.models import DeclaredFigure, IndicatorTarget

_INDICATOR = Column(
    "indicator",
    "指标",
    kind=Kind.CHOICE,
    required=True,
    is_key=True,
    choices=tuple(CHOICES),
    synonyms=("指标名称", "指标编号"),
    sort="indicator",
)


def _union(label: str) -> Column:
    return Column(
        "union",
        label,
        kind=Kind.UNION,
        source="union.code",
        synonyms=("工会", "县", "县区", "单位"),
        help="县级以上工会的编码或全称；不填时为导入人所在的工会。",
        in_list=False,
    )


def declared_rows(account: Any) -> QuerySet[Any]:
    """Visible declared figures, each beside the computed one."""
    rows = DeclaredFigure.objects.visible_to(account).select_related("union", "document")
    return beside_computed(rows)


DECLARED_FIGURES = Resource(
    key="declared_figures",
    label="申报数",
    model=DeclaredFigure,
    right=Right.EXPLAIN,
    rows=declared_rows,
    importer="metrics.importing.DeclaredImporter",
    after=run_declared,
    help="一行一个工会、一个指标、一个季度。分子和分母都要有，照文件填写；系统不用它代替计算，只与计算数核对。",
    columns=(
        Column("union_name", "工会", source="union.name", is_export_only=True, sort="union__name_sort"),
        _union("工会编码"),
        _INDICATOR,
        Column(
            "quarter",
            "季度",
            kind=Kind.QUARTER,
            required=True,
            is_key=True,
            help="写成 2023Q1 这样。",
            example="2023Q1",
            sort="quarter",
        ),
        Column(
            "group_label",
            "组别",
            synonyms=("分组",),
            help="整体不填；分组写成“单位性质：事业单位”这样。",
            example="单位性质：事业单位",
        ),
        Column(
            "printed",
            "申报数",
            synonyms=("数值", "原文", "原文写法", "完成情况"),
            help="照文件写，如 22/21。只有百分比的，请在后面两格补上分子和分母。",
            example="22/21",
        ),
        Column("numerator", "分子", source="numerator_words", help="可不填，申报数写成 22/21 即可。"),
        Column("denominator", "分母", source="denominator_words"),
        Column("rate", "申报比率", source="rate_words", is_export_only=True),
        Column("computed", "系统计算", source="computed_words", is_export_only=True),
        Column("difference", "与计算相差", source="difference_words", is_export_only=True),
        Column("as_of", "截至日期", kind=Kind.DATE, help="数字截至哪一天，可不填。", example="2023-03-31"),
        Column("source", "来源", synonyms=("依据", "数据来源"), help="哪份报表或文件，可不填。"),
        Column(
            "document",
            "来源文献",
            source="document.code",
            help="已登记文献的编号或名称，可不填。",
            in_list=False,
        ),
    ),
)


def target_rows(account: Any) -> QuerySet[Any]:
    """Targets of the account's places and of those above."""
    return IndicatorTarget.objects.visible_to(account).select_related("union")


TARGETS = Resource(
    key="targets",
    label="目标值",
    model=IndicatorTarget,
    right=Right.SET_TARGETS,
    rows=target_rows,
    importer="metrics.importing.TargetsImporter",
    help="一行一个指标、一个工会、一个起始季度的目标。适用于该工会及其全部下级；下级另设的，以下级为准。",
    columns=(
        _INDICATOR,
        Column(
            "union_name",
            "适用工会及其下级",
            source="union.name",
            is_export_only=True,
            sort="union__name_sort",
        ),
        _union("适用工会编码"),
        Column(
            "direction",
            "要求",
            kind=Kind.CHOICE,
            choices=tuple(IndicatorTarget.Direction.choices),
            help="不填时为“不低于”。",
        ),
        Column(
            "value",
            "目标值（%）",
            required=True,
            source="value_words",
            synonyms=("目标值", "目标"),
            help="0 到 100 之间，最多一位小数。",
            example="90",
            sort="value",
        ),
        Column(
            "from_quarter",
            "起始季度",
            kind=Kind.QUARTER,
            required=True,
            is_key=True,
            help="写成 2023Q1 这样。",
            example="2023Q1",
            sort="from_quarter",
        ),
        Column("until_quarter", "截止季度", kind=Kind.QUARTER, help="一直有效的不填。"),
        Column(
            "source",
            "依据",
            example="某某文件",
            required=True,
            synonyms=("文号", "文件"),
            help="文件名称或文号。",
        ),
    ),
)


def finding_rows(account: Any) -> QuerySet[Any]:
    return Finding.objects.visible_to(account).select_related("union")


FINDINGS = Resource(
    key="findings",
    label="待核事项",
    model=Finding,
    right=Right.EXPLAIN,
    rows=finding_rows,
    columns=(
        Column("message", "发现"),
        Column("subject_label", "对象"),
        Column("union_name", "工会", source="union.name", sort="union__name_sort"),
        Column(
            "check_key",
            "核对规则",
            kind=Kind.CHOICE,
            choices=tuple(LABELS.items()),
            sort="check_key",
        ),
        Column("state", "状态", kind=Kind.CHOICE, choices=tuple(Finding.State.choices), sort="state"),
        Column("opened_at", "发现时间", sort="opened_at"),
        Column("closed_at", "处理时间", in_list=False),
        Column("explanation", "说明", in_list=False),
    ),
)
