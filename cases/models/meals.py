"""Meals that were served."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from cases.models.programmes import Enrolment, Programme
from cases.models.shops import PartnerShop
from core.scope import Scoped, ScopedQuerySet
from members.models import Person


class MealChannel(models.TextChoices):
    """How a meal came to be recorded; what the shop or a leader did for the worker is checked more closely."""

    WORKER_SCAN = "worker_scan", "职工扫码"
    SHOP_SCAN = "shop_scan", "门店扫卡"
    PROXY = "proxy", "代为登记"
    CLERK = "clerk", "工会登记"
    IMPORTED = "imported", "表格导入"


# A scan is evidence; what people wrote down may be a slip.
WRITTEN_BY_PEOPLE = (MealChannel.CLERK, MealChannel.IMPORTED, MealChannel.PROXY)


class MealQuerySet(ScopedQuerySet["MealCheckIn"]):
    def between(self, first: date, last: date) -> Self:
        return self.filter(served_on__range=(first, last))


class MealCheckIn(Scoped):
    """One valid meal of one enrolled worker: at most one a day, whatever programmes he is enrolled in.

    `person` is the enrolment's, filled in by the database and kept equal by a key over both. It is empty only
    in a second meal from before this was forbidden. `browser` is the random name of the worker's phone, by
    which one phone for many workers is noticed.
    """

    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        verbose_name="服务项目",
        related_name="meals",
        db_index=False,
        db_constraint=False,
    )
    shop = models.ForeignKey(
        PartnerShop, models.PROTECT, verbose_name="门店", related_name="meals", db_index=False
    )
    enrolment = models.ForeignKey(
        Enrolment,
        models.PROTECT,
        verbose_name="登记职工",
        related_name="meals",
        db_index=False,
        db_constraint=False,
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        editable=False,
        verbose_name="职工",
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    served_on = models.DateField("就餐日期")
    served_at = models.DateTimeField("就餐时间", null=True, blank=True)
    channel = models.CharField(
        "登记方式", max_length=12, choices=MealChannel.choices, db_default=MealChannel.CLERK
    )
    proxy_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, verbose_name="代登记人", related_name="+"
    )
    device = models.ForeignKey(
        "cases.CheckInDevice",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="门店手机",
        related_name="meals",
        db_index=False,
        db_constraint=False,
    )
    device_seq = models.PositiveBigIntegerField("手机序号", null=True, blank=True)
    browser = models.CharField("浏览器", max_length=16, blank=True, editable=False, db_default="")

    objects: ClassVar[MealQuerySet] = MealQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "就餐打卡"
        ordering = ["-served_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "served_on"],
                name="meal_once_a_day",
                violation_error_message="此人当天已就餐，一天只能一份。",
            ),
            models.UniqueConstraint(
                fields=["device", "device_seq"],
                name="meal_entry_once",
                violation_error_message="手机的同一条记录只能收一次。",
            ),
            models.CheckConstraint(
                name="meal_channel_known",
                condition=models.Q(channel__in=MealChannel.values),
                violation_error_message="请选择登记方式。",
            ),
            models.CheckConstraint(
                name="meal_proxy_named",
                condition=models.Q(channel=MealChannel.PROXY, proxy_by__isnull=False)
                | (~models.Q(channel=MealChannel.PROXY) & models.Q(proxy_by__isnull=True)),
                violation_error_message="代为登记的要写明代登记人；不是代为登记的不填。",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "served_on"], name="meal_programme_day"),
            models.Index(fields=["shop", "served_on", "served_at"], name="meal_shop_time"),
            # The settlement looks at what was booked for others, a small part of a month, by this alone.
            models.Index(
                fields=["programme", "served_on"],
                name="meal_booked",
                include=["id", "county", "shop", "proxy_by", "served_at"],
                condition=models.Q(channel=MealChannel.PROXY),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.served_on} {self.shop} 登记编号{self.enrolment_id}"

    @property
    def is_scan(self) -> bool:
        return self.channel not in WRITTEN_BY_PEOPLE

    @property
    def served_time(self) -> str:
        """The time of day, as people write it; empty where only the day is known."""
        return f"{timezone.localtime(self.served_at):%H:%M}" if self.served_at else ""
