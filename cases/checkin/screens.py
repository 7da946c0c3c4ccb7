"""The clerk's pages about check-in: the shops' phones, the cards, scans that were no meal or look wrong."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cases import actions
from cases.checkin.filters import AnomalyFilter, CardFilter, DeviceFilter, RejectedScanFilter
from cases.checkin.forms import DeviceForm
from cases.models import (
    AnomalyKind,
    CheckInDevice,
    MealCard,
    MealChannel,
    MealCheckIn,
    RejectedScan,
    RejectionReason,
    ScanAnomaly,
    ScanWindow,
)
from core import tables
from core.resource import Column, Exposure, Kind, Resource
from core.rights import Right
from core.screens import Related, Screen, Verb

WINDOWS_SAID = 3


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
            note="手机丢失或不再使用。停用后它不能再显示动态码，也不能再传打卡；"
            "手机还在的，先联网把没有传上来的打卡传完。",
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


def _rejected_facts(row: RejectedScan, account: Any) -> list[dict[str, Any]]:
    """The scan's columns; the worker, where he is known, and the shop can be opened."""
    links = {"门店": reverse("shops-detail", args=[row.shop_id])}
    if row.enrolment_id is not None:
        links["职工"] = reverse("enrolments-detail", args=[row.enrolment_id])
    return tables.facts(REJECTED_SCANS, row, links=links)


REJECTED_SCREEN = Screen(
    resource=REJECTED_SCANS,
    filterset=RejectedScanFilter,
    right=Right.EDIT_CASES,
    noun="的未成功的打卡",
    empty="还没有未成功的打卡。",
    order=("-scanned_at", "-pk"),
    facts=_rejected_facts,
)


def anomaly_rows(account: Any) -> QuerySet[Any]:
    """Visible suspicions with shop, phone and worker."""
    return ScanAnomaly.objects.visible_to(account).select_related(
        "union", "shop", "device", "enrolment__person"
    )


ANOMALIES = Resource(
    key="scan_anomalies",
    label="打卡异常",
    model=ScanAnomaly,
    right=Right.EDIT_CASES,
    rows=anomaly_rows,
    columns=(
        Column("day", "日期", kind=Kind.DATE, sort="day"),
        Column("kind", "异常", kind=Kind.CHOICE, choices=tuple(AnomalyKind.choices), sort="kind"),
        Column("shop", "门店", source="shop.name", sort="shop__name"),
        Column("device", "门店手机", source="device.label"),
        Column("worker", "职工", kind=Kind.NAME, source="enrolment.person.name"),
        Column("scans", "打卡次数", kind=Kind.INTEGER, sort="scans"),
        Column("workers", "职工人数", kind=Kind.INTEGER, sort="workers"),
        Column("missing", "缺号数", kind=Kind.INTEGER),
        Column("first_at", "最早"),
        Column("last_at", "最晚", in_list=False),
        Column("union", "所属工会", source="union.name"),
    ),
)


def _to_the_second(moment: datetime) -> str:
    """Whether two scans are too close, only seconds tell."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _meals_behind(row: ScanAnomaly, account: Any) -> QuerySet[Any]:
    meals = MealCheckIn.objects.visible_to(account).filter(pk__in=row.meals)
    rows = meals.select_related("shop", "device", "enrolment").prefetch_related("enrolment__person")
    return rows.order_by("served_at", "pk")


def _rejected_behind(row: ScanAnomaly, account: Any) -> QuerySet[Any]:
    return rejected_rows(account).filter(pk__in=row.rejected).order_by("scanned_at", "pk")


def _windows(account: Any) -> dict[str, Any]:
    """Which days of which programme were looked at, the latest first; above a county only the first few."""
    rows = ScanWindow.objects.visible_to(account).filter(programme__archived_at=None)
    windows = list(rows.select_related("programme")[: WINDOWS_SAID + 1])
    return {"windows": windows[:WINDOWS_SAID], "are_more": len(windows) > WINDOWS_SAID}


ANOMALY_SCREEN = Screen(
    resource=ANOMALIES,
    filterset=AnomalyFilter,
    list_template="cases/anomalies.html",
    list_context=_windows,
    right=Right.EDIT_CASES,
    noun="的打卡异常",
    empty="这段时间没有打卡异常。",
    order=("-day", "-pk"),
    related=(
        Related(
            "登记了的",
            ("扫码时间", "职工", "门店", "登记方式", "门店手机", "手机序号"),
            _meals_behind,
            lambda row: (
                _to_the_second(row.served_at),
                str(row.enrolment),
                row.shop.name,
                row.get_channel_display(),
                row.device.label,
                row.device_seq,
            ),
            "没有登记成功的。",
            url=lambda row: reverse("meals-detail", args=[row.pk]),
        ),
        Related(
            "未成功的",
            ("扫码时间", "职工", "门店", "登记方式", "原因", "说明"),
            _rejected_behind,
            lambda row: (
                _to_the_second(row.scanned_at),
                row.worker,
                row.shop.name,
                row.get_channel_display(),
                row.get_reason_display(),
                row.sentence,
            ),
            "没有未成功的。",
            url=lambda row: reverse("rejected_scans-detail", args=[row.pk]),
        ),
    ),
)
