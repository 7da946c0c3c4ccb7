"""Programmes that run day by day, projects that are built once, and what happens in them.

What differs only in fields and stages is declared in `cases.kinds`; tables here are for what has volume,
money or constraints.
"""

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cases.kinds import Kind, kind_of
from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet
from members.models import Person
from unions.models.employers import Dated, span


class CaseQuerySet(ScopedQuerySet["Case"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)


class Case(Scoped, Versioned):
    """What programmes and projects share: a declared kind, a name and the kind's own fields."""

    kind = models.CharField("种类", max_length=30)
    name = models.CharField("名称", max_length=120)
    name_sort = models.CharField("拼音", max_length=400, editable=False, default="")
    attributes = models.JSONField("种类字段", default=dict, blank=True)
    note = models.TextField("说明", max_length=2000, blank=True)

    objects: ClassVar[CaseQuerySet] = CaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def declared_kind(self) -> Kind | None:
        """The declaration of the row's kind."""
        return kind_of(self.kind)


class DatedQuerySet(ScopedQuerySet[Any]):
    """Shops and enrolments: what holds from one day to the day before another."""

    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)

    def on(self, day: date) -> Self:
        return self.active().filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def open(self) -> Self:
        return self.active().filter(valid_to__isnull=True)


class Programme(Case):
    """A service that runs for a time, such as the sanitation workers' breakfast."""

    started_on = models.DateField("开始日期")
    ended_on = models.DateField("结束日期", null=True, blank=True)
    face_value = models.DecimalField(
        "每份标准（元）",
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = verbose_name_plural = "服务项目"
        ordering = ["name_sort", "id"]
        constraints = [
            models.CheckConstraint(
                name="programme_ends_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="programme_face_value_not_negative",
                condition=Q(face_value__isnull=True) | Q(face_value__gte=0),
                violation_error_message="每份标准不能是负数。",
            ),
        ]

    @property
    def serves_meals(self) -> bool:
        """Whether the programme has shops and meals."""
        return self.declared_kind is not None and self.declared_kind.serves_meals

    def runs_on(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


class ProjectStage(models.TextChoices):
    PROPOSED = "proposed", "提出"
    APPROVED = "approved", "批准"
    FUNDED = "funded", "资金落实"
    CONSTRUCTION = "construction", "施工"
    ACCEPTED = "accepted", "验收"
    IN_USE = "in_use", "投入使用"


class Project(Case):
    """Something built or bought once, such as a plateau oxygen bar, paid by one or several sources."""

    stage = models.CharField(
        "阶段", max_length=12, choices=ProjectStage.choices, default=ProjectStage.PROPOSED
    )
    stated_total = models.DecimalField(
        "总投资（元，照文件）",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="照文件填写。与资金明细之和不一致时，系统会提出待核，不会自动改动。",
    )
    planned_open_on = models.DateField("计划投用日期", null=True, blank=True)
    opened_on = models.DateField("实际投用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "建设项目"
        ordering = ["name_sort", "id"]
        constraints = [
            models.CheckConstraint(
                name="project_stage_known",
                condition=Q(stage__in=ProjectStage.values),
                violation_error_message="请选择阶段。",
            ),
            models.CheckConstraint(
                name="project_total_not_negative",
                condition=Q(stated_total__isnull=True) | Q(stated_total__gte=0),
                violation_error_message="总投资不能是负数。",
            ),
        ]


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


class Enrolment(Scoped, Versioned, Dated):
    """A worker may use a programme from `valid_from` until before `valid_to`; a return is a new spell."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="服务项目", related_name="enrolments"
    )
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="职工", related_name="enrolments")
    office = models.CharField("所在街道（镇）", max_length=60, blank=True)

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "登记职工"
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="enrolment_once_at_a_time",
                expressions=[
                    ("programme", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="此人在这段时间已登记在这个项目中。",
            ),
            models.CheckConstraint(
                name="enrolment_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于起始日期。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)


class MealQuerySet(ScopedQuerySet["MealCheckIn"]):
    def between(self, first: date, last: date) -> Self:
        return self.filter(served_on__range=(first, last))


class MealCheckIn(Scoped):
    """One valid meal of one enrolled worker: at most one a day."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="服务项目", related_name="meals", db_index=False
    )
    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="meals")
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, verbose_name="登记职工", related_name="meals", db_index=False
    )
    served_on = models.DateField("就餐日期")

    objects: ClassVar[MealQuerySet] = MealQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "就餐打卡"
        ordering = ["-served_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "served_on"],
                name="meal_once_a_day",
                violation_error_message="此人当天已就餐，一天只能一份。",
            )
        ]
        indexes = [models.Index(fields=["programme", "served_on"], name="meal_programme_day")]

    def __str__(self) -> str:
        return f"{self.served_on} {self.enrolment_id}"


class Milestone(Scoped, Versioned):
    """A step of a project with its planned and its real day."""

    project = models.ForeignKey(Project, models.CASCADE, verbose_name="建设项目", related_name="milestones")
    label = models.CharField("节点", max_length=60)
    planned_on = models.DateField("计划日期", null=True, blank=True)
    reached_on = models.DateField("完成日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "项目节点"
        ordering = ["planned_on", "reached_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "label"],
                name="milestone_once",
                violation_error_message="这个项目已有同名节点。",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Equipment(Scoped, Versioned):
    """Equipment of a project, counted in pieces."""

    project = models.ForeignKey(Project, models.CASCADE, verbose_name="建设项目", related_name="equipment")
    name = models.CharField("设备", max_length=120)
    quantity = models.PositiveIntegerField("数量（台）")
    unit_price = models.DecimalField(
        "单价（元）",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = verbose_name_plural = "设备"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="equipment_counted",
                condition=Q(quantity__gt=0),
                violation_error_message="数量至少为1。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Visit(Scoped, Versioned):
    """Use of an opened project on one day, in person-times."""

    project = models.ForeignKey(Project, models.PROTECT, verbose_name="建设项目", related_name="visits")
    visited_on = models.DateField("日期")
    person_times = models.PositiveIntegerField("人次")
    oxygen_hours = models.DecimalField(
        "供氧时长（小时）",
        max_digits=8,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = verbose_name_plural = "使用记录"
        ordering = ["-visited_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "visited_on"],
                name="visit_once_a_day",
                violation_error_message="这一天已有使用记录，请修改原记录。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.visited_on} {self.person_times}人次"
