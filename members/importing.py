"""Members from spreadsheets: the ID number finds the person, the union places the membership.

A person of the own scope is changed or unchanged; one with an open membership in another union of the scope
needs a transfer; one registered out of sight is refused with one sentence and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone

from core import checks
from core.checks import Problem
from core.crypto import hasher, open_sealed, seal_all
from core.imports import Draft, Image, Lookup, Masked, ModelImporter, Numbers, complete_image
from core.imports.model import Doubt
from core.many import uuids
from core.models import ImportBatch, ImportRow
from core.pinyin import sort_key
from members.doubting import find_doubts
from members.models import MemberGroup, MemberGroupTag, Membership, MembershipChange, MembershipState, Person
from members.persons import context
from members.resources import ELSEWHERE
from members.spells import hold_overlapping, last_ends, last_ends_anywhere, open_spells
from unions.models import Employer, Union

EVIDENCE = "导入的会员名册"
BEGINNINGS = (MembershipChange.ADMIT, MembershipChange.TRANSFER_IN, MembershipChange.RETAIN)
GROUP_LABELS = dict(MemberGroup.choices)
PLAIN = (
    "nation",
    "education",
    "political_status",
    "skill_grade",
    "employment_state",
    "household_kind",
)


class MembersImporter(ModelImporter):
    """Persons with their membership and their group tags."""

    keys = (("uuid",), ("id_hash",))
    unique = "id_hash"
    elsewhere = ELSEWHERE
    parts = (Membership, MemberGroupTag)
    given_by: ClassVar[dict[str, str]] = {"id_hash": "id_number"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.now = timezone.now()
        self.today = timezone.localdate()
        self.unions = Lookup(
            "工会",
            Union.objects.visible_to(self.actor).active(),
            codes=("code",),
            carry=("county_id",),
            remedy="请填写工会编码，或工会的全称",
        )
        self.employers = Lookup("单位", Employer.objects.visible_to(self.actor), codes=("credit_code",))
        self.hash, self.uuids = hasher(), uuids()
        #: What waits to be sealed: the row's draft, the column, the open text and the person's UUID.
        self.unsealed: list[tuple[Draft, str, str, uuid.UUID | str]] = []
        self.spell_numbers, self.tag_numbers = Numbers(Membership), Numbers(MemberGroupTag)

    def plan(self, drafts: Sequence[Draft]) -> None:
        super().plan(drafts)
        self._seal()

    def _seal(self) -> None:
        """Seal what the planned rows of the chunk hold, all at once."""
        kept = [one for one in self.unsealed if not one[0].is_held]
        envelopes = seal_all([(text, context(person, field)) for _, field, text, person in kept])
        for (draft, field, _, _), envelope in zip(kept, envelopes, strict=True):
            draft.row[field] = envelope
        self.unsealed.clear()

    # --- from cells to values

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.unions.prepare(draft.cells.get("union") for draft in drafts)
        self.employers.prepare(draft.cells.get("employer") for draft in drafts)

    def image(self, draft: Draft) -> Image:
        cells = draft.cells
        image = {name: cells[name] for name in PLAIN if name in cells}
        if name := cells.get("name"):
            image["name"], image["name_sort"] = name, sort_key(name)
        number = cells.get("id_number")
        if isinstance(number, str):
            image |= self._identity(draft, number)
        image["uuid"] = self._record(draft)
        return image

    def _identity(self, draft: Draft, number: str) -> Image:
        """What follows from the ID number; columns that say otherwise hold the row."""
        sex, born = str(checks.sex_of(number)), checks.birth_date_of(number)
        self._compare(draft, sex, born)
        return {"id_hash": self.hash(number), "id_last4": number[-4:], "sex": sex, "birth_date": born}

    def _compare(self, draft: Draft, sex: str, born: date) -> None:
        given = draft.cells.get("sex")
        if given is not None and given != sex:
            reason = f"与身份证号不符，身份证号对应“{'男' if sex == '1' else '女'}”"
            draft.hold("性别", Problem(reason, "请核对性别和身份证号"), draft.shown["sex"])
        day = draft.cells.get("birth_date")
        if day is not None and day != born:
            draft.hold(
                "出生日期", Problem("与身份证号中的出生日期不符", "请核对两处"), draft.shown["birth_date"]
            )

    def _record(self, draft: Draft) -> uuid.UUID | None:
        text = draft.cells.get("uuid")
        if text is None:
            return None
        try:
            return uuid.UUID(text)
        except ValueError:
            draft.hold("档案号", Problem("不是系统给出的档案号", "请照导出的表格填写，或删去这一格"), text)
            return None

    # --- the register

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        found = [
            {**row, "id_hash": bytes(row["id_hash"])} for row in rows.values(*self.fields, "employer__name")
        ]
        by_id: dict[int, Image] = {row["id"]: row for row in found}
        open_ones, ended, seen = open_spells(by_id), last_ends_anywhere(by_id), last_ends(by_id)
        for number, row in by_id.items():
            row |= {"spell": open_ones.get(number), "groups": set()}
            row |= {"ended": ended.get(number), "seen_until": seen.get(number)}
        tags = MemberGroupTag.objects.filter(person_id__in=by_id, valid_to__isnull=True)
        for person_id, group in tags.values_list("person_id", "group"):
            by_id[person_id]["groups"].add(group)
        return found

    def hold_outdated(self, batch: ImportBatch) -> None:
        hold_overlapping(batch, self.columns["joined_on"].label)

    # --- doubts

    def doubts(self, batch: ImportBatch, numbers: Collection[int] | None = None) -> Iterable[Doubt]:
        return find_doubts(batch, self.actor, numbers)

    def meaning(self, cells: dict[str, Any], target_id: int) -> dict[str, Any]:
        """The person's own record number instead of the ID number, which is taken for the mistaken one."""
        person = Person.objects.visible_to(self.actor).get(pk=target_id)
        return {**{key: cell for key, cell in cells.items() if key != "id_number"}, "uuid": str(person.uuid)}

    # --- rules

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        joined, born = draft.cells.get("joined_on"), image.get("birth_date")
        if joined is not None and joined > self.today:
            yield "joined_on", Problem("入会日期晚于今天", "请核对年份")
        elif joined is not None and born is not None and self._says(draft, "joined_on"):
            try:
                checks.require_working_age(born, joined)
            except Problem as problem:
                yield "joined_on", problem
        if draft.cells.get("change") not in (None, *BEGINNINGS):
            yield "change", Problem("这是会籍终止，不是入会", "请在会员页面办理转出、退会或除名")

    def _says(self, draft: Draft, key: str) -> bool:
        """Whether the row itself speaks of it: a default counts for new persons only."""
        return draft.target_version is None or key not in draft.defaulted

    # --- new persons

    def foresee(self, draft: Draft) -> None:
        self.unions.resolve(draft, self.columns["union"])
        super().foresee(draft)

    def complete(self, draft: Draft) -> None:
        number = draft.cells.get("id_number")
        if isinstance(number, Masked):
            draft.hold(
                "身份证号",
                Problem("号码被遮住，又没有档案号", "请填写完整的身份证号"),
                draft.shown["id_number"],
            )
            return
        union = self.unions.resolve(draft, self.columns["union"])
        if union is None or number is None:
            return
        image = draft.image
        image["uuid"] = next(self.uuids)
        image["union_id"], image["county_id"] = union["pk"], union["county_id"]
        self.unsealed.append((draft, "id_number", number, image["uuid"]))
        image["verified_at"] = self.now
        image["employer_id"] = self._employer(draft, None)
        self._new_mobile(draft)

    def _new_mobile(self, draft: Draft) -> None:
        mobile = draft.cells.get("mobile")
        if isinstance(mobile, Masked):
            draft.hold("手机号", Problem("号码被遮住", "请填写完整的手机号，或留空"), draft.shown["mobile"])
        elif mobile is not None:
            self.unsealed.append((draft, "mobile", mobile, draft.image["uuid"]))
            draft.image["mobile_last4"] = mobile[-4:]

    def _employer(self, draft: Draft, current: Image | None) -> int | None:
        """The employer named; one that is not on the register is noted and left out."""
        text = draft.cells.get("employer")
        if text is None:
            return None
        if current is not None and current["employer__name"] == text:
            return int(current["employer_id"])
        found = self.employers.all_of(text)
        if len(found) == 1:
            return int(found[0]["pk"])
        self.note(
            f"工作单位{'有同名的几家' if found else '不在用人单位名录中'}，会员照常导入，不关联单位",
            text[:40],
        )
        return None

    # --- persons of the own scope

    def decide_changed(self, draft: Draft, current: Image) -> None:
        self._require_same_person(draft, current)
        self._require_same_union(draft, current)
        draft.image["employer_id"] = self._employer(draft, current)
        draft.image.pop("uuid")
        super().decide_changed(draft, current)
        is_changed = draft.plan == ImportRow.Plan.CHANGED
        if is_changed and current["archived_at"] is not None and "archived_at" not in draft.row:
            draft.hold("姓名", Problem("此人的档案已归档", "重新入会的，请写明所在工会和入会日期"))

    def is_past(self, row: Image) -> bool:
        """A person is one for good: whoever was archived comes back with the next membership."""
        return False

    def _require_same_person(self, draft: Draft, current: Image) -> None:
        number = draft.cells.get("id_number")
        is_other = isinstance(number, str) and draft.image["id_hash"] != current["id_hash"]
        is_other |= (
            isinstance(number, Masked) and number.tail[-4:] != current["id_last4"][-len(number.tail) :]
        )
        if is_other:
            problem = Problem(
                "与档案号登记的身份证号不一致", "请核对档案号；身份证号登记错误的，请在会员页面更正"
            )
            draft.hold("身份证号", problem, draft.shown["id_number"])
        elif not isinstance(number, str):
            self._compare(draft, current["sex"], current["birth_date"])

    def _require_same_union(self, draft: Draft, current: Image) -> None:
        """An open membership stays where it is; moving it is a transfer. Without one, the row admits."""
        text, spell = draft.cells.get("union"), current["spell"]
        if text is None:
            if spell is None and not self._is_about_person(draft):
                draft.hold("所在工会", Problem("此人现在没有会籍，表里也没有写所在工会", "请补上所在工会"))
            return
        meant = self.unions.all_of(text)
        if spell is not None and any(union["pk"] == spell["union_id"] for union in meant):
            return
        union = self.unions.resolve(draft, self.columns["union"])
        if union is None:
            return
        if spell is not None:
            reason = f"此人现在是“{spell['union__name']}”的会员，导入不改变所在工会"
            remedy = "要换工会请在会员页面办理转会，其余内容可以按此人更新"
            draft.doubt("所在工会", Problem(reason, remedy), draft.shown["union"])
            return
        draft.image["union_id"], draft.image["county_id"] = union["pk"], union["county_id"]

    def _is_about_person(self, draft: Draft) -> bool:
        """Whether the row, as the update table gives it, is about somebody who is no member now, and stays none."""
        says_when = any(self._says(draft, key) and draft.cells.get(key) for key in ("joined_on", "change"))
        return draft.cells.get("uuid") is not None and not says_when

    # --- what belongs to a person

    def extend(self, draft: Draft, current: Image | None) -> None:
        if current is None:
            self._admit(draft, draft.row)
            self._tag(draft, draft.row, draft.cells["joined_on"], set())
            return
        self._change_mobile(draft, current)
        if current["spell"] is None:
            if draft.cells.get("union") is not None:
                self._readmit(draft, current)
        else:
            self._move_start(draft, current)
        self._tag(draft, {**current, **draft.row}, self.today, current["groups"])

    def _admit(self, draft: Draft, person: Image) -> None:
        change = draft.cells.get("change") or MembershipChange.ADMIT
        is_retained = change == MembershipChange.RETAIN
        spell = {
            "person_id": person["id"],
            "union_id": person["union_id"],
            "county_id": person["county_id"],
            "valid_from": draft.cells["joined_on"],
            "began_by": MembershipChange.ADMIT if is_retained else change,
            "state": MembershipState.RETAINED if is_retained else MembershipState.ACTIVE,
        }
        draft.add[Membership._meta.db_table] = [complete_image(Membership, spell, next(self.spell_numbers))]

    def _readmit(self, draft: Draft, current: Image) -> None:
        joined, ended = draft.cells.get("joined_on"), current["ended"]
        if joined is None:
            draft.hold("入会日期", Problem("没有填写", "此人现在没有会籍，请补上重新入会的日期"))
        elif ended is not None and joined < ended:
            self._hold_early(draft, current, "请填写重新入会的日期")
        else:
            self._admit(draft, {**current, **draft.row})
            draft.row |= {"archived_at": None} if current["archived_at"] is not None else {}
            draft.changes["入会日期"] = [None, draft.shown["joined_on"]]

    def _move_start(self, draft: Draft, current: Image) -> None:
        joined, spell, ended = draft.cells.get("joined_on"), current["spell"], current["ended"]
        if joined is None or joined == spell["valid_from"] or not self._says(draft, "joined_on"):
            return
        if ended is not None and joined < ended:
            if spell["began_by"] == MembershipChange.TRANSFER_IN:
                # Rosters keep the day somebody first joined; here the membership begins with the transfer.
                self.note("会籍从转入那天算起，表里更早的入会日期没有采用", f"第 {draft.number} 行")
            else:
                self._hold_early(draft, current, "请核对入会日期")
            return
        edited = {"id": spell["id"], "version": spell["version"], "valid_from": joined}
        draft.edit[Membership._meta.db_table] = [edited]
        draft.changes["入会日期"] = [spell["valid_from"].isoformat(), draft.shown["joined_on"]]

    def _hold_early(self, draft: Draft, current: Image, remedy: str) -> None:
        """The day is named only if the membership that ended then is in sight."""
        is_seen = current["ended"] == current["seen_until"]
        until = (
            f"早于此人上一段会籍的终止日期 {current['ended']}" if is_seen else "早于此人上一段会籍的终止日期"
        )
        draft.hold("入会日期", Problem(until, remedy), draft.shown["joined_on"])

    def _change_mobile(self, draft: Draft, current: Image) -> None:
        mobile = draft.cells.get("mobile")
        if isinstance(mobile, Masked):
            if not current["mobile_last4"].endswith(mobile.tail):
                draft.hold(
                    "手机号", Problem("号码被遮住", "请填写完整的手机号，或留空"), draft.shown["mobile"]
                )
        elif mobile is not None and mobile != self._mobile_of(current):
            old = f"{'*' * 7}{current['mobile_last4']}" if current["mobile_last4"] else None
            self.unsealed.append((draft, "mobile", mobile, current["uuid"]))
            draft.row["mobile_last4"] = mobile[-4:]
            draft.changes["手机号"] = [old, draft.shown["mobile"]]

    def _mobile_of(self, current: Image) -> str | None:
        envelope = current["mobile"]
        if not envelope:
            return None
        return str(open_sealed(envelope, context(current["uuid"], "mobile")))

    def _tag(self, draft: Draft, person: Image, since: date, present: set[str]) -> None:
        """Add the groups that the row names; groups that it does not name stay."""
        added = [group for group in draft.cells.get("groups") or () if group not in present]
        if not added:
            return
        place = {name: person[name] for name in ("union_id", "county_id")}
        draft.add[MemberGroupTag._meta.db_table] = [
            complete_image(
                MemberGroupTag,
                {
                    **place,
                    "person_id": person["id"],
                    "group": group,
                    "valid_from": since,
                    "evidence": EVIDENCE,
                },
                next(self.tag_numbers),
            )
            for group in added
        ]
        if present or draft.target_version is not None:
            old = "、".join(GROUP_LABELS[group] for group in sorted(present)) or None
            new = "、".join(GROUP_LABELS[group] for group in [*sorted(present), *added])
            draft.changes["群体"] = [old, new]

    def old(self, column: Any, name: str, current: Image) -> str | None:
        if name == "employer_id":
            name = "employer__name"
        return super().old(column, name, current) if name != "union_id" else None
