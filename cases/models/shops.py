"""Shops that serve a programme's meals: application, inspections, contracts, days without service."""

import secrets
from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Left, Replace

from cases.models.base import DatedQuerySet
from cases.models.programmes import Programme
from core.models import StoredFile, Versioned
from core.scope import Scoped
from unions.models.employers import Dated, span

DOOR_LENGTH = 12


def new_door_code() -> str:
    """What stands on the shop's poster: short, and not to be guessed from another shop's."""
    return secrets.token_hex(DOOR_LENGTH // 2)


class ShopStage(models.TextChoices):
    """The last step the union took with a shop; what holds on a day follows from contracts and pauses."""

    APPLIED = "applied", "已申请"
    INSPECTED = "inspected", "验收合格"
    CONTRACTED = "contracted", "已签约"
    ENDED = "ended", "已终止"
    REFUSED = "refused", "未通过"


class ShopQuerySet(DatedQuerySet):
    """Shops by what holds on a day. `on` and `open` speak of contracts."""

    def on(self, day: date) -> Self:
        """Under contract on a day, whether or not it pauses."""
        contracts = ShopContract.objects.on(day).filter(shop=OuterRef("pk"))
        return self.active().filter(Exists(contracts))

    def open(self) -> Self:
        """With a contract whose end is not known."""
        return self.active().filter(Exists(ShopContract.objects.open().filter(shop=OuterRef("pk"))))

    def serving_on(self, day: date) -> Self:
        """Under contract on a day and not paused."""
        return self.on(day).filter(~Exists(ShopPause.objects.on(day).filter(shop=OuterRef("pk"))))


class PartnerShop(Scoped, Versioned):
    """A shop that serves a programme's meals, from its application to the end of its last contract."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="服务项目", related_name="shops", db_index=False
    )
    name = models.CharField("门店名称", max_length=120)
    office = models.CharField("所在街道（镇）", max_length=60, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=6, null=True, blank=True)
    contact_post = models.CharField("联系岗位", max_length=60, blank=True)
    phone = models.CharField("门店电话", max_length=20, blank=True)
    serves_from = models.TimeField("供餐开始", null=True, blank=True)
    serves_until = models.TimeField("供餐结束", null=True, blank=True)
    stage = models.CharField("阶段", max_length=10, choices=ShopStage.choices, default=ShopStage.APPLIED)
    applied_on = models.DateField("申请日期", null=True, blank=True)
    refusal = models.CharField("未通过原因", max_length=500, blank=True)
    door_code = models.CharField(
        "门店码",
        max_length=DOOR_LENGTH,
        unique=True,
        editable=False,
        default=new_door_code,
        db_default=Left(Replace(Cast(RandomUUID(), models.CharField()), Value("-"), Value("")), DOOR_LENGTH),
        error_messages={"unique": "这个门店码已有门店使用。"},
    )

    objects: ClassVar[ShopQuerySet] = ShopQuerySet.as_manager()  # type: ignore[assignment]
    # Rows whose changes belong to the shop's own life (`core.timeline`).
    told_with: ClassVar[tuple[str, ...]] = ("contracts",)

    class Meta:
        verbose_name = verbose_name_plural = "爱心门店"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "name"],
                name="shop_once",
                violation_error_message="这个项目已有同名门店。",
            ),
            models.CheckConstraint(
                name="shop_stage_known",
                condition=Q(stage__in=ShopStage.values),
                violation_error_message="请选择门店的阶段。",
            ),
            models.CheckConstraint(
                name="shop_refusal_explained",
                condition=Q(stage="refused") ^ Q(refusal=""),
                violation_error_message="申请未通过的门店要写明原因；其他门店不写。",
            ),
            models.CheckConstraint(
                name="shop_on_the_map",
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__isnull=False, latitude__isnull=False)
                & Q(longitude__range=(73, 136), latitude__range=(3, 54)),
                violation_error_message="经度和纬度要一起填写，并且在中国境内（经度73至136，纬度3至54）。",
            ),
            models.CheckConstraint(
                name="shop_hours_in_order",
                condition=Q(serves_from__isnull=True, serves_until__isnull=True)
                | Q(serves_from__isnull=False, serves_until__isnull=False, serves_until__gt=F("serves_from")),
                violation_error_message="供餐开始和结束要一起填写，结束要晚于开始。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def newest_contract(self) -> "ShopContract | None":
        """The contract that begins last."""
        return self.contracts.filter(archived_at__isnull=True).order_by("valid_from").last()

    @property
    def longitude_words(self) -> str:
        """With all its decimals: two of them would be a kilometre."""
        return "" if self.longitude is None else f"{self.longitude:.6f}"

    @property
    def latitude_words(self) -> str:
        return "" if self.latitude is None else f"{self.latitude:.6f}"

    @property
    def opens(self) -> str:
        """The shop's own hours, as people write them."""
        return f"{self.serves_from:%H:%M}" if self.serves_from else ""

    @property
    def closes(self) -> str:
        return f"{self.serves_until:%H:%M}" if self.serves_until else ""


class ShopInspection(Scoped, Versioned):
    """A visit to a shop that wants to serve, or serves, and what was found."""

    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="inspections")
    inspected_on = models.DateField("检查日期")
    passed = models.BooleanField("合格")
    findings = models.CharField("检查情况", max_length=1000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "门店检查"
        ordering = ["-inspected_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="inspection_failure_explained",
                condition=Q(passed=True) | ~Q(findings=""),
                violation_error_message="检查不合格的，要写明情况。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.inspected_on} {'合格' if self.passed else '不合格'}"


class ShopContract(Scoped, Versioned, Dated):
    """A shop serves from `valid_from` until before `valid_to`, and takes `discount` off each meal."""

    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="contracts")
    contract_no = models.CharField("合同编号", max_length=60, blank=True)
    discount = models.DecimalField(
        "每份让利（元）",
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="合同文件", related_name="+"
    )
    is_told_alone = True

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "门店合同"
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                name="contract_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="合同终止日期必须晚于起始日期。",
            ),
            models.CheckConstraint(
                name="contract_discount_not_negative",
                condition=Q(discount__isnull=True) | Q(discount__gte=0),
                violation_error_message="每份让利不能是负数。",
            ),
            ExclusionConstraint(
                name="contract_no_overlap",
                expressions=[("shop", RangeOperators.EQUAL), (span(), RangeOperators.OVERLAPS)],
                violation_error_message="这家门店在这段时间已有合同，请核对日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_no or '合同'} {self.valid_from}"


class PauseKind(models.TextChoices):
    PAUSE = "pause", "停供日"
    SUSPENSION = "suspension", "暂停资格"


class ShopPause(Scoped, Versioned, Dated):
    """Days on which a contracted shop does not serve: it closes, or the union suspends it until lifted."""

    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="pauses")
    kind = models.CharField("种类", max_length=10, choices=PauseKind.choices)
    reason = models.CharField("原因", max_length=500, blank=True)

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "门店停供"
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                name="pause_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="恢复供餐的日期必须晚于停供的日期。",
            ),
            models.CheckConstraint(
                name="pause_kind_known",
                condition=Q(kind__in=PauseKind.values),
                violation_error_message="请选择停供的种类。",
            ),
            models.CheckConstraint(
                name="pause_has_end",
                condition=Q(kind="suspension") | Q(valid_to__isnull=False),
                violation_error_message="停供日要写明最后一天。",
            ),
            models.CheckConstraint(
                name="pause_suspension_explained",
                condition=Q(kind="pause") | ~Q(reason=""),
                violation_error_message="暂停门店资格要写明原因。",
            ),
            ExclusionConstraint(
                name="pause_no_overlap",
                expressions=[
                    ("shop", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                condition=Q(archived_at__isnull=True),
                violation_error_message="这家门店在这段时间已登记停供，请核对日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.valid_from}"
