"""Funding lines and sources from spreadsheets: a line that says the same as a registered one is that line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from cases.models import Programme, Project
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter, Numbers, complete_image
from core.imports.applying import TAKEN_SINCE
from core.imports.lookup import RESTORE_FIRST
from core.imports.staging import problem_json
from core.models import ImportBatch
from funding.models import FundingSource, FundStage, SourceKind, SourceMember
from funding.models.lines import LOOSE
from funding.naming import KEY, SourceLookup
from funding.paid import paid_by
from funding.resources import MEMBERS_BETWEEN
from unions.importing import PlacedImporter

# The sources are locked, so that nobody archives one under its new lines.
_HOLD_OF_ARCHIVED = """
with sources as (
  select id, name, archived_at from funding_fundingsource where id in (
    select ("values" -> 'row' ->> 'source_id')::bigint from core_importrow
    where batch_id = %(batch)s and plan in ('new', 'changed'))
  order by id for share)
update core_importrow r
set plan = 'held', problems = r.problems || jsonb_build_array(jsonb_build_object(
  'column', %(column)s::text, 'message', format(%(said)s, sources.name), 'value', ''))
from sources where r.batch_id = %(batch)s and r.plan in ('new', 'changed') and sources.archived_at is not null
  and sources.id = (r."values" -> 'row' ->> 'source_id')::bigint"""
SAME = ("source_id", "stage", "document_no", "recorded_on", "amount")
SUBJECTS = ("project", "programme")
PAID_SINCE = "核对之后这笔支出已对上一笔合同付款。请看最新内容，把这一行再核对一次。"
# As `Paid.refusal`, of payments since the check.
_HOLD_PAID = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from funding_contractpayment p
where r.batch_id = %s and r.plan = 'changed' and p.line_id = r.target_id
  and p.archived_at is null and p.returned_on is null and exists (
    select from jsonb_populate_record(null::funding_fundingline, r."values" -> 'row') told
    where told.amount <> p.amount or told.recorded_on <> p.paid_on or told.source_id <> p.source_id
      or told.stage <> 'spent' or told.goods <> '')"""
# As the database keeps it: one source of a name in a union, however it is written.
_HOLD_NAMED = f"""
update core_importrow r set plan = 'held', problems = r.problems || %(problem)s::jsonb
where r.batch_id = %(batch)s and r.plan in ('new', 'changed') and exists (
  select from jsonb_to_recordset({{new}}) as v (union_id bigint, name text)
  join funding_fundingsource t on t.union_id = v.union_id and t.name_key = {KEY.format("v.name")})"""
_ADDED = _HOLD_NAMED.format(new="""r."values" -> 'add' -> 'funding_fundingsource'""")
_LISTED = _HOLD_NAMED.format(
    new="""case when r.plan = 'new' then jsonb_build_array(r."values" -> 'row') else '[]' end"""
)
KIND_LABELS = dict(SourceKind.choices)


