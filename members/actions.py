"""What can be done to members. Every change of membership is a dated spell; nothing is overwritten."""

from datetime import date
from typing import Any

from django.utils import timezone

from core import checks
from core.actions import Refused, action, change, save_new
from core.crypto import keyed_hash
from core.elsewhere import held_out_of_sight
from core.pinyin import sort_key
from core.rights import Right
from members.models import (
    ChangeReason,
    MemberGroupTag,
    Membership,
    MembershipChange,
    MembershipState,
    Person,
)
from members.persons import checked, new_person, seal_mobile
from unions.models import Account, Employer, Union

ELSEWHERE = "此人已在本工会管辖范围以外登记会籍，请在“会籍转接”中申请转入，不能在这里登记。"


def checked_number(text: str) -> str:
    """The ID number as it is kept, or a refusal that says what is wrong with it."""
    number = checked(checks.id_number, text, "id_number")
    if number is None:
        raise Refused("请填写身份证号。", field="id_number")
    return str(number)


@action("members.admit", label="入会", right=Right.EDIT_MEMBERS)
def admit_member(
    *,
    by: Account,
    union: Union,
    name: str,
    id_number: str,
    joined_on: date,
    mobile: str | None = None,
    employer: Employer | None = None,
    groups: list[str] | tuple[str, ...] = (),
    evidence: str = "",
    **values: Any,
) -> Person:
    """A new member, or a person whose former membership ended. Sex and birth date follow the ID number."""
    number = checked_number(id_number)
    phone = checked(checks.mobile_phone, mobile, "mobile")
    _require_age(number, joined_on)
    hashed = keyed_hash(number)
    if held_out_of_sight(Person, "id_hash", [hashed], by):
        raise Refused(ELSEWHERE, field="id_number")
    person = Person.objects.select_for_update().filter(id_hash=hashed).first()
    if person is None:
        person = new_person(union, name, number, phone, employer=employer, **values)
    else:
        _return_of(person, union, name)
    save_new(Membership(**union.stamp(), person=person, valid_from=joined_on))
    for group in groups:
        _tag(person, group, joined_on, evidence)
    return person


def _require_age(number: str, joined_on: date) -> None:
    try:
        checks.require_working_age(checks.birth_date_of(number), joined_on)
    except checks.Problem as problem:
        raise Refused(f"{problem.reason}。{problem.remedy}。", field="joined_on") from problem


def _return_of(person: Person, union: Union, name: str) -> None:
    open_spell = (
        Membership.objects.filter(person=person, valid_to__isnull=True).select_related("union").first()
    )
    if open_spell is not None:
        raise Refused(
            f"此人已是“{open_spell.union}”的会员。要换工会请在其页面上办理“转会”。", field="id_number"
        )
    if person.name != name:
        raise Refused(
            f"这个身份证号登记的姓名是“{person.name}”，与填写的不同。请核对姓名或身份证号。", field="name"
        )
    if not change(person, union_id=union.pk, county_id=union.county_id, archived_at=None):
        _touch(person)


@action("members.change", label="修改会员", right=Right.EDIT_MEMBERS, target="row")
def change_member(*, by: Account, row: Person, mobile: str | None = None, **values: Any) -> Person:
    """Correct a member's data. An empty mobile keeps the stored one, which is never shown in full."""
    if "name" in values:
        values["name_sort"] = sort_key(values["name"])
    phone = checked(checks.mobile_phone, mobile, "mobile")
    if phone:
        seal_mobile(row, phone)
        row.save(update_fields=["mobile", "mobile_last4"])
    if not change(row, **values) and phone:
        row.version += 1
        row.save(update_fields=["version"])
    return row


def _touch(person: Person) -> None:
    """A person whose membership or groups have changed is another one than somebody, or an import, has read."""
    person.version += 1
    person.save(update_fields=["version"])


def _open_spell(person: Person) -> Membership:
    spell = Membership.objects.select_for_update().filter(person=person, valid_to__isnull=True).first()
    if spell is None:
        raise Refused("此人现在没有会籍。")
    return spell


def close_spell(spell: Membership, on: date, how: str, reason: str) -> None:
    """End a membership on a day after it began."""
    if on <= spell.valid_from:
        raise Refused(f"日期必须晚于本段会籍的起始日期 {spell.valid_from}。", field="on")
    change(spell, valid_to=on, ended_by=how, ended_reason=reason)


