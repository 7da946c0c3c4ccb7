"""Transfers between unions that do not see each other: asked by one side, answered by the other.

What the asking side learns is the answer. Acceptance is the one place where a write opens the counties of both
sides: it ends the membership here and begins it there on the same day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.utils import timezone

from core import scope
from core.actions import Refused, action, change
from core.crypto import keyed_hash
from core.elsewhere import held_out_of_sight
from core.rights import Right
from members.actions import begin_spell, checked_number, close_spell
from members.models import (
    ChangeReason,
    MemberGroupTag,
    Membership,
    MembershipChange,
    MembershipState,
    Person,
    TransferRequest,
    TransferState,
)
from unions.models import Account, Union


@action("members.request_transfer", label="申请转入", right=Right.EDIT_MEMBERS)
def request_transfer(
    *,
    by: Account,
    union: Union,
    name: str,
    id_number: str,
    on: date,
    change_reason: str = ChangeReason.EMPLOYMENT_CHANGED,
) -> TransferRequest:
    """Ask the union that has the person, whichever it is, for the transfer."""
    number = checked_number(id_number)
    if on > timezone.localdate():
        raise Refused("转会日期晚于今天，请核对。", field="on")
    hashed = keyed_hash(number)
    _require_elsewhere(hashed, by)
    giver_id, giver_county_id = _holder(hashed, by)
    request = TransferRequest(
        **union.stamp(),
        to_name=union.name,
        giver_id=giver_id,
        giver_county_id=giver_county_id,
        person_hash=hashed,
        name=name,
        id_last4=number[-4:],
        on=on,
        change_reason=change_reason,
    )
    request.full_clean(exclude=["giver", "giver_county"])
    request.save(force_insert=True)
    return request


def _require_elsewhere(hashed: bytes, by: Account) -> None:
    if held_out_of_sight(Person, "id_hash", [hashed], by):
        return
    if Person.objects.visible_to(by).filter(id_hash=hashed).exists():
        raise Refused("此人就在您管辖的范围内，请在会员页面办理转会。", field="id_number")
    raise Refused("这个身份证号还没有登记会籍，请直接登记入会。", field="id_number")


def _holder(hashed: bytes, by: Account) -> tuple[int, int]:
    """Union and county that have the person now: where the request goes. Kept in it and never shown."""
    scope.apply_everywhere()
    try:
        spell = Membership.objects.filter(person__id_hash=hashed, valid_to__isnull=True)
        person = Person.objects.filter(id_hash=hashed)
        places = [*spell.values_list("union_id", "county_id"), *person.values_list("union_id", "county_id")]
    finally:
        scope.apply(by)
    union_id, county_id = places[0]
    return union_id, county_id


@action("members.accept_transfer", label="同意转出", right=Right.EDIT_MEMBERS, target="row")
def accept_transfer(*, by: Account, row: TransferRequest) -> TransferRequest:
    """Let the member go: the membership ends here and begins there on the day that was asked for."""
    _require_answerable(row, by)
    own = Person.objects.visible_to(by).select_for_update(of=("self",))
    person = own.filter(id_hash=bytes(row.person_hash)).first()
    if person is None:
        raise Refused("此人现在不在您管辖的工会，不能转出。请写明情况，答复不同意。")
    with _both_sides(row, by):
        _move(person, row)
        change(row, state=TransferState.ACCEPTED, answered_on=timezone.localdate())
    return row


def _move(person: Person, row: TransferRequest) -> None:
    union, state = row.union, str(MembershipState.ACTIVE)
    spell = Membership.objects.select_for_update().filter(person=person, valid_to__isnull=True).first()
    if spell is not None:
        state = spell.state
        close_spell(spell, row.on, MembershipChange.TRANSFER_OUT, row.change_reason)
    begin_spell(person, union.stamp(), row.on, MembershipChange.TRANSFER_IN, row.change_reason, state)
    place = {"union_id": union.pk, "county_id": union.county_id}
    for tag in MemberGroupTag.objects.filter(person=person, valid_to__isnull=True):
        change(tag, **place)
    # The employer is known to the giving county only.
    is_left = person.employer is not None and person.employer.county_id != union.county_id
    change(person, **place, archived_at=None, **({"employer": None} if is_left else {}))


@action("members.refuse_transfer", label="不同意转出", right=Right.EDIT_MEMBERS, target="row")
def refuse_transfer(*, by: Account, row: TransferRequest, answer: str) -> TransferRequest:
    """Keep the member; the reason is told to the asking union."""
    _require_answerable(row, by)
    if not answer.strip():
        raise Refused("请写明不同意的理由，对方会看到。", field="answer")
    with _both_sides(row, by):
        change(row, state=TransferState.REFUSED, answer=answer.strip(), answered_on=timezone.localdate())
    return row


@action("members.withdraw_transfer", label="撤回申请", right=Right.EDIT_MEMBERS, target="row")
def withdraw_transfer(*, by: Account, row: TransferRequest) -> TransferRequest:
    """Take the request back before it is answered."""
    _require_open(row)
    if not Union.objects.visible_to(by).filter(pk=row.union_id).exists():
        raise Refused("这份申请是对方提出的，请答复同意或不同意。")
    with _both_sides(row, by):
        change(row, state=TransferState.WITHDRAWN)
    return row


def _require_open(row: TransferRequest) -> None:
    if not row.is_open:
        raise Refused(f"这份申请已经是“{row.get_state_display()}”，不能再改。")


def _require_answerable(row: TransferRequest, by: Account) -> None:
    _require_open(row)
    if not Union.objects.visible_to(by).filter(pk=row.giver_id).exists():
        raise Refused("这份申请由转出方答复，您可以撤回。")


@contextmanager
def _both_sides(row: TransferRequest, by: Account) -> Iterator[None]:
    """The counties of both sides, for the writes of an answer; a failure takes the opening back with them."""
    scope.set_counties({*by.scope_counties(), row.county_id, row.giver_county_id})
    yield
    scope.apply(by)
