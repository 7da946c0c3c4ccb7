"""What the portal sets itself, as ratios of one run; absolute times depend on the machine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """One ratio of a result, at least or at most `limit`, for sizes of `sizes`."""

    label: str
    value: Callable[[Result], float]
    limit: float
    is_least: bool = False
    sizes: range = range(10**9)

    def is_met(self, result: Result) -> bool:
        """Whether the result reaches it."""
        value = self.value(result)
        return value >= self.limit if self.is_least else value <= self.limit


SMALL, LARGE, HUGE = range(50_000), range(50_000, 10**9), range(500_000, 10**9)
BULK = (
    Goal("比逐行校验保存快（倍）", lambda r: r["ratio_to_peer"], 20, True, LARGE),
    Goal("是下限的几倍", lambda r: r["ratio_to_floor"], 2.5, False, LARGE),
    Goal("每行用时是十分之一规模时的几倍", lambda r: r["growth"], 1.2),
    Goal("内存峰值（MB）", lambda r: r["peak_mb"], 300),
)
IMPORT = (
    Goal("比常见写法快（倍）", lambda r: r["ratio_to_peer"], 80, True, SMALL),
    Goal("比常见写法快（倍）", lambda r: r["ratio_to_peer"], 100, True, LARGE),
    Goal("比调优写法快（倍）", lambda r: r["peers"]["tuned"]["ratio"], 40, True, LARGE),
    Goal("是下限的几倍", lambda r: r["ratio_to_floor"], 3, False, SMALL),
    Goal("是下限的几倍", lambda r: r["ratio_to_floor"], 2.5, False, LARGE),
    Goal("内存峰值（MB）", lambda r: r["peak_mb"], 300, False, LARGE),
    Goal("撤销与导入用时之比", lambda r: r["undo_ratio"], 0.15),
)
GOALS: dict[str, tuple[Goal, ...]] = {
    "import": IMPORT,
    "import_whole": (
        *IMPORT,
        Goal("内存峰值与常见写法之比", lambda r: r["peak_ratio_to_peer"], 0.6, False, LARGE),
    ),
    "employers": BULK,
    "meals": BULK,
    "quarter": (
        Goal("比逐县循环快（倍）", lambda r: r["ratio_to_peer"], 100, True),
        Goal("是下限的几倍", lambda r: r["ratio_to_floor"], 4),
        Goal("单县单季重算是下限的几倍", lambda r: r["county_quarter_ratio_to_floor"], 0.5),
    ),
    "settlement": (
        Goal("比逐行核对快（倍）", lambda r: r["ratio_to_peer"], 8, True, LARGE),
        Goal("是一次分组扫描的几倍", lambda r: r["ratio_to_floor"], 5, False, HUGE),
    ),
    "dashboard": (
        Goal("整页每秒次数与空视图之比", lambda r: r["share_of_bare"], 0.10, True),
        Goal("已在内存的整页每秒次数与空视图之比", lambda r: r["kept_share_of_bare"], 0.30, True),
        Goal("未变页面（304）每秒次数与空视图之比", lambda r: r["unchanged_share_of_bare"], 0.45, True),
    ),
    "checkin": (
        Goal("经 HTTP，是只插一行的空视图的几倍", lambda r: r["http_ratio"], 2),
        Goal("经 HTTP，每秒次数是空视图的几分之一", lambda r: r["http_throughput_ratio"], 2),
        Goal("经 HTTP，最慢的二十分之一是空视图的几倍", lambda r: r["http_p95_ratio"], 2),
    ),
}
