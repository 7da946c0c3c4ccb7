"""Tables that are filled in at once: a project's milestones, a month of use.

Every line carries the version it was read with, so that two people at the same table cannot overwrite each
other unseen. Works without JavaScript.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from cases.actions import DayEntry, MilestoneEntry, arrange_milestones, record_month
from cases.models import Milestone, Project, ProjectStage, Visit
from core import checks
from core.forms import AccountForm, DayField
from core.rights import Right
from core.screens.views import FormView

BLANK_LINES = 4
WEEKDAYS = "一二三四五六日"
Line = dict[str, Any]


class GridForm(AccountForm):
    """A form of lines: `lines` gives each one's title, cells and note for templates/cases/grid.html."""

    heads: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.notes: dict[str, str] = {}

    def add(self, name: str, field: Any, initial: Any = None, head: str = "") -> None:
        """A cell; `head` is the name of its column where a row becomes a card."""
        field.error_messages["required"] = f"请填写{field.label}。"
        field.widget.attrs.pop("placeholder", None)  # in a table it would look like a value
        field.head = head
        self.fields[name] = field
        self.initial[name] = initial

    def lines(self) -> Iterator[Line]:
        raise NotImplementedError

    def freshen(self) -> None:
        """Carry the newest versions and say what now stands in the lines that somebody else changed."""
        raise NotImplementedError

    def renew(self, values: dict[str, Any]) -> None:
        typed: Any = self.data
        newest = typed.copy()
        for name, value in values.items():
            newest[name] = "" if value is None else str(value)
        self.data = newest


