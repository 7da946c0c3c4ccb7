"""Projects that are built once: their steps, progress, pictures, equipment, acceptance and use."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cases.milestones import state_of
from cases.models.base import Case
from core.models import StoredFile, Versioned
from core.scope import Scoped

CURRENT = Q(archived_at__isnull=True)


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
    stage_on = models.DateField("进入阶段日期", null=True, blank=True)
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
            models.CheckConstraint(
                name="project_opened_is_in_use",
                condition=Q(opened_on__isnull=True) | Q(stage=ProjectStage.IN_USE),
                violation_error_message="填了实际投用日期的项目，阶段应为“投入使用”。",
            ),
            models.CheckConstraint(
                name="project_in_use_has_day",
                condition=~Q(stage=ProjectStage.IN_USE) | Q(opened_on__isnull=False),
                violation_error_message="投入使用的项目要填实际投用日期；已登记的项目用“更正阶段”补填。",
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
                condition=CURRENT,
                name="milestone_once",
                violation_error_message="这个项目已有同名节点。",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def standing(self) -> str:
        """Reached, overdue, planned or open, in words, as of today."""
        return state_of(self, timezone.localdate())[1]


class ProgressReport(Scoped, Versioned):
    """How far a project was on a day, in percent and in words. A fall is never silent."""

    project = models.ForeignKey(
        Project, models.CASCADE, verbose_name="建设项目", related_name="progress_reports"
    )
    reported_on = models.DateField("日期")
    percent = models.PositiveSmallIntegerField("进度（%）")
    summary = models.CharField("进展", max_length=500)
    fall_reason = models.CharField("回落原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "进度报告"
        ordering = ["-reported_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "reported_on"],
                condition=CURRENT,
                name="progress_once_a_day",
                violation_error_message="这一天已有进度报告，请修改原报告。",
            ),
            models.CheckConstraint(
                name="progress_within_hundred",
                condition=Q(percent__lte=100),
                violation_error_message="进度是 0 到 100 的整数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reported_on} {self.percent}%"


class ProjectPhoto(Scoped, Versioned):
    """A picture of a project, kept without the data of the camera and the place."""

    project = models.ForeignKey(Project, models.PROTECT, verbose_name="建设项目", related_name="photos")
    picture = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="照片", related_name="+")
    thumbnail = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="缩略图", related_name="+")
    caption = models.CharField("说明", max_length=120)
    taken_on = models.DateField("拍摄日期")

    class Meta:
        verbose_name = verbose_name_plural = "项目照片"
        ordering = ["-taken_on", "-id"]

    def __str__(self) -> str:
        return self.caption


class EquipmentState(models.TextChoices):
    ORDERED = "ordered", "已订购"
    ARRIVED = "arrived", "已到货"
    INSTALLED = "installed", "已安装"
    ACCEPTED = "accepted", "验收合格"
    FAILED = "failed", "验收不合格"
    RETIRED = "retired", "停用"


class Equipment(Scoped, Versioned):
    """Equipment of a project: one piece with its serial number, or several alike by their count."""

    project = models.ForeignKey(Project, models.CASCADE, verbose_name="建设项目", related_name="equipment")
    name = models.CharField("设备", max_length=120)
    serial_no = models.CharField("出厂编号", max_length=80, blank=True)
    quantity = models.PositiveIntegerField("数量（台）")
    unit_price = models.DecimalField(
        "单价（元）",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    state = models.CharField(
        "状态", max_length=10, choices=EquipmentState.choices, default=EquipmentState.ARRIVED
    )
    accepted_on = models.DateField("设备验收日期", null=True, blank=True)
    note = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "设备"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="equipment_counted",
                condition=Q(quantity__gt=0),
                violation_error_message="数量至少为1。",
            ),
            models.CheckConstraint(
                name="equipment_state_known",
                condition=Q(state__in=EquipmentState.values),
                violation_error_message="请选择设备的状态。",
            ),
            models.CheckConstraint(
                name="equipment_serial_is_single",
                condition=Q(serial_no="") | Q(quantity=1),
                violation_error_message="有出厂编号的设备一台登记一行，数量填1；几台相同的请不填编号。",
            ),
            models.CheckConstraint(
                name="equipment_accepted_has_day",
                condition=~Q(state=EquipmentState.ACCEPTED) | Q(accepted_on__isnull=False),
                violation_error_message="验收合格的设备要填设备验收日期。",
            ),
            models.UniqueConstraint(
                fields=["project", "serial_no"],
                condition=CURRENT & ~Q(serial_no=""),
                name="equipment_serial_once",
                violation_error_message="这个项目已有这个出厂编号的设备。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.serial_no}".strip()

    @property
    def value(self) -> Decimal | None:
        """What the pieces cost together."""
        return None if self.unit_price is None else self.unit_price * self.quantity


class AcceptanceResult(models.TextChoices):
    PASSED = "passed", "合格"
    CONDITIONAL = "conditional", "基本合格，限期整改"
    FAILED = "failed", "不合格"


class Acceptance(Scoped, Versioned):
    """One inspection of a finished project; a second one after what was found is a record of its own."""

    project = models.ForeignKey(Project, models.PROTECT, verbose_name="建设项目", related_name="acceptances")
    accepted_on = models.DateField("验收日期")
    verdict = models.CharField("结论", max_length=12, choices=AcceptanceResult.choices)
    findings = models.CharField("发现的问题", max_length=500, blank=True)
    rectify_by = models.DateField("整改期限", null=True, blank=True)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="验收文件", related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "验收记录"
        ordering = ["-accepted_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "accepted_on"],
                condition=CURRENT,
                name="acceptance_once_a_day",
                violation_error_message="这一天已有验收记录，请修改原记录。",
            ),
            models.CheckConstraint(
                name="acceptance_result_known",
                condition=Q(verdict__in=AcceptanceResult.values),
                violation_error_message="请选择验收结论。",
            ),
            models.CheckConstraint(
                name="acceptance_failure_explained",
                condition=Q(verdict=AcceptanceResult.PASSED) | ~Q(findings=""),
                violation_error_message="不是“合格”的，请写明发现的问题。",
            ),
            models.CheckConstraint(
                name="acceptance_rectified_after",
                condition=Q(rectify_by__isnull=True) | Q(rectify_by__gte=F("accepted_on")),
                violation_error_message="整改期限不能早于验收日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.accepted_on} {self.get_verdict_display()}"

    @property
    def is_passed(self) -> bool:
        return self.verdict != AcceptanceResult.FAILED


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
                condition=CURRENT,
                name="visit_once_a_day",
                violation_error_message="这一天已有使用记录，请修改原记录。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.visited_on} {self.person_times}人次"
