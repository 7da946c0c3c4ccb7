"""What hangs on projects from spreadsheets: found by its project and by what names it there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.utils import timezone

from cases.kinds.projects import VENUE
from cases.models import SIX_ITEMS, AcceptanceResult, EquipmentState, ProgressReport, Project, ProjectStage
from core import checks
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter

MOST_HOURS = Decimal(9_999_999)
MOST_PERCENT = 100


class PartImporter(ModelImporter):
    """Rows that hang on a project."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        projects = Project.objects.visible_to(self.actor)
        carry = ("union_id", "county_id", "kind", "stage", "stage_on", "opened_on")
        remedy = "请填写登记的全称；没有登记的请先登记"
        self.projects = Lookup("建设项目", projects, carry=carry, remedy=remedy, current_only=True)
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


Said = tuple[int, str]


class ProgressImporter(PartImporter):
    """Reports by their number, else by project and day; a fall says why, whichever row of the file shows it."""

    keys = (("id",), ("project_id", "reported_on"))

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.standing: dict[int, dict[date, Said]] = {}
        self.in_file: dict[tuple[int, date], Said] = {}

    def plan(self, drafts: Sequence[Draft]) -> None:
        """In the order of the days, so that each report is held against the one before it that stands."""
        super().plan(sorted(drafts, key=lambda draft: draft.cells.get("reported_on") or date.max))

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        projects = {
            project["pk"] for name in _given(drafts, "project") for project in self.projects.all_of(name)
        }
        reports = ProgressReport.objects.visible_to(self.actor).filter(
            project__in=projects - self.standing.keys(), archived_at__isnull=True
        )
        for project in projects:
            self.standing.setdefault(project, {})
        for report in reports:
            self.standing[report.project_id].setdefault(
                report.reported_on, _said(report.percent, report.fall_reason)
            )

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            row = values.get("row", {})
            if "project_id" in row:
                day = date.fromisoformat(str(row["reported_on"]))
                known = self.standing.setdefault(row["project_id"], {})
                known[day] = _said(row["percent"], row.get("fall_reason"))

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        project, day, percent = (image.get(name) for name in ("project_id", "reported_on", "percent"))
        if project is not None and day is not None and percent is not None:
            self.in_file[project, day] = _said(percent, image.get("fall_reason"))
        return image

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "reported_on")
        project, day, percent = (image.get(name) for name in ("project_id", "reported_on", "percent"))
        if percent is not None and percent > MOST_PERCENT:
            yield "percent", Problem("大于 100", "进度是 0 到 100 的整数")
        if project is None or day is None or percent is None:
            return
        known = self.standing.get(project, {})
        before = max((other for other in known if other < day), default=None)
        if before is not None and percent < known[before][0] and not image.get("fall_reason"):
            stood = f"{before} 已报告 {known[before][0]}%，这次是 {percent}%"
            yield "fall_reason", Problem(stood, "进度回落请写明原因")
        after = min((other for other in known if other > day), default=None)
        if after is not None:
            later, reason = self.in_file.get((project, after), known[after])
            if later < percent and not reason:
                yield (
                    "percent",
                    Problem(f"{after} 报告的是 {later}%，比这次的 {percent}% 低", "请先核对那一天的报告"),
                )

    def extend(self, draft: Draft, current: Image | None) -> None:
        stands = {**(current or {}), **draft.row}
        known = self.standing.setdefault(stands["project_id"], {})
        if current is not None:
            known.pop(current["reported_on"], None)
        known[stands["reported_on"]] = _said(stands["percent"], stands.get("fall_reason"))


def _said(percent: int, reason: str | None) -> Said:
    return percent, reason or ""


def _given(drafts: Sequence[Draft], key: str) -> set[str]:
    return {str(draft.cells[key]) for draft in drafts if draft.cells.get(key)}


class AcceptancesImporter(PartImporter):
    """Inspections by their number, else by project and day: those that leave the project's stage as it is."""

    keys = (("id",), ("project_id", "accepted_on"))
    fixed: ClassVar[dict[str, str]] = {
        "accepted_on": "验收日期牵涉项目阶段，要在验收记录的页面更正",
        "verdict": "验收结论牵涉项目阶段，要在验收记录的页面更正",
    }

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "accepted_on")
        day, verdict, rectify_by = (image.get(name) for name in ("accepted_on", "verdict", "rectify_by"))
        if day is not None and rectify_by is not None and rectify_by < day:
            yield "rectify_by", Problem("早于验收日期", "请核对整改期限")
        if verdict not in (None, AcceptanceResult.PASSED) and not image.get("findings"):
            yield "findings", Problem("没有填写", "不是“合格”的，请写明发现的问题")
        if image.get("id") is None and self._moves_the_stage(image):
            yield "verdict", Problem("会改变项目的阶段", "请在项目页面“登记验收”，阶段和节点一起推进")

    def _moves_the_stage(self, image: Image) -> bool:
        project, day = self.known.get(image.get("project_id", 0)), image.get("accepted_on")
        if project is None or day is None or project["stage"] == ProjectStage.IN_USE:
            return False
        if project["stage"] == ProjectStage.ACCEPTED:
            return project["stage_on"] is None or day >= project["stage_on"]
        return image.get("verdict") != AcceptanceResult.FAILED


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


class VenueChecksImporter(PartImporter):
    """Six-have checks by their number, else by project and day; of venues in use."""

    keys = (("id",), ("project_id", "checked_on"))

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        yield from self.not_future(image, "checked_on")
        day, rectify_by = image.get("checked_on"), image.get("rectify_by")
        if day is not None and rectify_by is not None and rectify_by < day:
            yield "rectify_by", Problem("早于检查日期", "请核对整改期限")
        if any(image.get(name) is False for name in SIX_ITEMS) and not image.get("findings"):
            yield "findings", Problem("没有填写", "六项没有都做到的，请写明缺什么")
        project = self.known.get(image.get("project_id", 0))
        if project is None:
            return
        if project["kind"] != VENUE.key:
            yield "project", Problem("不是服务阵地", "只有服务阵地做六有检查")
        elif project["stage"] != ProjectStage.IN_USE:
            yield "project", Problem("还没有投入使用", "请先在项目页面推进到投入使用")
        elif day is not None and project["opened_on"] is not None and day < project["opened_on"]:
            yield "checked_on", Problem(f"早于投用日期 {project['opened_on']}", "请核对日期")


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
        elif project["opened_on"] is None:
            yield "project", Problem("还没有实际投用日期", "请先在项目页面“更正阶段”补填")
        elif day < project["opened_on"]:
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
