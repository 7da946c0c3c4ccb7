"""Democratic management (I16, I17)."""

from metrics.facts import EMPLOYERS
from metrics.indicators.base import Half, Indicator

DEMOCRACY = "民主管理部门"
SINCE = "2020Q1"

_WITH_UNION = Half(EMPLOYERS, "has_union", "已建会单位", "家")

CONGRESS = Indicator(
    code="I16",
    key="congress_rate",
    name="职代会建制率",
    numerator=Half(EMPLOYERS, "has_congress", "建立职代会的单位", "家"),
    denominator=_WITH_UNION,
    rule=(
        "季末24时，职工代表大会制度（本单位、区域性或行业性）有效的单位，与同一性质的已建会单位之比；按单位计，不按合同或会议计。"
        "分子应当都在分母之中：分子大于分母时照实显示两数，并提出待核，不改成100%。"
    ),
    owner=DEMOCRACY,
    since=SINCE,
    groups=("ownership",),
)

DISCLOSURE = Indicator(
    code="I17",
    key="disclosure_rate",
    name="厂务公开建制率",
    numerator=Half(EMPLOYERS, "has_disclosure", "实行厂务公开的单位", "家"),
    denominator=_WITH_UNION,
    rule=(
        "季末24时，厂务公开制度有效的单位，与同一性质的已建会单位之比。与职代会分开统计，不合并。"
        "分子大于分母时照实显示两数，并提出待核。"
    ),
    owner=DEMOCRACY,
    since=SINCE,
    groups=("ownership",),
)
