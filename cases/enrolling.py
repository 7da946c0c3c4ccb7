"""Enrolments from spreadsheets: a worker by ID number, in the register or new to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery

from cases.actions.enrolments import ELSEWHERE, another_phone
from cases.late_meals import of_workers, tell_late_meals
from cases.models import Enrolment, MealCheckIn, Programme
from core.checks import Problem
from core.crypto import keyed_hash, open_sealed
from core.elsewhere import held_out_of_sight
from core.imports import Draft, Image, Leaning, Lookup, Masked, ModelImporter, Numbers, complete_image
from members.models import Person
from members.persons import context, planned_person, sealed
from unions.models import Employer

Span = tuple[date, date | None]
# Asked by worker and day, as the index stands.
_LAST_MEAL = (
    MealCheckIn.objects.filter(person=OuterRef("person"), programme=OuterRef("programme"))
    .order_by("-served_on")
    .values("served_on")[:1]
)


# Whose leader is one neither in the register nor by a row of the file that will be written.
_WITHOUT_LEADER = """
with planned as (
  select r.number, (row ->> 'crew_leader_id')::bigint as leader, (row ->> 'is_crew_leader')::boolean as leads,
    coalesce((row ->> 'programme_id')::bigint, e.programme_id) as programme,
    coalesce((row ->> 'person_id')::bigint, e.person_id) as person
  from core_importrow r
  cross join lateral (select r."values" -> 'row') v (row)
  left join cases_enrolment e on e.id = r.target_id
  where r.batch_id = %(batch)s and r.plan in ('new', 'changed'))
