"""Programmes and projects from spreadsheets, found by union and name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from core.checks import Problem
from core.imports import Draft, Image
from unions.importing import PlacedImporter

from cases.kinds import WrongAttribute, kind_of


class CasesImporter(PlacedImporter):
    """What programmes and projects share: the kind is fixed, its own fields begin empty."""

    keys = (("union_id", "name"),)
    fixed: ClassVar[dict[str, str]] = {**PlacedImporter.fixed, "kind": "种类登记后不能改"}

    def complete(self, draft: Draft) -> None:
        kind = kind_of(draft.cells.get("kind") or "")
        if kind is None:
            return
        try:
            draft.image["attributes"] = kind.clean({})
        except WrongAttribute as wrong:
            draft.hold("种类", Problem(wrong.message.rstrip("。"), "请在页面上新建这一项"))


class ProgrammesImporter(CasesImporter):
    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        started, ended = image.get("started_on"), image.get("ended_on")
        if started and ended and ended < started:
            yield "ended_on", Problem("早于开始日期", "请核对两个日期")


class ProjectsImporter(CasesImporter):
    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        opened: Any = draft.cells.get("opened_on")
        if opened is not None and opened > self.today:
            yield "opened_on", Problem("晚于今天", "还没有投用的请填计划投用日期")
