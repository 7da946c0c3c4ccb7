"""The pages of members."""

from typing import Any

from core.rights import Right
from core.screens import Related, Screen, Verb
from members import actions, forms, transferring
from members.filters import MemberFilter, TransferFilter
from members.models import MemberGroupTag, Membership, Person, TransferRequest
from members.resources import INWARD, MEMBERS, OUTWARD, TRANSFERS, WITHIN, member_rows
from unions.screens import UNION_SCREEN


def _memberships(row: Person, account: Any) -> Any:
    return Membership.objects.visible_to(account).filter(person=row).select_related("union")


def _tags(row: Person, account: Any) -> Any:
    return MemberGroupTag.objects.visible_to(account).filter(person=row)


def _has_membership(row: Person) -> bool:
    return row.memberships.filter(valid_to__isnull=True).exists()


MEMBER_SCREEN = Screen(
    resource=MEMBERS,
    filterset=MemberFilter,
    right=Right.EDIT_MEMBERS,
    noun="的会员",
    form=forms.MemberForm,
    change_form=forms.MemberChangeForm,
    create=actions.admit_member,
    change=actions.change_member,
    archive=actions.archive_member,
    create_label="登记入会",
    empty="这里列出实名会员。可以逐个登记，也可以把现成的会员表格导入。",
    list_template="members/list.html",
    detail_template="members/detail.html",
    verbs=(
        Verb(
            "transfer",
            "转会",
            actions.transfer_member,
            Right.EDIT_MEMBERS,
            form=forms.TransferForm,
            applies=_has_membership,
        ),
        Verb(
            "retain",
            "保留会籍",
            actions.retain_membership,
            Right.EDIT_MEMBERS,
            form=forms.RetainForm,
            applies=_has_membership,
        ),
        Verb(
            "end",
            "终止会籍",
            actions.end_membership,
            Right.EDIT_MEMBERS,
            form=forms.EndForm,
            applies=_has_membership,
            is_danger=True,
        ),
        Verb("tag", "添加群体标签", actions.tag_member, Right.EDIT_MEMBERS, form=forms.TagForm),
        Verb("untag", "终止群体标签", actions.untag_member, Right.EDIT_MEMBERS, form=forms.UntagForm),
    ),
    context=lambda row, account: {"can_reveal": account.can(Right.REVEAL)},
    related=(
        Related(
            "会籍",
            ("工会", "状态", "起始日期", "起始变动", "终止日期", "终止变动"),
            _memberships,
            lambda row: (
                row.union.name,
                row.get_state_display(),
                row.valid_from,
                row.get_began_by_display(),
                row.valid_to,
                row.get_ended_by_display(),
            ),
            "没有会籍记录。",
            url=lambda row: UNION_SCREEN.url("detail", row.union_id),
        ),
        Related(
            "群体标签",
            ("群体", "起始日期", "终止日期", "依据"),
            _tags,
            lambda row: (row.get_group_display(), row.valid_from, row.valid_to, row.evidence),
            "没有群体标签。",
            verb="tag",
        ),
    ),
)


def _is_to_answer(row: Any) -> bool:
    return row.is_open and row.direction in (OUTWARD, WITHIN)


def _own_record(row: TransferRequest, account: Any) -> Any:
    return member_rows(account).filter(id_hash=bytes(row.person_hash))


TRANSFER_SCREEN = Screen(
    resource=TRANSFERS,
    filterset=TransferFilter,
    right=Right.EDIT_MEMBERS,
    noun="的会籍转接",
    form=forms.RequestForm,
    create=transferring.request_transfer,
    create_label="申请转入",
    empty="会员从别的县转来时，在这里向对方工会申请。对方同意后，会籍在同一天转过来。",
    order=("-pk",),
    verbs=(
        Verb(
            "accept",
            "同意转出",
            transferring.accept_transfer,
            Right.EDIT_MEMBERS,
            note="此人在本工会的会籍到申请的转会日期为止，同一天在对方工会开始。群体标签一并转去。",
            applies=_is_to_answer,
        ),
        Verb(
            "refuse",
            "不同意转出",
            transferring.refuse_transfer,
            Right.EDIT_MEMBERS,
            form=forms.RefuseForm,
            applies=_is_to_answer,
            is_danger=True,
        ),
        Verb(
            "withdraw",
            "撤回申请",
            transferring.withdraw_transfer,
            Right.EDIT_MEMBERS,
            applies=lambda row: row.is_open and row.direction in (INWARD, WITHIN),
        ),
    ),
    related=(
        Related(
            "这个人的登记",
            ("姓名", "证件号", "所在工会", "入会日期"),
            _own_record,
            lambda row: (
                row.name,
                row.id_masked,
                row.membership.union.name if row.membership else "",
                row.membership.valid_from if row.membership else None,
            ),
            "这个人的登记不在您的管辖范围内。",
            url=lambda row: MEMBER_SCREEN.url("detail", row.pk),
        ),
    ),
)
