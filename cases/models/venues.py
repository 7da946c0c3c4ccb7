"""Whether a venue in use keeps the six-have standard (六有) of stations for outdoor workers."""

from django.db import models
from django.db.models import F, Q

from cases.models.projects import CURRENT, Project
from core.models import Versioned
from core.scope import Scoped

# The six items of the standard for outdoor workers' stations, in its order, with their labels.
SIX_ITEMS = {
    "has_sign": "有名称标识",
    "has_place": "有合适场地",
    "has_facilities": "有服务设施",
    "has_services": "有服务功能",
    "has_rules": "有管理制度",
    "is_on_map": "已上站点地图",
}
ALL_SIX = Q(**dict.fromkeys(SIX_ITEMS, True))


class VenueCheck(Scoped, Versioned):
    """What an inspector found on a day, item by item; only all six together meet the standard."""

    project = models.ForeignKey(Project, models.PROTECT, verbose_name="建设项目", related_name="venue_checks")
    checked_on = models.DateField("检查日期")
    has_sign = models.BooleanField(SIX_ITEMS["has_sign"])
    has_place = models.BooleanField(SIX_ITEMS["has_place"])
    has_facilities = models.BooleanField(SIX_ITEMS["has_facilities"])
    has_services = models.BooleanField(SIX_ITEMS["has_services"])
    has_rules = models.BooleanField(SIX_ITEMS["has_rules"])
    is_on_map = models.BooleanField(SIX_ITEMS["is_on_map"])
    findings = models.CharField("缺什么", max_length=300, blank=True)
    rectify_by = models.DateField("整改期限", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "六有检查"
        ordering = ["-checked_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "checked_on"],
                condition=CURRENT,
                name="venuecheck_once_a_day",
                violation_error_message="这一天已有六有检查，请修改原记录。",
            ),
            models.CheckConstraint(
                name="venuecheck_missing_explained",
                condition=ALL_SIX | ~Q(findings=""),
                violation_error_message="六项没有都做到的，请写明缺什么。",
            ),
            models.CheckConstraint(
                name="venuecheck_rectified_after",
                condition=Q(rectify_by__isnull=True) | Q(rectify_by__gte=F("checked_on")),
                violation_error_message="整改期限不能早于检查日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checked_on} {self.score}"

    @property
    def met(self) -> int:
        """How many of the six items were found."""
        return sum(getattr(self, name) for name in SIX_ITEMS)

    @property
    def score(self) -> str:
        return "六有达标" if self.met == len(SIX_ITEMS) else f"{self.met}/{len(SIX_ITEMS)}"

    @property
    def missing(self) -> list[str]:
        """Labels of the items that were not found."""
        return [label for name, label in SIX_ITEMS.items() if not getattr(self, name)]
