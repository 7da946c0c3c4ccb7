"""The clerk's pages about check-in: the shops' phones and the scans that were no meal."""

from typing import Any

from django.db.models import QuerySet

from cases import actions
from cases.checkin.filters import CardFilter, DeviceFilter, RejectedScanFilter
from cases.checkin.forms import DeviceForm
from cases.models import CheckInDevice, MealCard, MealChannel, RejectedScan, RejectionReason
from core.resource import Column, Exposure, Kind, Resource
from core.rights import Right
from core.screens import Screen, Verb


def device_rows(account: Any) -> QuerySet[Any]:
    """Visible phones with their shops."""
    return CheckInDevice.objects.visible_to(account).select_related("shop__programme")


DEVICES = Resource(
    key="devices",
    label="门店手机",
    model=CheckInDevice,
    right=Right.EDIT_CASES,
    rows=device_rows,
    columns=(
        Column("shop", "门店", source="shop.name", sort="shop__name"),
        Column("label", "手机名称"),
        Column("programme", "服务项目", source="shop.programme.name"),
        Column("state", "状态", source="state_label"),
        Column("paired_at", "配对时间", sort="paired_at"),
        Column("revoked_at", "停用时间", in_list=False),
    ),
)


def _is_in_use(row: CheckInDevice) -> bool:
    return row.revoked_at is None


DEVICE_SCREEN = Screen(
    resource=DEVICES,
    filterset=DeviceFilter,
    right=Right.EDIT_CASES,
    noun="的门店手机",
    form=DeviceForm,
    create=actions.add_device,
    create_label="登记门店手机",
    empty="还没有门店手机。登记后用店里的手机扫一次码，就能打卡。",
    order=("shop__name", "pk"),
    detail_template="cases/device.html",
    verbs=(
        Verb(
            "renew",
            "重新配对",
            actions.renew_pairing,
            Right.EDIT_CASES,
            note="换手机、手机清空了数据或链接过期时使用。原来配对的手机立即失效；它还没有传上来的打卡先联网传完。",
        ),
        Verb(
            "revoke",
            "停用",
            actions.revoke_device,
            Right.EDIT_CASES,
            note="手机丢失或不再使用。停用后它不能再显示动态码，也不能再传打卡。",
            needs_reason=True,
            is_danger=True,
            applies=_is_in_use,
        ),
    ),
)


def card_rows(account: Any) -> QuerySet[Any]:
    """Visible cards with worker and programme."""
    return MealCard.objects.visible_to(account).select_related("person", "programme")


CARDS = Resource(
    key="meal_cards",
    label="就餐卡",
    model=MealCard,
    right=Right.EDIT_CASES,
    rows=card_rows,
    columns=(
        Column("person", "职工", kind=Kind.NAME, source="person.name", sort="person__name_sort"),
        Column("id_masked", "身份证号", source="person.id_masked", exposure=Exposure.MASKED),
        Column("programme", "服务项目", source="programme.name"),
        Column("card_no", "卡号"),
        Column("epoch", "换卡次数", kind=Kind.INTEGER, sort="epoch"),
        Column("created_at", "发卡时间", in_list=False),
    ),
)
CARD_SCREEN = Screen(
    resource=CARDS,
    filterset=CardFilter,
    right=Right.EDIT_CASES,
    noun="的就餐卡",
    empty="还没有就餐卡。在服务项目的页面上点“生成就餐卡”。",
    order=("person__name_sort", "pk"),
    list_template="cases/cards.html",
    verbs=(
        Verb(
            "renew",
            "换卡",
            actions.renew_card,
            Right.EDIT_CASES,
            note="卡或手机丢失时使用。换一个新卡号：旧卡和记住它的手机立即失效，请重新打印这张卡。",
            needs_reason=True,
        ),
    ),
)


def rejected_rows(account: Any) -> QuerySet[Any]:
    """Visible unsuccessful scans with shop and phone."""
    return RejectedScan.objects.visible_to(account).select_related("shop", "device")


REJECTED_SCANS = Resource(
    key="rejected_scans",
    label="未成功的打卡",
    model=RejectedScan,
    right=Right.EDIT_CASES,
    rows=rejected_rows,
    columns=(
        Column("scanned_at", "扫码时间", sort="scanned_at"),
        Column("shop", "门店", source="shop.name", sort="shop__name"),
        Column("worker", "职工"),
        Column("reason", "原因", kind=Kind.CHOICE, choices=tuple(RejectionReason.choices), sort="reason"),
        Column("sentence", "说明"),
        Column("channel", "登记方式", kind=Kind.CHOICE, choices=tuple(MealChannel.choices)),
        Column("device", "门店手机", source="device.label"),
        Column("received_at", "收到时间", in_list=False),
    ),
)
REJECTED_SCREEN = Screen(
    resource=REJECTED_SCANS,
    filterset=RejectedScanFilter,
    right=Right.EDIT_CASES,
    noun="的未成功的打卡",
    empty="还没有未成功的打卡。",
    order=("-scanned_at", "-pk"),
)
