"""Unions and employers from spreadsheets, and what every import below a union shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone

from core.checks import Problem
from core.imports import Draft, Image, Leaning, Lookup, ModelImporter, Numbers, complete_image
from core.models import ImportBatch
from core.pinyin import sort_key
from unions.actions import GRASSROOTS_CLASSES
from unions.coding import code_planned
from unions.models import (
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    Union,
    UnionLevel,
    UnitCoverage,
)

LOW_LEVELS = (UnionLevel.TOWNSHIP, UnionLevel.GRASSROOTS)
SEPARATORS = re.compile(r"[、，，；；]")
BOTH = "请填写工会编码，或工会的全称"


def union_lookup(actor: Any) -> Lookup:
    """Unions of the actor's scope, by code or full name."""
    rows = Union.objects.visible_to(actor).active()
    carry = ("county_id", "line", "level")
    return Lookup("工会", rows, codes=("code",), carry=carry, remedy=BOTH)


class PlacedImporter(ModelImporter):
    """Rows that belong to a union named in the row; without one, to the importer's own."""

    fixed: ClassVar[dict[str, str]] = {"county_id": "不能换到别的县"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        self.unions = union_lookup(self.actor)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.unions.prepare(draft.cells.get("union") for draft in drafts)

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        if name := image.get("name"):
            image["name_sort"] = sort_key(name)
        union = self.unions.resolve(draft, self.columns["union"])
        if union is not None:
            return {**image, "union_id": union["pk"], "county_id": union["county_id"]}
        return {**image, "union_id": self.actor.union_id, "county_id": self.actor.county_id}

    def decide_changed(self, draft: Draft, current: Image) -> None:
        if draft.cells.get("union") is None:
            del draft.image["union_id"], draft.image["county_id"]
        super().decide_changed(draft, current)


class EmployersImporter(PlacedImporter):
    """Employers with their count of workers and the unions that cover them."""

    keys = (("credit_code",), ("county_id", "name"))
    unique = "credit_code"
    elsewhere = "这个信用代码已由您管辖范围以外的工会登记，不能在这里导入。请联系上级工会核实。"
    keeps_archived = True
    parts = (EmployerHeadcount, UnitCoverage)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.count_numbers, self.coverage_numbers = Numbers(EmployerHeadcount), Numbers(UnitCoverage)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        self.unions.prepare(name for draft in drafts for name in _names(draft))

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        found = [{**row, "counts": [], "covering": {}} for row in super().current_rows(rows)]
        by_id = {row["id"]: row for row in found}
        for count in EmployerHeadcount.objects.filter(employer__in=by_id).order_by("valid_from").values():
            by_id[count["employer_id"]]["counts"].append(count)
        now = UnitCoverage.objects.filter(employer__in=by_id, valid_to__isnull=True)
        for coverage in now.values("employer_id", "union_id", "union__name", "union__code"):
            by_id[coverage["employer_id"]]["covering"][coverage["union_id"]] = coverage
        return found

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        listed, closed = image.get("listed_on"), image.get("closed_on")
        if listed and closed and closed < listed:
            yield "closed_on", Problem("早于列入名录日期", "请核对两个日期")
        workers = draft.cells.get("workers")
        for key in ("female_workers", "rural_migrants", "new_employment"):
            part = draft.cells.get(key)
            if part is not None and workers is not None and part > workers:
                yield key, Problem("多于职工总数", "请核对两个数字")
        counted = draft.cells.get("counted_on")
        if counted is not None and counted > self.today:
            yield "counted_on", Problem("晚于今天", "请核对年份")

    def decide_changed(self, draft: Draft, current: Image) -> None:
        given, registered = draft.image.get("credit_code"), current["credit_code"]
        if given and registered and given != registered:
            problem = Problem("同名单位登记的是另一个信用代码", "请核对代码；确是两家单位的，请先区分名称")
            draft.hold(self.label_of("credit_code"), problem, given)
        super().decide_changed(draft, current)

    def extend(self, draft: Draft, current: Image | None) -> None:
        employer = {**(current or {}), **draft.row}
        self._count(draft, employer, current["counts"] if current else [])
        self._cover(draft, employer, current["covering"] if current else {})

    def _count(self, draft: Draft, employer: Image, counts: list[Image]) -> None:
        """A count of workers holds from its day until the next one."""
        workers, day = draft.cells.get("workers"), draft.cells.get("counted_on")
        holding = next((c for c in counts if _holds(c, day or self.today)), None)
        if workers is None:
            self._require_workers(draft, holding)
            return
        if holding is not None and self._says_the_same(draft, holding, day):
            return
        day = day or self.today
        numbers = {"workers": workers, **_parts(draft)}
        if holding is not None:
            self._note_count(draft, holding, {**numbers, "counted_on": day})
        if holding is not None and holding["valid_from"] == day:
            self._edit(draft, holding, numbers)
            return
        if holding is not None:
            self._edit(draft, holding, {"valid_to": day})
        following = next((count["valid_from"] for count in counts if count["valid_from"] > day), None)
        image = {**_place(employer), "employer_id": employer["id"], "valid_from": day, "valid_to": following}
        image = complete_image(EmployerHeadcount, {**image, **numbers}, next(self.count_numbers))
        draft.add[EmployerHeadcount._meta.db_table] = [image]

    def _require_workers(self, draft: Draft, holding: Image | None) -> None:
        """A part of the workers is no count without the whole; what is registered already is no news."""
        for key, part in _parts(draft).items():
            if holding is None or holding[key] != part:
                problem = Problem("没有写职工数，不能单独登记", "请在同一行填写职工数")
                draft.hold(self.columns[key].label, problem, draft.shown[key])

    def _note_count(self, draft: Draft, holding: Image, numbers: Image) -> None:
        for key, now in numbers.items():
            was = holding["valid_from" if key == "counted_on" else key]
            if was != now:
                draft.changes[self.columns[key].label] = [None if was is None else f"{was}", f"{now}"]

    def _says_the_same(self, draft: Draft, holding: Image, day: date | None) -> bool:
        given = {"workers": draft.cells["workers"], **_parts(draft)}
        is_same_day = day is None or day == holding["valid_from"]
        return is_same_day and all(holding[name] == value for name, value in given.items())

    def _edit(self, draft: Draft, count: Image, values: Image) -> None:
        edited = {"id": count["id"], "version": count["version"], **values}
        draft.edit[EmployerHeadcount._meta.db_table] = [edited]

    def _cover(self, draft: Draft, employer: Image, covering: dict[int, Image]) -> None:
        """Register the unions that the row names and that do not cover it yet."""
        known = {text for c in covering.values() for text in (c["union__name"], c["union__code"])}
        added = [union for name in _names(draft) if name not in known and (union := self._union(draft, name))]
        added = [union for union in added if union["pk"] not in covering]
        since = draft.cells.get("covered_on")
        if added and since is None:
            draft.hold("覆盖起始日期", Problem("没有填写", "新登记工会覆盖时要写从哪天起"))
        elif added:
            draft.add[UnitCoverage._meta.db_table] = [
                self._coverage(employer, union, since) for union in added
            ]
            draft.changes["覆盖工会"] = [
                "、".join(c["union__name"] for c in covering.values()) or None,
                draft.shown["covered_by"],
            ]

    def _union(self, draft: Draft, name: str) -> Image | None:
        found = self.unions.all_of(name)
        if len(found) == 1 and found[0]["county_id"] == draft.image.get("county_id", found[0]["county_id"]):
            return found[0]
        draft.hold("覆盖工会", Problem(f"您管辖范围内的本县工会中没有唯一的“{name[:40]}”", BOTH), name)
        return None

    def _coverage(self, employer: Image, union: Image, since: Any) -> Image:
        image = {"union_id": union["pk"], "county_id": employer["county_id"]}
        image |= {"employer_id": employer["id"], "valid_from": since}
        return complete_image(UnitCoverage, image, next(self.coverage_numbers))


def _names(draft: Draft) -> list[str]:
    return [name.strip() for name in SEPARATORS.split(draft.cells.get("covered_by") or "") if name.strip()]


def _holds(count: Image, day: date) -> bool:
    return bool(count["valid_from"] <= day and (count["valid_to"] is None or count["valid_to"] > day))


def _parts(draft: Draft) -> Image:
    keys = ("female_workers", "rural_migrants", "new_employment")
    return {key: draft.cells[key] for key in keys if draft.cells.get(key) is not None}


def _place(row: Image) -> Image:
    return {"union_id": row["union_id"], "county_id": row["county_id"]}


class SystemsImporter(ModelImporter):
    """Democratic systems of employers; a system is found by its employer, its kind and its first day."""

    keys = (("employer_id", "kind", "valid_from"),)
    changes_first = True
    given_by: ClassVar[dict[str, str]] = {"employer_id": "employer"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        rows = Employer.objects.visible_to(self.actor).filter(archived_at__isnull=True)
        carry = ("union_id", "county_id")
        remedy = "请填写登记的单位全称或信用代码；没有登记的请先登记单位"
        self.employers = Lookup("用人单位", rows, codes=("credit_code",), carry=carry, remedy=remedy)
        self.spans: dict[tuple[int, str], dict[int, tuple[date, date | None]]] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.employers.prepare(
            draft.cells.get(key) for draft in drafts for key in ("employer", "credit_code")
        )
        named = {found["pk"] for draft in drafts for found in self._named(draft)}
        systems = DemocraticSystem.objects.visible_to(self.actor).filter(employer__in=named)
        for system in systems.values("id", "employer_id", "kind", "valid_from", "valid_to"):
            self._span(system)

    def _named(self, draft: Draft) -> list[Image]:
        """The employers that the row may mean: by its code, else by its name."""
        code, name = draft.cells.get("credit_code"), draft.cells.get("employer")
        return (self.employers.all_of(code) if code else []) or (self.employers.all_of(name) if name else [])

    def _span(self, system: Mapping[str, Any]) -> None:
        spans = self.spans.setdefault((system["employer_id"], system["kind"]), {})
        spans[system["id"]] = (system["valid_from"], system["valid_to"])

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        found = self._named(draft)
        if len(found) != 1:
            self.employers.resolve(draft, self.columns["employer"])
            return image
        employer, name = found[0], draft.cells.get("employer")
        if name not in (None, employer["name"], employer["credit_code"]):
            problem = Problem(f"这个信用代码登记的是“{employer['name']}”", "请核对代码和单位名称")
            draft.hold("单位名称", problem, name or "")
        place = {"union_id": employer["union_id"], "county_id": employer["county_id"]}
        return {**image, **place, "employer_id": employer["pk"]}

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        since, until = image.get("valid_from"), image.get("valid_to")
        if since is None:
            return
        if since > self.today:
            yield "valid_from", Problem("晚于今天", "请核对年份")
        if until is not None and until <= since:
            yield "valid_to", Problem("不晚于建制日期", "请核对两个日期")
        own = image.get("id")
        for number, span in self.spans.get((image.get("employer_id", 0), image.get("kind", "")), {}).items():
            if number != own and _overlap((since, until), span):
                reason = f"与这家单位 {span[0]} 起的同一制度时间重叠"
                yield "valid_from", Problem(reason, "请先导入那一段的终止日期，再导入新的一段")

    def extend(self, draft: Draft, current: Image | None) -> None:
        self._span({"valid_to": None, **(current or {}), **draft.row})


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])