select p.number from planned p where p.leader is not null
  and not exists (select from planned l where l.leads and (l.programme, l.person) = (p.programme, p.leader))
  and not exists (
    select from cases_enrolment e where (e.programme_id, e.person_id) = (p.programme, p.leader)
    and e.is_crew_leader and e.archived_at is null)"""


class EnrolmentsImporter(ModelImporter):
    """Enrolments, and the persons among them who are new to the register (without membership).

    A row is found by programme, person and first day. Leaders of crews stand above or among their crews.
    """

    keys = (("programme_id", "valid_from", "person_id"),)
    shared_parts = (Person,)
    leaning = Leaning(
        "crew_leader",
        _WITHOUT_LEADER,
        Problem("班组长在表里的那一行还没有导入", "请先改正班组长那一行，这一行会跟着重新核对"),
    )
    given_by: ClassVar[dict[str, str]] = {
        "programme_id": "programme",
        "person_id": "id_number",
        "employer_id": "employer",
        "crew_leader_id": "crew_leader",
    }

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        carry = ("union_id", "county_id", "started_on", "ended_on")
        programmes = Programme.objects.visible_to(self.actor)
        remedy = "请填写登记的全称"
        self.programmes = Lookup("服务项目", programmes, carry=carry, remedy=remedy, current_only=True)
        employers = Employer.objects.visible_to(self.actor)
        remedy = "请填写登记的单位全称或信用代码；没有登记的可以不填"
        self.employers = Lookup("单位", employers, codes=("credit_code",), remedy=remedy, current_only=True)
        self.persons: dict[bytes | str, Image] = {}
        self.new_persons: dict[int, Image] = {}
        self.leaders: set[tuple[int, int]] = set()
        self.elsewhere_hashes: set[bytes] = set()
        self.spans: dict[tuple[int, int], dict[int, Span]] = {}
        self.person_numbers = Numbers(Person)
        #: Phones that rows of the file give to persons who have none, sealed; and new persons of this chunk.
        self.given_phones: dict[int, bytes] = {}
        self.fresh: set[int] = set()

    # --- what a chunk refers to

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.programmes.prepare(draft.cells.get("programme") for draft in drafts)
        self.employers.prepare(draft.cells.get("employer") for draft in drafts)
        self._find_persons(drafts)
        self.fresh.clear()
        for draft in drafts:
            self._plan_person(draft)
        self._read_enrolments({person["pk"] for person in self.persons.values()})
        for draft in drafts:
            person, programme = self._person(draft), self._programme(draft)
            if person and programme and draft.cells.get("is_crew_leader"):
                self.leaders.add((programme["pk"], person["pk"]))

    def _find_persons(self, drafts: Sequence[Draft]) -> None:
        cells = [draft.cells.get(key) for draft in drafts for key in ("id_number", "crew_leader")]
        hashes = {keyed_hash(cell) for cell in cells if isinstance(cell, str)} - self.persons.keys()
        records = {text for draft in drafts if (text := _record(draft)) is not None} - self.persons.keys()
        visible = Person.objects.visible_to(self.actor)
        found = [*_known(visible, id_hash__in=hashes), *_known(visible, uuid__in=records)]
        for person in found:
            self.persons[person["id_hash"]] = self.persons[str(person["uuid"])] = person
        unknown = hashes - self.persons.keys()
        self.elsewhere_hashes |= held_out_of_sight(Person, "id_hash", unknown, self.actor)

    def _plan_person(self, draft: Draft) -> None:
        """A worker who is nowhere registered becomes a person of the programme's union."""
        number, name, programme = (
            draft.cells.get("id_number"),
            draft.cells.get("name"),
            self._programme(draft),
        )
        if not isinstance(number, str) or name is None or programme is None:
            return
        hashed = keyed_hash(number)
        if hashed in self.persons or hashed in self.elsewhere_hashes:
            return
        place = {"union_id": programme["union_id"], "county_id": programme["county_id"]}
        image = complete_image(Person, {**place, **planned_person(name, number)}, next(self.person_numbers))
        self.new_persons[image["id"]] = image
        self.fresh.add(image["id"])
        self._know(image)

    def _know(self, image: Mapping[str, Any]) -> None:
        carried = {name: image.get(name) for name in ("uuid", "name", "id_last4", "mobile", "mobile_last4")}
        self.persons[_kept_bytes(image["id_hash"])] = {"pk": image["id"], **carried}

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        for values in planned:
            row = values.get("row", {})
            for person in values.get("add", {}).get(Person._meta.db_table, ()):
                self.new_persons[person["id"]] = person
                self._know(person)
            for person in values.get("edit", {}).get(Person._meta.db_table, ()):
                self.given_phones[person["id"]] = _kept_bytes(person["mobile"])
            if row.get("is_crew_leader"):
                self.leaders.add((row["programme_id"], row["person_id"]))
            if "valid_from" in row:
                self._span(
                    {**row, "valid_from": _day(row["valid_from"]), "valid_to": _day(row.get("valid_to"))}
                )

    def _read_enrolments(self, persons: set[int]) -> None:
        rows = Enrolment.objects.visible_to(self.actor).active().filter(person__in=persons)
        fields = ("id", "programme_id", "person_id", "valid_from", "valid_to", "is_crew_leader")
        for row in rows.values(*fields):
            self._span(row)
            if row["is_crew_leader"]:
                self.leaders.add((row["programme_id"], row["person_id"]))

    def _span(self, row: Mapping[str, Any]) -> None:
        spans = self.spans.setdefault((row["programme_id"], row["person_id"]), {})
        spans[row["id"]] = (row["valid_from"], row.get("valid_to"))

    # --- from cells to values

    def _programme(self, draft: Draft) -> Image | None:
        found = self.programmes.all_of(draft.cells.get("programme") or "")
        return found[0] if len(found) == 1 else None

    def _person(self, draft: Draft) -> Image | None:
        number = draft.cells.get("id_number")
        by_number = self.persons.get(keyed_hash(number)) if isinstance(number, str) else None
        return by_number or self.persons.get(_record(draft) or "")

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        programme = self.programmes.resolve(draft, self.columns["programme"])
        if programme is not None:
            place = {"union_id": programme["union_id"], "county_id": programme["county_id"]}
            image |= {**place, "programme_id": programme["pk"]}
        employer = self.employers.resolve(draft, self.columns["employer"])
        if employer is not None:
            image["employer_id"] = employer["pk"]
        person = self._checked_person(draft)
        if person is not None:
            image["person_id"] = person["pk"]
        if programme is not None:
            image["crew_leader_id"] = self._leader(draft, programme["pk"])
        return image

    def _checked_person(self, draft: Draft) -> Image | None:
        number, person, label = draft.cells.get("id_number"), self._person(draft), self.label_of("person_id")
        if person is None:
            self._hold_person(draft, number, label)
            return None
        if isinstance(number, Masked) and not person["id_last4"].endswith(number.tail[-4:]):
            draft.hold(
                label, Problem("与档案号登记的身份证号不一致", "请核对档案号"), draft.shown["id_number"]
            )
        name = draft.cells.get("name")
        if name is not None and name != person["name"]:
            reason = f"这个身份证号登记的姓名是“{person['name']}”"
            draft.hold("姓名", Problem(reason, "请核对姓名或身份证号"), draft.shown["name"])
        return person

    def _phone_problem(self, draft: Draft, person: Image) -> Problem | None:
        """Another phone than the registered one is not taken over in passing."""
        mobile, last4 = draft.cells.get("mobile"), person["mobile_last4"]
        if isinstance(mobile, Masked):
            is_told = bool(last4) and last4.endswith(mobile.tail[-4:])
            return None if is_told else Problem("号码被遮住", "请填写完整的手机号，或留空")
        if mobile is None:
            return None
        known, is_new = self._phone(person), person["pk"] in self.new_persons
        if known is not None and known != mobile:
            own = another_phone(str(mobile), last4)
            reason = own if last4 and not is_new else "与表里此人另一行的手机号不同"
            return Problem(reason, "请核对；要换手机号的到会员页面修改，并把这一格留空")
        if known is None and is_new and person["pk"] not in self.fresh:
            return Problem("表里此人前面的一行没有写手机号", "请写在此人的第一行，并把这一格留空")
        return None

    def _phone(self, person: Image) -> str | None:
        """The phone of the register, else the one that another row of the file gives."""
        envelope = person["mobile"] or self.given_phones.get(person["pk"])
        return (
            str(open_sealed(_kept_bytes(envelope), context(person["uuid"], "mobile"))) if envelope else None
        )

    def _hold_person(self, draft: Draft, number: Any, label: str) -> None:
        if isinstance(number, Masked):
            draft.hold(
                label, Problem("号码被遮住，又没有档案号", "请填写完整的身份证号"), draft.shown["id_number"]
            )
        elif isinstance(number, str) and keyed_hash(number) in self.elsewhere_hashes:
            draft.say(label, ELSEWHERE)
        elif isinstance(number, str) and draft.cells.get("name") is None:
            draft.hold("姓名", Problem("没有填写", "此人第一次登记，请补上姓名"))
        elif number is None and _record(draft) is not None:
            draft.hold(
                "档案号", Problem("登记册里没有这个档案号", "请照导出的表格填写，或填写完整的身份证号")
            )

    def _leader(self, draft: Draft, programme: int) -> int | None:
        """Who books for the worker: a leader of this programme, known by ID number."""
        number = draft.cells.get("crew_leader")
        if not isinstance(number, str):
            return None
        leader = self.persons.get(keyed_hash(number))
        if leader is None or (programme, leader["pk"]) not in self.leaders:
            remedy = "请先登记班组长，并在“班组长”一列填“是”；在同一张表里的，请放在前面"
            draft.hold(self.label_of("crew_leader_id"), Problem("不是这个项目的班组长", remedy))
            return None
        return int(leader["pk"])

    # --- the register

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        fields = (*self.fields, "employer__name", "crew_leader__id_last4")
        found: Iterable[Image] = rows.annotate(last_meal=Subquery(_LAST_MEAL)).values(*fields, "last_meal")
        return found

    def decide_changed(self, draft: Draft, current: Image) -> None:
        until, last = draft.image.get("valid_to"), current["last_meal"]
        if until is not None and until != current["valid_to"] and last is not None and last >= until:
            own = Enrolment.objects.visible_to(self.actor).filter(pk=current["id"])
            tell_late_meals(
                draft, "valid_to", of_workers(own, until, current["valid_to"]), self.label_of("valid_to")
            )
        super().decide_changed(draft, current)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        person = self._person(draft)
        if person is not None and (problem := self._phone_problem(draft, person)):
            yield "mobile", problem
        since, until = image.get("valid_from"), image.get("valid_to")
        if since is None:
            return
        programme = self._programme(draft)
        if programme and programme["ended_on"] is not None and since > programme["ended_on"]:
            yield "valid_from", Problem(f"项目已于 {programme['ended_on']} 结束", "请核对日期")
        if until is not None and until <= since:
            yield "valid_to", Problem("不晚于起始日期", "请核对两个日期")
        if image.get("crew_leader_id") is not None and image["crew_leader_id"] == image.get("person_id"):
            yield "crew_leader", Problem("是本人", "班组长自己的这一格请留空")
        spans = self.spans.get((image.get("programme_id", 0), image.get("person_id", 0)), {})
        for number, span in spans.items():
            if number != image.get("id") and _overlap((since, until), span):
                reason = f"与此人 {span[0]} 起的登记时间重叠"
                yield "valid_from", Problem(reason, "请先导入那一段的终止日期，再导入新的一段")

    def extend(self, draft: Draft, current: Image | None) -> None:
        row = {"valid_to": None, **(current or {}), **draft.row}
        self._span(row)
        person = self.new_persons.get(row["person_id"])
        if person is not None:
            draft.add[Person._meta.db_table] = [person]
        self._give_phone(draft, person)

    def _give_phone(self, draft: Draft, planned: Image | None) -> None:
        """Write down the phone of who has none: with a new person, or as a change of a known one."""
        mobile, person = draft.cells.get("mobile"), self._person(draft)
        if not isinstance(mobile, str) or person is None or person["mobile"]:
            return
        envelope = sealed(person["uuid"], "mobile", mobile)
        phone = {"mobile": envelope, "mobile_last4": mobile[-4:]}
        if planned is not None:
            planned.update(phone)
            person.update(phone)
            return
        self.given_phones.setdefault(person["pk"], envelope)
        draft.edit[Person._meta.db_table] = [{"id": person["pk"], "version": person["version"], **phone}]
        draft.changes["手机号"] = [None, draft.shown["mobile"]]

    def old(self, column: Any, name: str, current: Image) -> str | None:
        if name == "employer_id":
            name = "employer__name"
        if name == "crew_leader_id":
            last4 = current["crew_leader__id_last4"]
            return f"{'*' * 14}{last4}" if last4 else None
        return super().old(column, name, current)


def _known(rows: QuerySet[Person], **wanted: Any) -> list[Image]:
    fields = ("pk", "uuid", "name", "id_hash", "id_last4", "mobile", "mobile_last4", "version")
    found = rows.filter(**wanted).values(*fields)
    return [{**row, "id_hash": bytes(row["id_hash"])} for row in found]


def _kept_bytes(value: Any) -> bytes:
    """Bytes, also as the stored plan keeps them."""
    return bytes.fromhex(value.removeprefix("\\x")) if isinstance(value, str) else bytes(value)


def _record(draft: Draft) -> str | None:
    """The number of the person's file, as an export gave it."""
    try:
        return str(uuid.UUID(draft.cells["record"]))
    except (KeyError, ValueError):
        return None


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _overlap(one: Span, other: Span) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])
