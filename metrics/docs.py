"""The page of indicators for readers, written from the declarations."""

from collections.abc import Iterator

from metrics.groups import GROUPS
from metrics.indicators import INDICATORS, Half, Indicator

HEAD = """# 指标

本页由 `python manage.py write_docs` 从指标声明（`metrics/indicators/`）生成，请勿手改。
口径变更同时写入 CHANGELOG 的“口径变更”。

共同规则：

- 存量指标取季末24时的状态：起始日期不晚于季末，且没有终止、或终止日期晚于季末。流量指标取季内发生的事件。
- 先分别汇总分子、分母，最后才相除；市（州）、省的数字是下级与本级直属之和，不是比率的平均。
- 分母为零或不详时没有数值，不写0，也不写100%。分子大于分母时照实显示两数，并提出待核。
- 数字保留一位小数，四舍五入。季度结束后才归档的记录，仍计入归档以前的季度。

| 编号 | 指标 | 分子 | 分母 |
|---|---|---|---|
"""


def indicators_page() -> str:
    """docs/indicators.md as it should be."""
    rows = "".join(_row(one) for one in INDICATORS)
    return HEAD + rows + "".join("\n" + "\n".join(_section(one)) + "\n" for one in INDICATORS)


def _row(one: Indicator) -> str:
    return f"| {one.code} | {one.name} | {_half(one.numerator)} | {_half(one.denominator)} |\n"


def _half(half: Half) -> str:
    return f"{half.label}（{half.unit}）"


def _section(one: Indicator) -> Iterator[str]:
    yield f"## {one.code} {one.name} · `{one.key}`"
    yield ""
    yield one.rule
    yield ""
    yield f"- 分子：{_half(one.numerator)}，取自{one.numerator.fact.label}"
    yield f"- 分母：{_half(one.denominator)}，取自{one.denominator.fact.label}"
    if one.groups:
        yield f"- 分组：{'、'.join(GROUPS[key].label for key in one.groups)}"
    for companion in one.companions:
        yield f"- 另计 {companion.name}：{_half(companion.numerator)} / {_half(companion.denominator)}。{companion.rule}"
    yield f"- 归口：{one.owner}；自{one.since_quarter.label}起统计"
