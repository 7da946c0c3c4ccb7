"""Employers: the base of every coverage rate. Everything about them is dated, so any quarter end can be asked."""

from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.fields.ranges import DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet


class DateSpan(Func):
    """daterange(valid_from, valid_to): from inclusive, to exclusive, open where null."""

    function = "daterange"
    output_field = DateRangeField()


def span() -> DateSpan:
    return DateSpan("valid_from", "valid_to", RangeBoundary())


class Ownership(models.TextChoices):
    PUBLIC = "public", "公有制企业"
    NON_PUBLIC = "non_public", "非公有制企业"
    INSTITUTION = "institution", "事业单位"
    ADMINISTRATION = "administration", "机关"
    SOCIAL_ORG = "social_org", "社会组织"
    OTHER = "other", "其他"


INDUSTRIES: tuple[tuple[str, str], ...] = (
    ("A", "农、林、牧、渔业"),
    ("B", "采矿业"),
    ("C", "制造业"),
    ("D", "电力、热力、燃气及水生产和供应业"),
    ("E", "建筑业"),
    ("F", "批发和零售业"),
    ("G", "交通运输、仓储和邮政业"),
    ("H", "住宿和餐饮业"),
    ("I", "信息传输、软件和信息技术服务业"),
    ("J", "金融业"),
    ("K", "房地产业"),
    ("L", "租赁和商务服务业"),
    ("M", "科学研究和技术服务业"),
    ("N", "水利、环境和公共设施管理业"),
    ("O", "居民服务、修理和其他服务业"),
    ("P", "教育"),
    ("Q", "卫生和社会工作"),
    ("R", "文化、体育和娱乐业"),
    ("S", "公共管理、社会保障和社会组织"),
    ("T", "国际组织"),
)


class EmployerQuerySet(ScopedQuerySet["Employer"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True, closed_on__isnull=True)


class Employer(Scoped, Versioned):
    """An employer on a county's base register, kept by that county's union (`union`)."""

    name = models.CharField("单位名称", max_length=120)
    name_sort = models.CharField("拼音", max_length=400, editable=False, default="")
    credit_code = models.CharField("统一社会信用代码", max_length=18, null=True, blank=True, unique=True)
    ownership = models.CharField("单位性质", max_length=16, choices=Ownership.choices)
    industry_code = models.CharField("所属行业", max_length=1, choices=INDUSTRIES, blank=True)
    is_legal_entity = models.BooleanField("法人单位", default=True)
    listed_on = models.DateField("列入名录日期")
    closed_on = models.DateField("注销日期", null=True, blank=True)

    objects: ClassVar[EmployerQuerySet] = EmployerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "用人单位"
        ordering = ["name_sort", "id"]
        constraints = [
            models.CheckConstraint(
                name="employer_closed_after_listed",
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("listed_on")),
                violation_error_message="注销日期不能早于列入名录日期。",
            ),
            models.CheckConstraint(
                name="employer_ownership_known",
                condition=Q(ownership__in=Ownership.values),
                violation_error_message="请选择单位性质。",
            ),
        ]
        indexes = [models.Index(fields=["county", "name_sort", "id"], name="employer_county_name")]

    # Filled by `unions.resources.employer_rows` with what holds today.
    headcounts_now: "list[EmployerHeadcount]"
    coverages_now: "list[UnitCoverage]"

    def __str__(self) -> str:
        return self.name

    @property
    def workers_now(self) -> int | None:
        return self.headcounts_now[0].workers if self.headcounts_now else None

    @property
    def counted_on_now(self) -> date | None:
        return self.headcounts_now[0].valid_from if self.headcounts_now else None

    @property
    def covered_by_now(self) -> str:
        return "、".join(coverage.union.name for coverage in self.coverages_now)


class Dated(models.Model):
    """A fact that holds from one day to the day before another; open where `valid_to` is empty."""

    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True, blank=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """An end before its start is told at the field: PostgreSQL makes no range of it that could overlap another."""
        super().clean()
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            ordered = (c for c in self._meta.constraints if c.name.endswith("_ends_after_start"))
            said = (str(constraint.violation_error_message) for constraint in ordered)
            raise ValidationError({"valid_to": next(said, "终止日期必须晚于起始日期。")})

    def is_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


class UnitCoverage(Scoped, Versioned, Dated):
    """An employer covered by a union (`union`): its own, a joint one or a federation."""

    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="coverages", db_constraint=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "工会覆盖"
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                name="coverage_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于起始日期。",
            ),
            ExclusionConstraint(
                name="coverage_no_overlap",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    ("union", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="这家单位在这段时间已由该工会覆盖，不能重复登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer} {self.valid_from}"


class EmployerHeadcount(Scoped, Versioned, Dated):
    """Workers of an employer as counted at a day; holds until the next count."""

    employer = models.ForeignKey(
        Employer, models.CASCADE, verbose_name="用人单位", related_name="headcounts", db_constraint=False
    )
    workers = models.PositiveIntegerField("职工数（人）")
    female_workers = models.PositiveIntegerField("女职工数（人）", null=True, blank=True)
    rural_migrants = models.PositiveIntegerField("农民工数（人）", null=True, blank=True)
    new_employment = models.PositiveIntegerField("新就业形态劳动者（人）", null=True, blank=True)
    source = models.CharField("数据来源", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "用人单位职工数"
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                name="headcount_parts_within_whole",
                condition=(Q(female_workers__isnull=True) | Q(female_workers__lte=F("workers")))
                & (Q(rural_migrants__isnull=True) | Q(rural_migrants__lte=F("workers")))
                & (Q(new_employment__isnull=True) | Q(new_employment__lte=F("workers"))),
                violation_error_message="女职工、农民工、新就业形态劳动者都不能多于职工总数。",
            ),
            ExclusionConstraint(
                name="headcount_no_overlap",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="这段时间已有职工数，请修改原记录。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from} {self.workers}人"


class DemocraticKind(models.TextChoices):
    CONGRESS = "congress", "职工代表大会"
    DISCLOSURE = "disclosure", "厂务公开"


class SystemForm(models.TextChoices):
    OWN = "own", "本单位"
    REGIONAL = "regional", "区域性"
    SECTOR = "sector", "行业性"


class DemocraticSystem(Scoped, Versioned, Dated):
    """A workers' congress or open management of an employer, from set-up until it lapsed."""

    employer = models.ForeignKey(
        Employer,
        models.PROTECT,
        verbose_name="用人单位",
        related_name="democratic_systems",
        db_constraint=False,
    )
    kind = models.CharField("制度", max_length=10, choices=DemocraticKind.choices)
    form = models.CharField("形式", max_length=10, choices=SystemForm.choices, default=SystemForm.OWN)
    last_session_on = models.DateField("最近一次会议", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "民主管理制度"
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                name="democracy_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于建制日期。",
            ),
            ExclusionConstraint(
                name="democracy_no_overlap",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="这家单位在这段时间已建立该项制度，不能重复登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.employer}"