class HoursField(forms.DecimalField):
    """Hours; full-width digits are understood, as in spreadsheets."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(checks.clean(value))


def _text_input(**attributes: Any) -> forms.TextInput:
    return forms.TextInput({"autocomplete": "off", **attributes})


# --- milestones


class MilestoneGrid(GridForm):
    """All milestones of a project with some blank lines below."""

    heads = ("节点", "计划日期", "完成日期", "删去")
    reason = forms.CharField(
        label="删去的理由", max_length=500, required=False, help_text="勾选了“删去”的必须填写。"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.current = {str(step.pk): step for step in self._steps()}
        self.keys = [*self._known(), *(f"new{number}" for number in range(1, BLANK_LINES + 1))]
        for key in self.keys:
            self._add_line(key, self.current.get(key))
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def _steps(self) -> Any:
        steps = Milestone.objects.visible_to(self.account).filter(project=self.row, archived_at__isnull=True)
        return steps.order_by(Coalesce("reached_on", "planned_on").asc(nulls_last=True), "pk")

    def _known(self) -> list[str]:
        """The lines that were shown: a line that went meanwhile is still asked about."""
        if not self.is_bound:
            return list(self.current)
        posted = (name.removeprefix("version-") for name in self.data if name.startswith("version-"))
        return [key for key in posted if key.isdecimal()]

    def _add_line(self, key: str, step: Milestone | None) -> None:
        word = f"“{step.label}”的" if step else "新节点的"
        self.add(f"label-{key}", self._label_field(word, key), step.label if step else "", "节点")
        for name, label in (("planned", "计划日期"), ("reached", "完成日期")):
            value = getattr(step, f"{name}_on") if step else None
            self.add(f"{name}-{key}", DayField(label=word + label, required=False), value, label)
        if key.isdecimal():
            removed = forms.BooleanField(label=f"{word}删去", required=False)
            self.add(f"removed-{key}", removed, head="删去")
            version = forms.IntegerField(widget=forms.HiddenInput, required=False)
            self.add(f"version-{key}", version, step.version if step else None)

    def _label_field(self, word: str, key: str) -> forms.CharField:
        return forms.CharField(
            label=f"{word}名称", max_length=60, required=key.isdecimal(), widget=_text_input()
        )

    def lines(self) -> Iterator[Line]:
        for key in self.keys:
            names = [f"label-{key}", f"planned-{key}", f"reached-{key}"]
            names += [f"removed-{key}"] * key.isdecimal()
            cells = [self[name] for name in names]
            hidden = [self[f"version-{key}"]] if key.isdecimal() else []
            yield {"cells": cells, "hidden": hidden, "note": self.notes.get(key, "")}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for key in self.keys:
            days = values.get(f"planned-{key}") or values.get(f"reached-{key}")
            if not key.isdecimal() and days and not values.get(f"label-{key}"):
                self.add_error(f"label-{key}", "填了日期，请写明是哪个节点。")
        if any(values.get(f"removed-{key}") for key in self.keys) and not values.get("reason", "").strip():
            self.add_error("reason", "勾选了“删去”，请写明理由。")
        return values

    def entries(self) -> list[MilestoneEntry]:
        """What was typed; blank lines and lines that others took away are none."""
        return [self._entry(key) for key in self.keys if self._is_meant(key)]

    def _is_meant(self, key: str) -> bool:
        if not key.isdecimal():
            return bool(self.cleaned_data[f"label-{key}"])
        return key in self.current or self.cleaned_data[f"version-{key}"] is not None

    def _entry(self, key: str) -> MilestoneEntry:
        values = self.cleaned_data
        return MilestoneEntry(
            label=values[f"label-{key}"],
            planned_on=values[f"planned-{key}"],
            reached_on=values[f"reached-{key}"],
            id=int(key) if key.isdecimal() else None,
            version=values.get(f"version-{key}"),
            is_removed=values.get(f"removed-{key}", False),
        )

    def freshen(self) -> None:
        versions: dict[str, Any] = {}
        for key in (key for key in self.keys if key.isdecimal()):
            step = self.current.get(key)
            versions[f"version-{key}"] = step.version if step else None
            if step is None:
                self.notes[key] = "这个节点已被别人删去，再保存时不再包含它。"
            elif str(step.version) != self.data.get(f"version-{key}"):
                self.notes[key] = (
                    f"现在登记的是：{step.label}，计划 {step.planned_on or '—'}，完成 {step.reached_on or '—'}"
                )
        self.renew(versions)


# --- a month of use


def month_of(text: str) -> date | None:
    """The first day of a month written as 2023-10."""
    year, _, month = text.partition("-")
    if not (year.isdecimal() and month.isdecimal() and len(year) == 4 and 1 <= int(month) <= 12):
        return None
    return date(int(year), int(month), 1) if int(year) >= 1900 else None


def days_of(project: Project, month: date, today: date) -> list[date]:
    """The days of a month on which there can have been use."""
    first = max(month, project.opened_on) if project.opened_on else month
    last = min(month.replace(day=monthrange(month.year, month.month)[1]), today)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


class MonthGrid(GridForm):
    """Every day of a month with its person-times and hours."""

    heads = ("日期", "人次", "供氧时长（小时）")
    correction = forms.CharField(
        label="更正理由", max_length=500, required=False, help_text="改动已登记的日子时必须填写。"
    )

    def __init__(self, *args: Any, month: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.month = month
        self.days = days_of(self.row, month, timezone.localdate())
        visits = Visit.objects.visible_to(self.account).filter(project=self.row, archived_at__isnull=True)
        self.current = {visit.visited_on: visit for visit in visits.filter(visited_on__in=self.days)}
        for day in self.days:
            self._add_line(day, self.current.get(day))
        self.order_fields([*(name for name in self.fields if name != "correction"), "correction"])

    def _add_line(self, day: date, visit: Visit | None) -> None:
        times = forms.IntegerField(
            label=f"{day} 人次", min_value=0, required=False, widget=_text_input(inputmode="numeric")
        )
        hours = HoursField(
            label=f"{day} 供氧时长",
            min_value=0,
            max_digits=8,
            decimal_places=1,
            required=False,
            widget=_text_input(inputmode="decimal"),
        )
        version = forms.IntegerField(widget=forms.HiddenInput, required=False)
        self.add(f"times-{day}", times, visit.person_times if visit else None, "人次")
        self.add(f"hours-{day}", hours, visit.oxygen_hours if visit else None, "供氧时长")
        self.add(f"version-{day}", version, visit.version if visit else None)

    def lines(self) -> Iterator[Line]:
        for day in self.days:
            yield {
                "title": f"{day:%m-%d} 周{WEEKDAYS[day.weekday()]}",
                "cells": [self[f"times-{day}"], self[f"hours-{day}"]],
                "hidden": [self[f"version-{day}"]],
                "note": self.notes.get(str(day), ""),
            }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for day in self.days:
            is_half = values.get(f"hours-{day}") is not None and values.get(f"times-{day}") is None
            if is_half and not self.has_error(f"times-{day}"):
                self.add_error(f"times-{day}", "填了供氧时长，请填写人次。")
        return values

    def entries(self) -> list[DayEntry]:
        values = self.cleaned_data
        return [
            DayEntry(day, values[f"times-{day}"], values[f"hours-{day}"], values[f"version-{day}"])
            for day in self.days
        ]

    def freshen(self) -> None:
        versions: dict[str, Any] = {}
        for day in self.days:
            visit = self.current.get(day)
            versions[f"version-{day}"] = visit.version if visit else None
            if (str(visit.version) if visit else "") != self.data.get(f"version-{day}", ""):
                self.notes[str(day)] = (
                    f"现在登记的是：{visit.person_times} 人次，{visit.oxygen_hours or '—'} 小时"
                    if visit
                    else "这一天的记录已被别人删去"
                )
        self.renew(versions)


# --- pages


class GridView(FormView):
    """A table below a project."""

    def page(self, form: Any, status: int = 200) -> HttpResponse:
        row = self.row()
        context = {
            "form": form,
            "lines": list(form.lines()),
            "rest": [field for field in form.visible_fields() if field.name in form.base_fields],
            "title": self.page_title(),
            "note": self.note(),
            "cancel_url": self.cancel_url(),
            "ticket": uuid4(),
            "crumbs": self.crumbs((str(row), self.cancel_url()), (self.title, "")),
            **self.around(row, form),
        }
        return self.render("cases/grid.html", context, status)

    def page_title(self) -> str:
        return f"{self.title} · {self.row()}"

    def around(self, row: Project, form: Any) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    def freshen(self, form: Any) -> None:
        form.freshen()

    def cancel_url(self) -> str:
        return self.declared.url("detail", self.kwargs["pk"])


class MilestonesView(GridView):
    title = "编排节点"

    def note(self) -> str:
        return "在格子里直接改，空行用来添加；全部改好后一次保存。实际完成日期不能晚于今天。"

    def build_form(self, data: Any = None, files: Any = None) -> MilestoneGrid:
        self.require(Right.EDIT_CASES)
        return MilestoneGrid(data, files, account=self.account, row=self.row())

    def perform(self, form: Any) -> str:
        reason = form.cleaned_data["reason"]
        arrange_milestones(by=self.account, row=self.row(), entries=form.entries(), reason=reason)
        messages.success(self.request, "已保存项目节点。")
        return self.cancel_url()


class MonthView(GridView):
    title = "按月登记使用"

    def note(self) -> str:
        if self.row().stage != ProjectStage.IN_USE:
            return "项目还没有投入使用。请先在项目页面“推进阶段”到投入使用，再登记人次。"
        return "人次是当天进来的次数，同一人来两次算两人次。没有人来的填 0；没有登记的日子留空。"

    @property
    def month(self) -> date:
        given = self.request.POST.get("month") or self.request.GET.get("month", "")
        return month_of(given) or timezone.localdate().replace(day=1)

    def build_form(self, data: Any = None, files: Any = None) -> MonthGrid:
        self.require(Right.EDIT_CASES)
        row = self.row()
        month = self.month if row.stage == ProjectStage.IN_USE else date.max.replace(day=1)
        return MonthGrid(data, files, account=self.account, row=row, month=month)

    def perform(self, form: Any) -> str:
        reason = form.cleaned_data["correction"]
        record_month(
            by=self.account, row=self.row(), entries=form.entries(), correction=reason, reason=reason
        )
        messages.success(self.request, f"已保存 {self.month:%Y-%m} 的使用记录。")
        return self._address(self.month)

    def around(self, row: Project, form: Any) -> dict[str, Any]:
        before, after = self.month - timedelta(days=1), self.month + timedelta(days=31)
        opened = row.opened_on or date.min
        return {
            "month": f"{self.month:%Y-%m}",
            "before_url": self._address(before) if before >= opened else "",
            "after_url": self._address(after) if after.replace(day=1) <= timezone.localdate() else "",
        }

    def _address(self, day: date) -> str:
        return f"{reverse('projects-month', args=[self.kwargs['pk']])}?month={day:%Y-%m}"
