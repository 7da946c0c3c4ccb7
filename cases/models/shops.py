"""Shops that serve a programme's meals."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cases.models.base import DatedQuerySet
from cases.models.programmes import Programme
from core.models import Versioned
from core.scope import Scoped
from unions.models.employers import Dated


class PartnerShop(Scoped, Versioned, Dated):
    """A shop that serves a programme's meals under contract from `valid_from` until before `valid_to`."""

    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name="服务项目", related_name="shops")
    name = models.CharField("门店名称", max_length=120)
    office = models.CharField("所在街道（镇）", max_length=60, blank=True)

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

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
                name="shop_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="合同终止日期必须晚于起始日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
