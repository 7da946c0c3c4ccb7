"""Projects that are built once, their steps, equipment and use."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from cases.models.base import Case
from core.models import Versioned
from core.scope import Scoped


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