# Whose parent is neither in the register nor a row of the file that will be written.
_WITHOUT_PARENT = """
select r.number from core_importrow r
cross join lateral (select (r."values" -> 'row' ->> 'parent_id')::bigint) v (parent)
where r.batch_id = %(batch)s and r.plan = 'new'
  and not exists (select from unions_union u where u.id = v.parent)
  and not exists (
    select from core_importrow p
    where p.batch_id = r.batch_id and p.target_id = v.parent and p.plan = 'new')"""


class UnionsImporter(ModelImporter):
    """Unions below county level; a row without a code becomes a new union, whose code commit gives."""

    keys = (("code",), ("parent_id", "name"))
    unique = "credit_code"
    elsewhere = EmployersImporter.elsewhere
    keeps_archived = True
    fixed: ClassVar[dict[str, str]] = {"level": "层级不能通过导入改变"}
    leaning = Leaning(
        "parent",
        _WITHOUT_PARENT,
        Problem("上级工会在表里的那一行还没有导入", "请先改正上级工会那一行，这一行会跟着重新核对"),
    )

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.unions = union_lookup(self.actor)
        self.planned: dict[str, Image] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        own = self.actor.union.code
        self.unions.prepare([own, *(draft.cells.get("parent") for draft in drafts)])

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            self._remember(values["row"])

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        if name := image.get("name"):
            image["name_sort"] = sort_key(name)
        parents = self.unions.all_of(draft.cells.get("parent") or self.actor.union.code)
        return {**image, "parent_id": parents[0]["pk"]} if len(parents) == 1 else image

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        return rows.values(*self.fields, "parent__code", "parent__name")

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        founded, dissolved = image.get("founded_on"), image.get("dissolved_on")
        if founded and dissolved and dissolved < founded:
            yield "dissolved_on", Problem("早于建会日期", "请核对两个日期")
        code = draft.image.get("credit_code")
        if code and code[:2] not in GRASSROOTS_CLASSES and image.get("level") in LOW_LEVELS:
            yield "credit_code", Problem("不是工会的信用代码", "基层工会的代码以 81 开头，请核对")

    # --- new unions

    def complete(self, draft: Draft) -> None:
        parent = self._parent(draft)
        if parent is None:
            return
        image = draft.image
        image["parent_id"], image["line"] = parent["pk"], parent["line"]
        image["county_id"] = parent["county_id"]
        image["level"] = image.get("level") or UnionLevel.GRASSROOTS
        if image["level"] not in LOW_LEVELS:
            problem = Problem("县级以上工会由系统管理员按行政区划建立", "这里只导入乡镇（街道）和基层工会")
            draft.hold("层级", problem, draft.shown.get("level", ""))
        self._check_code(draft, parent["county_id"])

    def extend(self, draft: Draft, current: Image | None) -> None:
        if current is None:
            self._remember(draft.row)

    def complete_late(self, batch: ImportBatch) -> None:
        code_planned(batch)

    def _remember(self, row: Image) -> None:
        """A planned union may be the parent of a row below."""
        place = {"pk": row["id"], "county_id": row["county_id"], "line": row["line"]}
        self.planned[row["name"]] = place
        if "code" in row:
            self.planned[row["code"]] = place

    def _parent(self, draft: Draft) -> Image | None:
        """The parent named, which may be a row above in the same file."""
        text = draft.cells.get("parent")
        if text is None:
            return self.unions.all_of(self.actor.union.code)[0]
        return self.planned.get(text) or self.unions.resolve(draft, self.columns["parent"])

    def _check_code(self, draft: Draft, county: int) -> None:
        code = draft.image.get("code")
        if code is not None and not re.fullmatch(rf"{county}-\d{{4,6}}", code):
            problem = Problem(
                "不是本县的工会编码", f"编码是“{county}-”和 4 位序号；新工会可以不填，由系统编码"
            )
            draft.hold("工会编码", problem, code)

    # --- unions of the register

    def decide_changed(self, draft: Draft, current: Image) -> None:
        text = draft.cells.get("parent")
        if text not in (None, current["parent__code"], current["parent__name"]):
            problem = Problem("与登记的上级工会不同，导入不能调整隶属关系", "请在工会页面修改上级工会")
            draft.hold("上级工会", problem, text or "")
        draft.image.pop("parent_id", None)
        super().decide_changed(draft, current)
