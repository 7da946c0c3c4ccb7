"""docs/benchmarks.md, written from a run: what was measured, on what, and whether the goals are reached."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bench.goals import GOALS, Goal, Result

HEAD = """# 对照测速

由 `{command}` 一次运行写成，不手工改动。每一项都在同一次运行、
同一台机器、同样的数据上，与一个同类写法（peer）和一个下限（floor）相比；比值才有意义，绝对时间随机器而变。
各方法轮流运行，每次都在同一份数据的新副本上，数据库是门户自带的 PostgreSQL，照常落盘（fsync 打开）。
时间从 Django 启动完毕算起；内存是进程及其子进程同时占用之和的峰值（每 20 毫秒看一次），不含数据库。

- 日期：{day}
- 机器：{machine}
- 软件：Python {python}，PostgreSQL {postgres}
- 开始时一分钟负载：{load:.1f}（大于 0 表示另有程序在用处理器，时间偏长；单次测量的同类写法受影响最大）
"""
BULK = (
    "从上传到写入完毕。同类写法是一个命令逐行查找、full_clean、保存，量少时测得后放大。"
    "下限解析文件，不核对，成批写入同样的表（约束、历史都在）。另测十分之一规模，看每行用时是否随规模增长。"
)
IMPORT = (
    "十列的 .xlsx，其中新增八成、变更一成、无变化一成，登记册已有两倍的人；从上传到写入完毕，"
    "含加密、键值散列、历史和操作记录。同类写法是 django-import-export："
    "常见写法（stock）先预览再导入、逐行 full_clean；"
    "调优写法（tuned）批量写入、缓存外键、calamine 读表，检查仍由模型的 full_clean 做，只是不逐行查重；"
    "另有一种（by_hand）连 full_clean 也不用，把同样的检查手写在导入之前，作参照。"
    "它们都写入没有加密、散列、历史、行级权限的普通表。下限只解析文件并 COPY 进同样索引和约束的表。"
)
TITLES = {
    "import": ("导入会员表格", IMPORT),
    "import_whole": ("导入会员表格，同类写法也测到同样规模", IMPORT),
    "employers": ("导入用人单位", "六列的 CSV，全是新单位，每家带职工数；" + BULK),
    "meals": ("导入就餐打卡", "三列的 CSV，一家门店、两千名登记职工逐日的就餐；" + BULK),
    "quarter": (
        "计算八个季度的指标",
        "全省 45 个县的全部指标和分组，算出并保存。同类写法用 ORM 逐县、逐季、逐指标查询，只算总数，"
        "不算分组，抽取几个县按县数放大（各县规模相同），所得数值与门户逐一核对相同。下限是把要读的每张表"
        "各数一遍行数。三者开始前各表都已读入内存。",
    ),
    "settlement": (
        "结算一个月的早餐",
        "一个县一个月的全部打卡，200 家门店：核对供餐时间、在册、合同和停供、连续打卡、代登，列出疑点，逐店按各方拆分并写入，"
        "含操作记录和历史。同类写法用 ORM 逐行核对和计数，什么也不写，份数和疑点数与门户核对相同。"
        "下限是对同样的行按门店和日期分组数一遍。另有约 0.2 秒与打卡多少无关，所以小的月份离下限更远。",
    ),
    "dashboard": (
        "打开全省数据看板",
        "在一个进程里直接调用 WSGI 应用，不经网络，取单次请求的中位数。整页每次都重新拼成；“已在内存的整页”（kept）是同一范围的人打开过、"
        "此后没有变动的一页，主体取自进程的内存。同类写法把全部指标数值读成对象，"
        "由模板循环挑选。下限是不经任何中间件、只回一个常量的视图；“带会话的下限”是同一视图经过门户的中间件、已登录。"
        "目标是按经过 HTTP 的空视图（约 0.15 毫秒）定的；这里的空视图不经网络，更快，所以这里的比值更严。",
    ),
    "checkin": (
        "扫码就餐打卡",
        "职工在手机上点“确认就餐”，从发出请求到就餐记录落盘、答复的页面收完，一个接一个，取单次的中位数。目标按经 HTTP"
        "（每种写法 gunicorn 一个进程，轮流各发二十次）的来算；另在一个进程里直接调用 WSGI 应用，不经网络，下面的毫秒数和完整结果里的 ratio_to_floor、"
        "p95_ratio、cpu_ratio 是这样量的：服务器自己的开销不在内，比值更严。门户的一次打卡含动态码凭证、行级权限、"
        "门店合同和供餐时间、职工登记、历史和操作记录。"
        "同类写法是经过门户的中间件、先问有没有吃过再插入的视图；下限是不经任何中间件、只插入一行的视图。三者都照常落盘。",
    ),
}


def document(results: list[Result], command: str, postgres: str, load: float) -> str:
    """The whole page; `command` is what was typed."""
    head = HEAD.format(
        command=command,
        day=date.today().isoformat(),
        machine=_machine(),
        python=platform.python_version(),
        postgres=postgres,
        load=load,
    )
    return "\n".join([head, *(_section(result) for result in results)])


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} 核 {_processor()}，{memory:.0f} GiB 内存，{platform.system()} {platform.machine()}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _section(result: Result) -> str:
    title, text = TITLES[result["name"]]
    goals = [goal for goal in GOALS[result["name"]] if result["size"] in goal.sizes]
    missed = [goal.label for goal in goals if not goal.is_met(result)]
    verdict = f"未达到：{'、'.join(missed)}。" if missed else "目标都已达到。"
    raw = json.dumps(result, ensure_ascii=False, indent=2)
    return "\n".join(
        [
            f"## {title}（规模 {result['size']:,}）",
            "",
            text,
            "",
            _times(result),
            "",
            "| 目标 | 要求 | 本次 | |",
            "|---|---|---|---|",
            *(_goal(goal, result) for goal in goals),
            "",
            verdict,
            "",
            f"<details><summary>完整结果</summary>\n\n```json\n{raw}\n```\n\n</details>",
            "",
        ]
    )


def _times(result: Result) -> str:
    peer = f"同类写法 {_seconds(result['peer_seconds'])}"
    if result.get("peer_extrapolated"):
        peer += "（抽样测得后放大）"
    return (
        f"门户 {_seconds(result['seconds'])}，内存峰值 {result['peak_mb']:.0f} MB；{peer}；"
        f"下限 {_seconds(result['floor_seconds'])}。{_each_peer(result.get('peers', {}))}"
    )


def _each_peer(peers: Mapping[str, Mapping[str, float]]) -> str:
    """Where there are several peers: how much slower each is."""
    slower = "、".join(f"{name} {peer['ratio']:.1f} 倍" for name, peer in peers.items())
    return f"各同类写法用的时间：{slower}。" if slower else ""


def _seconds(value: float) -> str:
    return f"{value * 1000:.2f} 毫秒" if value < 1 else f"{value:.2f} 秒"


def _goal(goal: Goal, result: Result) -> str:
    word = "不低于" if goal.is_least else "不高于"
    met = "达到" if goal.is_met(result) else "**未达到**"
    return f"| {goal.label} | {word} {goal.limit:g} | {_short(goal.value(result))} | {met} |"


def _short(value: Any) -> str:
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.2f}"
