"""What hangs on projects from spreadsheets: found by its project and by what names it there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from cases.models import EquipmentState, Project, ProjectStage
from core import checks
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter
from core.imports.model import Key

MOST_HOURS = Decimal(9_999_999)


class PartImporter(ModelImporter):
    """Rows that hang on a project; removed ones are past, the same name may come again."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        projects = Project.objects.visible_to(self.actor).active()
        carry = ("union_id", "county_id", "stage", "opened_on")
        remedy = "请填写登记的全称；没有登记的请先登记"
        self.projects = Lookup("建设项目", projects, carry=carry, remedy=remedy)
        self.known: dict[int, Image] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.projects.prepare(draft.cells.get("project") for draft in drafts)

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        project = self.projects.resolve(draft, self.columns["project"])
        if project is None:
            return image
        self.known[project["pk"]] = project
        place = {"union_id": project["union_id"], "county_id": project["county_id"]}
        return {**image, **place, "project_id": project["pk"]}

    def current(self, draft: Draft, found: dict[Key, list[Image]]) -> Image | None:
        """A removed row is meant only by its number: the same name or day may be registered anew."""
        row = super().current(draft, found)
        return None if row and row["archived_at"] and draft.image.get("id") is None else row

    def decide_changed(self, draft: Draft, current: Image) -> None:
        if draft.image.get("project_id", current["project_id"]) != current["project_id"]:
            problem = Problem("与登记的项目不同", "登记错项目的，请在页面上删去后重新登记")
            draft.hold("建设项目", problem, draft.shown.get("project", ""))
        super().decide_changed(draft, current)

    def not_future(self, image: Image, key: str) -> Iterable[tuple[str, Problem]]:
        day = image.get(key)
        if day is not None and day > self.today:
            yield key, Problem("晚于今天", "请核对年份；还没有发生的不填")


class MilestonesImporter(PartImporter):
    """Steps by their number, else by project and label."""

    keys = (("id",), ("project_id", "label"))

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "reached_on")


class EquipmentImporter(PartImporter):
    """Pieces by their number, else by project, name and serial number."""

    keys = (("id",), ("project_id", "name", "serial_no"))

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        if image.get("id") is None and image.get("serial_no") is None:
            image["serial_no"] = ""
        return image

    def complete(self, draft: Draft) -> None:
        draft.image["state"] = draft.image.get("state") or EquipmentState.ARRIVED

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "accepted_on")
        quantity = image.get("quantity")
        if quantity == 0:
            yield "quantity", Problem("是 0", "数量至少为 1")
        if image.get("serial_no") and quantity not in (None, 1):
            yield "quantity", Problem("有出厂编号，数量却不是 1", "一台一行；几台相同的请不填编号")
        if image.get("state") == EquipmentState.ACCEPTED and image.get("accepted_on") is None:
            yield "accepted_on", Problem("没有填写", "验收合格的设备要填设备验收日期")


class VisitsImporter(PartImporter):
    """Days of use by project and day; only for what is open."""

    keys = (("project_id", "visited_on"),)

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        try:
            image["oxygen_hours"] = hours(draft.cells.get("oxygen_hours"))
        except Problem as problem:
            label = self.columns["oxygen_hours"].label
            draft.hold(label, problem, draft.shown.get("oxygen_hours", ""))
        return image

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "visited_on")
        project, day = self.known.get(image.get("project_id", 0)), image.get("visited_on")
        if project is None or day is None:
            return
        if project["stage"] != ProjectStage.IN_USE:
            yield "project", Problem("还没有投入使用", "请先在项目页面推进到投入使用")
        elif project["opened_on"] is not None and day < project["opened_on"]:
            yield "visited_on", Problem(f"早于投用日期 {project['opened_on']}", "请核对日期")


def hours(value: object) -> Decimal | None:
    """Hours with one decimal, None when blank; 12.5小时 is understood."""
    text = checks.clean(value).replace(",", "").removesuffix("小时").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise Problem("应为数字", "请只填小时数，如 12.5") from error
    if not number.is_finite() or not 0 <= number <= MOST_HOURS:
        raise Problem("不在 0 到 9999999 之间", "请核对后重新填写")
    if number != number.quantize(Decimal("0.1")):
        raise Problem("小数超过一位", "供氧时长最多到 0.1 小时")
    return number.quantize(Decimal("0.1"))
