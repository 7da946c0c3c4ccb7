"""Pictures of money, each with its numbers: sources against the stated total, stages side by side, what became
of the promises, and how long they have been waiting."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.money import wan, wan_number, wan_text
from funding.money import STAGE_LABELS, Money
from funding.reconciliation import ZERO, Late, Waterfall, aged

Bar = tuple[str, Decimal]


def charts(money: Money) -> list[dict[str, Any]]:
    """The charts for which there are numbers."""
    name = money.subject.name
    found = (_sources(money), stages(name, money.whole), _progress(money), ageing(name, money.owed))
    return [chart for chart in found if chart]


def stages(name: str, whole: Waterfall) -> dict[str, Any] | None:
    """Every stage from the ground, because stages are never added."""
    bars = [
        (label, amount) for stage, label in STAGE_LABELS.items() if (amount := whole.at(stage)) is not None
    ]
    if len(bars) < 2:
        return None
    return _waterfall(
        "money-by-stage",
        f"{name}：各阶段金额",
        bars,
        list(range(len(bars))),
        note="每一阶段是同一笔钱在不同时候的样子，各自从零画起，不相加。",
    )


def ageing(name: str, waiting: Sequence[Late]) -> dict[str, Any] | None:
    """What was committed in writing and has not come, by how long it has been waiting."""
    if not waiting:
        return None
    bars = [*aged(waiting), ("合计", sum((part.amount for part in waiting), ZERO))]
    return _waterfall(
        "money-ageing",
        f"{name}：已承诺未到位的账龄",
        bars,
        [len(bars) - 1],
        note="承诺函、批复日期到今天的天数；到位的钱先抵最早的承诺。",
    )


def _waterfall(key: str, title: str, bars: list[Bar], totals: list[int], **more: Any) -> dict[str, Any]:
    """Amounts that add up from left to right; the bars in `totals` start from the ground."""
    note, warn = more.pop("note", ""), more.pop("warn", [])
    return {
        "id": key,
        "title": title,
        "summary": "、".join(f"{label} {wan_text(amount)}" for label, amount in bars),
        "note": note,
        "data": {
            "kind": "waterfall",
            "labels": [label for label, _ in bars],
            "series": [{"name": "金额", "values": [wan_number(amount) for _, amount in bars]}],
            "totals": totals,
            "warn": warn,
            "unit": "万元",
        },
        "head": ["项", "金额（万元）"],
        "rows": [{"label": label, "cells": [wan(amount)]} for label, amount in bars],
    }


def _sources(money: Money) -> dict[str, Any] | None:
    """Source by source up to the sum, beside the stated total; what equals a difference is marked."""
    counted = [(part, part.counted) for part in money.parts if part.counted is not None]
    if len(counted) + (money.stated is not None) < 2:
        return None
    bars = [(money.name(part), amount) for part, amount in counted]
    off = money.difference
    suspects = {line.source for line in off.suspects} if off else set()
    warn = [index for index, (part, _) in enumerate(counted) if part.source in suspects]
    bars.append(("明细合计", sum((amount for _, amount in counted), ZERO)))
    if money.stated is not None:
        bars.append(("总投资（照文件）", money.stated))
    return _waterfall(
        "money-by-source",
        f"{money.subject.name}：各来源计入合计的金额",
        bars,
        list(range(len(counted), len(bars))),
        warn=[*warn, len(counted)] if off else warn,
        note=f"{money.basis}。意向、申报、批复、到位是同一笔钱的不同阶段，不相加。",
    )


def _progress(money: Money) -> dict[str, Any] | None:
    """From the promise to what is left: not yet come, come in excess, spent, returned."""
    whole = money.whole
    received = whole.at("received")
    if received is None or whole.promised is None or whole.outstanding is None:
        return None
    if received == whole.promised == whole.left:
        return None
    excess = received - whole.promised + whole.outstanding
    bars: list[Bar] = [("承诺", whole.promised), ("尚未到位", -whole.outstanding)]
    bars += [("多到位", excess)] if excess else []
    totals = [0, len(bars), len(bars) + 3]
    bars += [
        ("已到位", received),
        ("已支出", -(whole.at("spent") or ZERO)),
        ("已退回", -(whole.at("returned") or ZERO)),
        ("结余", whole.left or ZERO),
    ]
    return _waterfall("money-progress", f"{money.subject.name}：钱走到哪一步", bars, totals)