def begin_spell(
    person: Person, place: dict[str, Any], on: date, how: str, reason: str, state: str
) -> Membership:
    """Begin a membership of a union (`place`)."""
    spell = Membership(**place, person=person, valid_from=on, began_by=how, began_reason=reason, state=state)
    save_new(spell)
    return spell


@action("members.transfer", label="转会", right=Right.EDIT_MEMBERS, target="row")
def transfer_member(
    *, by: Account, row: Person, union: Union, on: date, change_reason: str = ChangeReason.EMPLOYMENT_CHANGED
) -> Person:
    """Move a member to another union of the actor's scope; both sides change on the same day."""
    spell = _open_spell(row)
    if spell.union_id == union.pk:
        raise Refused("此人已在这个工会。", field="union")
    close_spell(spell, on, MembershipChange.TRANSFER_OUT, change_reason)
    begin_spell(row, union.stamp(), on, MembershipChange.TRANSFER_IN, change_reason, spell.state)
    for tag in MemberGroupTag.objects.filter(person=row, valid_to__isnull=True):
        change(tag, union_id=union.pk, county_id=union.county_id)
    change(row, union_id=union.pk, county_id=union.county_id)
    return row


@action("members.end", label="终止会籍", right=Right.EDIT_MEMBERS, target="row")
def end_membership(*, by: Account, row: Person, on: date, how: str, change_reason: str = "") -> Person:
    """The member leaves or is expelled."""
    if how not in (MembershipChange.LEAVE, MembershipChange.EXPEL, MembershipChange.TRANSFER_OUT):
        raise Refused("请选择退会、除名或转出。", field="how")
    close_spell(_open_spell(row), on, how, change_reason)
    for tag in MemberGroupTag.objects.filter(person=row, valid_to__isnull=True, valid_from__lt=on):
        change(tag, valid_to=on)
    _touch(row)
    return row


@action("members.retain", label="保留会籍", right=Right.EDIT_MEMBERS, target="row")
def retain_membership(*, by: Account, row: Person, on: date, change_reason: str = "") -> Person:
    """Retired or unemployed: the membership is kept but counts in no rate."""
    spell = _open_spell(row)
    if spell.state == MembershipState.RETAINED:
        raise Refused("此人的会籍已经是保留状态。")
    close_spell(spell, on, MembershipChange.RETAIN, change_reason)
    place = {"union_id": spell.union_id, "county_id": spell.county_id}
    begin_spell(row, place, on, MembershipChange.RETAIN, change_reason, MembershipState.RETAINED)
    _touch(row)
    return row


def _tag(person: Person, group: str, valid_from: date, evidence: str) -> MemberGroupTag:
    tag = MemberGroupTag(
        union_id=person.union_id,
        county_id=person.county_id,
        person=person,
        group=group,
        valid_from=valid_from,
        evidence=evidence,
    )
    save_new(tag)
    return tag


@action("members.tag", label="添加群体标签", right=Right.EDIT_MEMBERS, target="row")
def tag_member(*, by: Account, row: Person, group: str, valid_from: date, evidence: str) -> Person:
    _tag(row, group, valid_from, evidence)
    _touch(row)
    return row


@action("members.untag", label="终止群体标签", right=Right.EDIT_MEMBERS, target="row")
def untag_member(*, by: Account, row: Person, group: str, valid_to: date) -> Person:
    tag = MemberGroupTag.objects.filter(person=row, group=group, valid_to__isnull=True).first()
    if tag is None:
        raise Refused("此人现在没有这个群体标签。", field="group")
    change(tag, valid_to=valid_to)
    _touch(row)
    return row


@action("members.archive", label="归档会员", right=Right.EDIT_MEMBERS, target="row")
def archive_member(*, by: Account, row: Person) -> Person:
    if Membership.objects.filter(person=row, valid_to__isnull=True).exists():
        raise Refused("此人还有会籍。请先办理终止会籍，再归档。")
    change(row, archived_at=timezone.now())
    return row


@action("members.reveal", label="查看完整证件号", right=Right.REVEAL, target="row")
def reveal_id_number(*, by: Account, row: Person) -> str:
    """The full ID number, for a reason that the audit entry keeps."""
    return str(Person._meta.get_field("id_number").unseal(row))
