"""Who may use a programme: members, workers without membership, their crews."""

from datetime import date
from typing import Any

from django.db.models import F, Q

from cases.actions.shared import held, place_of, require_current
from cases.late_meals import of_workers, require_unsettled
from cases.models import Enrolment, Programme
from core import checks
from core.actions import Refused, action, change, save_new
from core.crypto import keyed_hash
from core.elsewhere import held_out_of_sight
from core.rights import Right
from members.models import Person
from members.persons import checked, new_person, seal_mobile
from unions.models import Account, Employer

ELSEWHERE = "此人已由本工会管辖范围以外的工会登记，不能在这里登记。请联系上级工会核实。"


@action("cases.enrol", label="登记职工", right=Right.EDIT_CASES)
def enrol(
    *,
    by: Account,
    programme: Programme,
    person: Person,
    valid_from: date,
    office: str = "",
    valid_to: date | None = None,
    employer: Employer | None = None,
    is_crew_leader: bool = False,
    crew_leader: Person | None = None,
) -> Enrolment:
    """The worker may use the programme from `valid_from` until before `valid_to`."""
    return _enrolled(
        held(programme),
        person,
        valid_from=valid_from,
        valid_to=valid_to,
        office=office,
        employer=employer,
        is_crew_leader=is_crew_leader,
        crew_leader=crew_leader,
    )


@action("cases.enrol_by_id", label="按身份证号登记职工", right=Right.EDIT_CASES)
def enrol_by_id(
    *,
    by: Account,
    programme: Programme,
    name: str,
    id_number: str,
    valid_from: date,
    mobile: str | None = None,
    **values: Any,
) -> Enrolment:
    """A worker by ID number: the person of the register, else one who is registered without membership."""
    programme = held(programme)
    number = checked(checks.id_number, id_number, "id_number")
    if number is None:
        raise Refused("请填写身份证号。", field="id_number")
    phone = checked(checks.mobile_phone, mobile, "mobile")
    hashed = keyed_hash(number)
    if held_out_of_sight(Person, "id_hash", [hashed], by):
        raise Refused(ELSEWHERE, field="id_number")
    person = Person.objects.select_for_update().filter(id_hash=hashed).first()
    if person is None:
        person = new_person(programme.union, name, number, phone, employer=values.get("employer"))
    elif person.name != name:
        raise Refused(
            f"这个身份证号登记的姓名是“{person.name}”，与填写的不同。请核对姓名或身份证号。", field="name"
        )
    else:
        _give_phone(person, phone)
    return _enrolled(programme, person, valid_from=valid_from, **values)


def _give_phone(person: Person, phone: str | None) -> None:
    """The phone that was given, for who has none in the register; another one is not taken over in passing."""
    if phone is None:
        return
    sealed: Any = Person._meta.get_field("mobile")
    known = sealed.unseal(person)
    if not known:
        seal_mobile(person, phone)
        person.version += 1
        person.save(update_fields=["mobile", "mobile_last4", "version"])
    elif known != phone:
        raise Refused(
            f"{another_phone(phone, person.mobile_last4)}。请到会员页面修改，或在这里不填。", field="mobile"
        )


def another_phone(given: str, last4: str) -> str:
    """That the register has another one, and what may be told of it."""
    tail = "尾号相同，前面的数字不同" if given.endswith(last4) else f"尾号是 {last4}"
    return f"与名册里登记的手机号不同（名册的{tail}）"


def _enrolled(programme: Programme, person: Person, *, office: str = "", **values: Any) -> Enrolment:
    require_current(programme)
    if programme.ended_on is not None and values["valid_from"] > programme.ended_on:
        raise Refused(f"项目已于 {programme.ended_on} 结束。", field="valid_from")
    _require_leader(programme, values.get("crew_leader"), person.pk)
    enrolment = Enrolment(
        **place_of(programme), programme=programme, person=person, office=office.strip(), **values
    )
    save_new(enrolment)
    return enrolment


def _require_leader(programme: Programme, leader: Person | None, worker: int) -> None:
    """Who books for others is enrolled here as a crew's leader."""
    if leader is None:
        return
    if leader.pk == worker:
        raise Refused("不能把本人登记为自己的班组长。", field="crew_leader")
    leaders = Enrolment.objects.open().filter(programme=programme, is_crew_leader=True)
    if not leaders.filter(person=leader).exists():
        raise Refused(
            f"{leader}还没有登记为这个项目的班组长。请先在他的登记里选上“班组长”。", field="crew_leader"
        )


@action("cases.change_enrolment", label="修改登记", right=Right.EDIT_CASES, target="row")
def change_enrolment(*, by: Account, row: Enrolment, **values: Any) -> Enrolment:
    """Office, employer and crew; the days are changed by ending and enrolling again."""
    programme = held(row.programme)
    if "crew_leader" in values and values["crew_leader"] != row.crew_leader:
        _require_leader(programme, values["crew_leader"], row.person_id)
    if "office" in values:
        values["office"] = values["office"].strip()
    if row.is_crew_leader and not values.get("is_crew_leader", True):
        crew = Enrolment.objects.open().filter(programme=programme, crew_leader=row.person_id).count()
        if crew:
            raise Refused(f"还有 {crew} 名职工由其代为登记，请先给他们换班组长。", field="is_crew_leader")
    change(row, **values)
    return row


@action("cases.end_enrolment", label="终止登记", right=Right.EDIT_CASES)
def end_enrolment(*, by: Account, programme: Programme, person: Person, valid_to: date) -> Enrolment:
    """The true day, also where meals were recorded after it (`late_meals`)."""
    enrolment: Enrolment | None = (
        Enrolment.objects.open().select_for_update().filter(programme=programme, person=person).first()
    )
    if enrolment is None:
        raise Refused("此人现在没有登记在这个项目中。", field="person")
    require_unsettled(of_workers(Enrolment.objects.filter(pk=enrolment.pk), valid_to), "valid_to")
    change(enrolment, valid_to=valid_to)
    return enrolment


@action("cases.end_enrolments", label="批量终止登记", right=Right.EDIT_CASES, target="row")
def end_enrolments(
    *, by: Account, row: Programme, valid_to: date, office: str = "", employer: Employer | None = None
) -> Programme:
    """End everybody of an office or an employer at once: all of them, or nobody."""
    office = office.strip()
    if not office and employer is None:
        raise Refused("请写明哪个街道（镇）或哪家单位的职工。", field="office")
    wanted = Q(office=office) if office else Q()
    wanted &= Q(employer=employer) if employer is not None else Q()
    rows = Enrolment.objects.open().filter(wanted, programme=row)
    chosen = list(rows.select_for_update().values_list("pk", "valid_from"))
    if not chosen:
        raise Refused("没有符合条件的在册职工。", field="office")
    if any(start >= valid_to for _, start in chosen):
        raise Refused("其中有职工在这一天或之后才开始，终止日期必须晚于起始日期。", field="valid_to")
    ended = Enrolment.objects.filter(pk__in=[pk for pk, _ in chosen])
    require_unsettled(of_workers(ended, valid_to), "valid_to")
    ended.update(valid_to=valid_to, version=F("version") + 1)
    return row