class FundingLinesImporter(ModelImporter):
    """Lines with their sources; a source that is named for the first time is registered along with them."""

    keys = (("id",), ("project_id", *SAME), ("programme_id", *SAME))
    shared_parts = (FundingSource,)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        carry = ("union_id", "county_id", "archived_at")
        self.subjects = {
            "project": Lookup("建设项目", Project.objects.visible_to(self.actor), carry=carry),
            "programme": Lookup("服务项目", Programme.objects.visible_to(self.actor), carry=carry),
        }
        for lookup in self.subjects.values():
            lookup.remedy = "请填写登记的全称；没有登记的请先登记"
        self.sources = SourceLookup(FundingSource.objects.visible_to(self.actor))
        self.archived_sources: set[int] = set()
        self.new_sources: dict[tuple[int, str], Image] = {}
        self.source_numbers = Numbers(FundingSource)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        for key, lookup in self.subjects.items():
            lookup.prepare(draft.cells.get(key) for draft in drafts)
        self.sources.prepare(draft.cells.get("source") for draft in drafts)

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        table = FundingSource._meta.db_table
        added = [source for values in planned for source in values.get("add", {}).get(table, ())]
        self.sources.prepare(source["name"] for source in added)
        for source in added:
            self.new_sources[source["union_id"], self.sources.key(source["name"])] = source

    def image(self, draft: Draft) -> Image:
        image = {
            name: draft.cells.get(name)
            for name in ("id", "stage", "amount", "recorded_on", "is_match", "goods", "note")
        }
        image["document_no"] = draft.cells.get("document_no") or (None if image["id"] else "")
        subject = self._subject(draft, image)
        if subject is not None:
            image |= {"union_id": subject["union_id"], "county_id": subject["county_id"]}
            image["source_id"] = self._source(draft, subject)
        return image

    def _subject(self, draft: Draft, image: Image) -> Image | None:
        given = [key for key in SUBJECTS if draft.cells.get(key) is not None]
        if len(given) != 1:
            reason = "建设项目和服务项目只能填一个" if given else "没有写明用于哪个项目"
            draft.hold("建设项目", Problem(reason, "请在建设项目和服务项目中填写一个"))
            return None
        found = self._standing(given[0], draft) or self.subjects[given[0]].resolve(
            draft, self.columns[given[0]]
        )
        if found is not None:
            image[f"{given[0]}_id"] = found["pk"]
        return found

    def _standing(self, key: str, draft: Draft) -> Image | None:
        """The only one of that name that is not archived; an archived one may have had the name before."""
        current = [one for one in self.subjects[key].all_of(draft.cells[key]) if one["archived_at"] is None]
        return current[0] if len(current) == 1 else None

    def complete(self, draft: Draft) -> None:
        for key in SUBJECTS:
            if draft.cells.get(key) is not None and not self._standing(key, draft):
                problem = Problem("已归档，不能再记资金", "请改填现在的项目")
                draft.hold(self.columns[key].label, problem, draft.shown.get(key, ""))
        self._require_current_source(draft)

    def _require_current_source(self, draft: Draft) -> None:
        if draft.image.get("source_id") in self.archived_sources:
            problem = Problem(f"资金来源“{draft.cells['source']}”已归档", RESTORE_FIRST)
            draft.hold(self.columns["source"].label, problem)

    def hold_outdated(self, batch: ImportBatch) -> None:
        """Somebody may have archived a source, or found a line to be a payment, since the check."""
        said = str(Problem("核对之后资金来源“%s”已归档", RESTORE_FIRST))
        given: dict[str, str | int] = {
            "batch": batch.pk,
            "column": self.columns["source"].label,
            "said": said,
        }
        with connection.cursor() as cursor:
            cursor.execute(_HOLD_OF_ARCHIVED, given)
            cursor.execute(_HOLD_PAID, [problem_json(self.columns["amount"].label, PAID_SINCE), batch.pk])
        _hold_named(batch, _ADDED, self.columns["source"].label)

    def _source(self, draft: Draft, subject: Image) -> int | None:
        """The source of that name in the subject's county, or the number of one to be registered."""
        name, kind = draft.cells.get("source"), draft.cells.get("source_kind")
        if name is None:
            return None
        own = self.sources.of_county(name, subject["county_id"])
        if not own:
            return self._new_source(draft, subject, name, kind)
        found = own[0]
        if found["archived_at"] is not None:
            self.archived_sources.add(found["pk"])
        if kind is not None and kind != found["kind"]:
            reason = f"“{name}”登记的类别是“{KIND_LABELS[found['kind']]}”"
            draft.hold("来源类别", Problem(reason, "请改为登记的类别，或先在资金来源页面更正"))
        return int(found["pk"])

    def _new_source(self, draft: Draft, subject: Image, name: str, kind: str | None) -> int | None:
        key = (subject["union_id"], self.sources.key(name))
        if key not in self.new_sources and kind is None:
            draft.hold("来源类别", Problem(f"“{name}”是第一次登记的来源", "请写明它的类别"))
            return None
        if key not in self.new_sources:
            place = {"union_id": subject["union_id"], "county_id": subject["county_id"]}
            image = {**place, "name": name, "kind": kind}
            self.new_sources[key] = complete_image(FundingSource, image, next(self.source_numbers))
        source = self.new_sources[key]
        if kind is not None and kind != source["kind"]:
            draft.hold("来源类别", Problem(f"“{name}”在表里有两个类别", "请统一后再导入"))
        return int(source["id"])

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        """With the payment on a contract that each is."""
        found = list(rows.values(*self.fields, "source__name", "project__name", "programme__name"))
        spent = [row["id"] for row in found if row["stage"] == FundStage.SPENT]
        paid = paid_by(self.actor, spent) if spent else {}
        return [{**row, "paid": paid.get(row["id"])} for row in found]

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        recorded, amount = image.get("recorded_on"), image.get("amount")
        if recorded is not None and recorded > self.today:
            yield "recorded_on", Problem("晚于今天", "还没有发生的，请记为意向或申报，日期填今天")
        if amount is not None and amount <= 0:
            yield "amount", Problem("必须大于 0", "退回的钱另记一条“退回”")

    def decide_changed(self, draft: Draft, current: Image) -> None:
        if draft.image["county_id"] != current["county_id"]:
            draft.hold("建设项目", Problem("资金不能换到别的县", "请归档原来的一条，另记一条"))
        for key in SUBJECTS:
            is_moved = draft.cells.get(key) is not None and current[f"{key}_id"] != draft.image.get(
                f"{key}_id"
            )
            if is_moved:
                draft.hold(
                    self.columns[key].label, Problem("与登记的项目不同", "请在资金页面更正用于哪个项目")
                )
        if draft.image.get("source_id") != current["source_id"]:
            self._require_current_source(draft)
        if current["paid"] and (refused := current["paid"].refusal(self.changed(draft.image, current))):
            key, problem = refused
            draft.hold(self.columns[key].label, problem, draft.shown.get(key, ""))
        super().decide_changed(draft, current)

    def extend(self, draft: Draft, current: Image | None) -> None:
        for source in self.new_sources.values():
            if draft.image.get("source_id") == source["id"]:
                draft.add[FundingSource._meta.db_table] = [source]

    def old(self, column: Any, name: str, current: Image) -> str | None:
        if name == "source_id":
            return str(current["source__name"])
        return super().old(column, name, current)


