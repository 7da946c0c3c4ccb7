"""Scans that look as if somebody cheats or a phone lost something; found by the database, decided by people."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from cases.models.devices import CheckInDevice
from cases.models.programmes import Enrolment, Programme
from cases.models.shops import PartnerShop
from core.scope import Scoped


class AnomalyKind(models.TextChoices):
    """What is looked for; the limits stand in the migration that makes the view."""

    SHARED_PHONE = "shared_phone", "一部手机替多人打卡"
    MANY_CARDS = "many_cards", "一部门店手机扫卡过多"
    TWO_SHOPS = "two_shops", "十分钟内在两家门店"
    RAPID = "rapid", "三秒内连扫两人"
    OFF_HOURS = "off_hours", "不供餐时打卡"
    GAP = "gap", "手机序号缺号"


class ScanWindow(Scoped):
    """The three months up to a programme's latest scan, in which anomalies are looked for: a view, one row each."""

    programme = models.OneToOneField(
        Programme, models.DO_NOTHING, primary_key=True, db_column="id", related_name="+"
    )
    since = models.DateField("从")
    until = models.DateField("到")

    class Meta:
        managed = False
        db_table = "cases_scanwindow"
        verbose_name = verbose_name_plural = "打卡异常的时间段"
        ordering = ["-until", "programme"]

    def __str__(self) -> str:
        return f"{self.programme} {self.since} 至 {self.until}"


class ScanAnomaly(Scoped):
    """Suspicious scans of one day and one subject, within the programme's window: a view over meals and
    rejected scans.
    """

    shop = models.ForeignKey(PartnerShop, models.DO_NOTHING, verbose_name="门店", related_name="+")
    device = models.ForeignKey(
        CheckInDevice, models.DO_NOTHING, null=True, verbose_name="门店手机", related_name="+"
    )
    enrolment = models.ForeignKey(
        Enrolment, models.DO_NOTHING, null=True, verbose_name="登记职工", related_name="+"
    )
    kind = models.CharField("异常", max_length=12, choices=AnomalyKind.choices)
    day = models.DateField("日期")
    scans = models.PositiveIntegerField("打卡次数")
    workers = models.PositiveIntegerField("职工人数")
    first_at = models.DateTimeField("最早")
    last_at = models.DateTimeField("最晚")
    missing = models.PositiveIntegerField("缺号数", null=True)
    meals = ArrayField(models.BigIntegerField(), verbose_name="就餐打卡")
    rejected = ArrayField(models.BigIntegerField(), verbose_name="未成功的打卡")

    class Meta:
        managed = False
        db_table = "cases_scananomaly"
        verbose_name = verbose_name_plural = "打卡异常"
        ordering = ["-day", "-id"]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"
