"""How far a project is on its way: its milestones in order, each reached, planned, overdue or open."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol


class Step(Protocol):
    label: str
    planned_on: date | None
    reached_on: date | None


def bar(steps: Iterable[Step], today: date) -> dict[str, Any]:
    """The milestone bar: every step with its days in words, and how many of them are reached."""
    shown = [_shown(step, today) for step in steps]
    reached = sum(step["state"] == "reached" for step in shown)
    return {
        "steps": shown,
        "reached": reached,
        "total": len(shown),
        "percent": 100 * reached / len(shown) if shown else None,
        "overdue": sum(step["state"] == "overdue" for step in shown),
    }


def _shown(step: Step, today: date) -> dict[str, Any]:
    state, words = state_of(step, today)
    return {
        "row": step,
        "label": step.label,
        "planned_on": step.planned_on,
        "reached_on": step.reached_on,
        "state": state,
        "words": words,
    }


def state_of(step: Step, today: date) -> tuple[str, str]:
    """`reached`, `overdue`, `planned` or `open`, and the same in words."""
    if step.reached_on is not None:
        late = (step.reached_on - step.planned_on).days if step.planned_on else 0
        return "reached", f"已完成，晚 {late} 天" if late > 0 else "已完成"
    if step.planned_on is None:
        return "open", "未安排"
    if step.planned_on < today:
        return "overdue", f"已逾期 {(today - step.planned_on).days} 天"
    return "planned", "未到期"
