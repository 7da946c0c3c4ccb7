"""What check-in on a phone stands on: the shops' phones, the workers' cards, and the scans that were no meal."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cases.models.meals import MealChannel
from cases.models.programmes import Enrolment, Programme
from cases.models.shops import PartnerShop
from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet
from members.models import Person


class DeviceQuerySet(ScopedQuerySet["CheckInDevice"]):
    def in_use(self) -> Self:
        return self.filter(paired_at__isnull=False, revoked_at__isnull=True)


class CheckInDevice(Scoped, Versioned):
    """A shop's phone. Its key is derived from `uuid` and `epoch` and stands in no table.

    Pairing it anew raises `epoch`: what the former phone shows or signs is worth nothing from then on.
    `account` is the shop's own account, in whose name its phones act.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(
        PartnerShop, models.PROTECT, verbose_name="门店", related_name="devices", db_index=False
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="门店账号", related_name="+", editable=False
    )
    label = models.CharField("手机名称", max_length=60)
    epoch = models.PositiveIntegerField("配对次数", default=1, editable=False)
    pairing_until = models.DateTimeField("配对截止", null=True, editable=False)
    paired_at = models.DateTimeField("配对时间", null=True, editable=False)
    revoked_at = models.DateTimeField("停用时间", null=True, editable=False)

    objects: ClassVar[DeviceQuerySet] = DeviceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "门店手机"
        ordering = ["shop", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "label"],
                name="device_label_once",
                violation_error_message="这家门店已有同名手机，请换一个名称。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop} {self.label}"

    @property
    def is_in_use(self) -> bool:
        return self.paired_at is not None and self.revoked_at is None

    @property
    def can_be_paired(self) -> bool:
        """Whether a link shown now would still open."""
        waits = self.paired_at is None and self.revoked_at is None
        return waits and self.pairing_until is not None and timezone.now() <= self.pairing_until

    @property
    def state_label(self) -> str:
        if self.revoked_at is not None:
            return "已停用"
        if self.paired_at is not None:
            return "使用中"
        return "等待配对" if self.can_be_paired else "配对链接已过期"


class MealCard(Scoped, Versioned):
    """A worker's card for one programme, printed or remembered by the worker's phone.

    Renewing it raises `epoch` and changes the number: the lost card and every phone that remembered it end.
    """

    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        verbose_name="服务项目",
        related_name="cards",
        db_constraint=False,
        db_index=False,
    )
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="职工", related_name="meal_cards")
    card_no = models.CharField("卡号", max_length=10)
    epoch = models.PositiveIntegerField("换卡次数", default=1, editable=False)

    objects: ClassVar[ScopedQuerySet["MealCard"]] = ScopedQuerySet["MealCard"].as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "就餐卡"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "person"],
                name="card_once",
                violation_error_message="此人在这个项目中已有就餐卡，请换卡。",
            ),
            models.UniqueConstraint(
                fields=["programme", "card_no"],
                name="card_no_once",
                violation_error_message="卡号重复，请再试一次。",
            ),
            models.CheckConstraint(
                name="card_no_of_ten_digits",
                condition=Q(card_no__regex=r"^[0-9]{10}$"),
                violation_error_message="卡号应是10位数字。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.card_no}"


class RejectionReason(models.TextChoices):
    """Why a scan was no meal."""

    DUPLICATE = "duplicate", "当天已就餐"
    NOT_SERVED = "not_served", "门店此时不供餐"
    NOT_ENROLLED = "not_enrolled", "没有登记"
    UNKNOWN_CODE = "unknown_code", "码无效"
    EXPIRED_CODE = "expired_code", "码已过期"
    REPLACED_CARD = "replaced_card", "已换卡"
    WRONG_DIGITS = "wrong_digits", "末四位不符"
    CARD_SHARE = "card_share", "扫卡份数过多"
    TOO_LATE = "too_late", "补传超过72小时"
    CLOCK = "clock", "手机时间不准"
    NO_LEADER = "no_leader", "不是班组长"
    CLOSED_MONTH = "closed_month", "当月已结算"
    EARLIER_PAIRING = "earlier_pairing", "重新配对以前的"


class RejectedScan(Scoped):
    """A scan that became no meal, with the reason: never lost silently, never paid.

    `device` and `seq` tell which entry of which phone's queue it was; scans by a worker's own phone have none.
    """

    shop = models.ForeignKey(
        PartnerShop, models.PROTECT, verbose_name="门店", related_name="rejected_scans", db_index=False
    )
    device = models.ForeignKey(
        CheckInDevice,
        models.PROTECT,
        null=True,
        verbose_name="门店手机",
        related_name="rejected_scans",
        db_index=False,
        db_constraint=False,
    )
    seq = models.PositiveBigIntegerField("手机序号", null=True)
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, null=True, verbose_name="登记职工", related_name="rejected_scans"
    )
    worker = models.CharField("职工", max_length=60, blank=True)
    channel = models.CharField("登记方式", max_length=12, choices=MealChannel.choices)
    reason = models.CharField("原因", max_length=16, choices=RejectionReason.choices)
    sentence = models.CharField("说明", max_length=200)
    scanned_at = models.DateTimeField("扫码时间")
    received_at = models.DateTimeField("收到时间", default=timezone.now)
    browser = models.CharField("浏览器", max_length=16, blank=True, editable=False, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "未成功的打卡"
        ordering = ["-scanned_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "seq"],
                name="rejected_entry_once",
                violation_error_message="手机的同一条记录只能收一次。",
            ),
            models.CheckConstraint(
                name="rejected_reason_known",
                condition=Q(reason__in=RejectionReason.values),
                violation_error_message="请写明未成功的原因。",
            ),
        ]
        indexes = [models.Index(fields=["shop", "scanned_at"], name="rejected_shop_moment")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.worker}".strip()