class SourcesImporter(PlacedImporter):
    """Sources by union and name, joint ones with their payers: a cell that names any names all of them."""

    keys = (("union_id", "name"),)
    keeps_archived = True
    parts = (SourceMember,)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        sources = FundingSource.objects.visible_to(self.actor)
        self.payers = SourceLookup(sources, current_only=True)
        self.sources = SourceLookup(sources)
        #: How a name is written, by union and key: as it is registered, else as the table has it first.
        self.written: dict[tuple[int, str], str] = {}
        self.member_numbers = Numbers(SourceMember)

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        image.pop("name_sort", None)
        if (union := image.get("union_id")) and (name := image.get("name")):
            image["name"] = self._written(union, name)
        return image

    def _written(self, union: int, name: str) -> str:
        """Another spelling of a known source is no other source, and no new name for it."""
        known = [source for source in self.sources.all_of(name) if source["union_id"] == union]
        known.sort(key=lambda source: (source["name"] != name, source["archived_at"] is not None))
        if known:
            return str(known[0]["name"])
        return self.written.setdefault((union, self.sources.key(name)), name)

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        rows = [row for values in planned if "name" in (row := values.get("row", {}))]
        self.sources.prepare(row["name"] for row in rows)
        for row in rows:
            self._written(row["union_id"], row["name"])

    def hold_outdated(self, batch: ImportBatch) -> None:
        """Somebody may have registered the source, written otherwise, since the check."""
        _hold_named(batch, _LISTED, self.columns["name"].label)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        self.sources.prepare(draft.cells.get("name") for draft in drafts)
        self.payers.prepare(name for draft in drafts for name in _payers(draft))

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        found = [{**row, "members": {}} for row in super().current_rows(rows)]
        by_id = {row["id"]: row for row in found}
        joined = SourceMember.objects.visible_to(self.actor).filter(joint__in=by_id, archived_at__isnull=True)
        for member in joined.order_by("id").values("id", "version", "joint_id", "member_id", "member__name"):
            by_id[member["joint_id"]]["members"][member["member_id"]] = member
        return found

    def extend(self, draft: Draft, current: Image | None) -> None:
        """A blank cell says nothing; whoever a filled one leaves out is no longer a payer."""
        source = {**(current or {}), **draft.row}
        known = current["members"] if current else {}
        named = self._named(draft, source)
        if draft.is_held or not named:
            return
        joining = [self._joining(source, payer) for number, payer in named.items() if number not in known]
        leaving = [_leaving(member) for number, member in known.items() if number not in named]
        table = SourceMember._meta.db_table
        if joining:
            draft.add[table] = joining
        if leaving:
            draft.edit[table] = leaving
        if current and (joining or leaving):
            before = MEMBERS_BETWEEN.join(member["member__name"] for member in known.values())
            draft.changes[self.columns["members"].label] = [before or None, draft.shown["members"]]

    def _named(self, draft: Draft, source: Image) -> dict[int, Image]:
        """The payers that the cell names, by number; one that is no other source of the county holds the row."""
        found = {}
        for name in _payers(draft):
            payer = next(iter(self.payers.of_county(name, source["county_id"])), None)
            if payer is None or payer["pk"] == source["id"]:
                problem = Problem(f"“{name}”不是本县登记的另一个来源", "请先登记这一方，再导入")
                draft.hold(self.columns["members"].label, problem)
            else:
                found[payer["pk"]] = payer
        return found

    def _joining(self, source: Image, payer: Image) -> Image:
        place = {"union_id": source["union_id"], "county_id": source["county_id"]}
        image = {**place, "joint_id": source["id"], "member_id": payer["pk"]}
        return complete_image(SourceMember, image, next(self.member_numbers))


def _hold_named(batch: ImportBatch, statement: str, label: str) -> None:
    given: dict[str, str | int] = {
        "problem": problem_json(label, TAKEN_SINCE),
        "batch": batch.pk,
        "loose": LOOSE,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def _leaving(member: Image) -> Image:
    return {"id": member["id"], "version": member["version"], "archived_at": timezone.now()}


def _payers(draft: Draft) -> list[str]:
    return [
        name.strip() for name in (draft.cells.get("members") or "").split(MEMBERS_BETWEEN) if name.strip()
    ]
