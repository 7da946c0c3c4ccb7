"""The result of a long drill as a page of the documentation."""

from __future__ import annotations

from datetime import date
from typing import Any

PARTS = {
    "worker": "后台任务进程",
    "database": "PostgreSQL",
    "broker": "Valkey（先清空再终止）",
    "web": "网页进程",
}
STAGES = {"check": "核对", "commit": "写入", "undo": "撤销"}
PAGE = """# 强行终止演练

由 `python -m tests.faults.drill --moments 100 --write docs/faults.md` 一次运行写成，不手工改动（`--minutes` 可限定时间，表中是真正终止了的次数）。

反复导入同一份 {rows:,} 行的会员表格：上传、核对、写入、撤销。其间在随机的时刻用 `kill -9` 终止一个部分，然后由看护程序重新启动、
等租约到期、由清扫程序重新派发。每一步之后都与平安无事时的结果比较：登记册逐行相同，每一行只计划一次、只写入一次，
写入和撤销各只有一条操作记录，没有未完的任务，上传的文件一个不剩。有一处不同，演练就停在那里并报错。

- 日期：{today}
- 机器：{machine}，结束时一分钟负载 {load}
- 随机种子：{seed}
- 用时：{seconds:,} 秒，完成导入 {imports} 次（每次都核对、写入、撤销），**{total} 个时刻，没有一处不同**

| 被终止的部分 | {heads} | 合计 |
|---|{rule}---:|
{lines}

网页进程是在收到请求之后、应答之前被终止的；其余部分是在后台任务进行当中被终止的。每次 `make test` 都以每部分 10 个时刻重做一遍。
"""


def page(result: dict[str, Any]) -> str:
    """What was struck at which stage, and that nothing came of it."""
    struck = result["moments"]
    sums = {part: sum(struck[part].values()) for part in PARTS}
    lines = [
        f"| {label} | {' | '.join(str(struck[part][stage]) for stage in STAGES)} | {sums[part]} |"
        for part, label in PARTS.items()
    ]
    return PAGE.format(
        **result,
        today=date.today().isoformat(),
        total=sum(sums.values()),
        heads=" | ".join(STAGES.values()),
        rule="---:|" * len(STAGES),
        lines="\n".join(lines),
    )
