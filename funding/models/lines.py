"""Who pays and how much, at which stage. Yuan with two decimals; 万元 is a way to show it."""

from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from cases.models import Programme, Project
from core.models import StoredFile, Versioned
from core.scope import Scoped, ScopedQuerySet


class SourceKind(models.TextChoices):
    SUPERIOR_UNION = "superior_union", "上级工会"
    COUNTERPART = "counterpart", "对口援助"
    ENTERPRISE = "enterprise", "援建企业"
    COUNTY_MATCH = "county_match", "县级配套"
    DONATION = "donation", "社会捐赠"
    WORKER = "worker", "职工个人"
    TREASURY = "treasury", "财政"


class FundingSource(Scoped, Versioned):
    """Somebody who pays, as one county's union knows them (`union`)."""

    name = models.CharField("资金来源", max_length=120)
    kind = models.CharField("类别", max_length=16, choices=SourceKind.choices)

    class Meta:
        verbose_name = verbose_name_plural = "资金来源"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "name"],
                name="source_once",
                violation_error_message="本工会已登记过同名资金来源。",
            ),
            models.CheckConstraint(
                name="source_kind_known",
                condition=Q(kind__in=SourceKind.values),
                violation_error_message="请选择资金来源的类别。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FundStage(models.TextChoices):
    """How far the money of a line has come. Each stage is a line of its own: stages are never summed."""

    INTENDED = "intended", "意向"
    APPLIED = "applied", "申报"
    APPROVED = "approved", "批复"
    RECEIVED = "received", "到位"
    SPENT = "spent", "支出"
    RETURNED = "returned", "退回"


class FundingLineQuerySet(ScopedQuerySet["FundingLine"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)


class FundingLine(Scoped, Versioned):
    """One amount of one source for one project or programme at one stage, with its document."""

    project = models.ForeignKey(
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="建设项目",
        related_name="funding_lines",
    )
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="服务项目",
        related_name="funding_lines",
    )
    source = models.ForeignKey(FundingSource, models.PROTECT, verbose_name="资金来源", related_name="lines")
    stage = models.CharField("阶段", max_length=10, choices=FundStage.choices)
    amount = models.DecimalField(
        "金额（元）", max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    recorded_on = models.DateField("日期")
    document_no = models.CharField("文号或凭证号", max_length=80, blank=True)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="凭证文件", related_name="+"
    )
    is_match = models.BooleanField("配套资金", default=False)
    note = models.CharField("备注", max_length=300, blank=True)

    objects: ClassVar[FundingLineQuerySet] = FundingLineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "资金明细"
        ordering = ["-recorded_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="line_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="金额必须大于0；退回的钱另记一条“退回”。",
            ),
            models.CheckConstraint(
                name="line_stage_known",
                condition=Q(stage__in=FundStage.values),
                violation_error_message="请选择资金阶段。",
            ),
            models.CheckConstraint(
                name="line_belongs_to_one",
                condition=Q(project__isnull=False, programme__isnull=True)
                | Q(project__isnull=True, programme__isnull=False),
                violation_error_message="一条资金要么属于一个建设项目，要么属于一个服务项目。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.get_stage_display()} {self.amount}"

    @property
    def subject(self) -> Project | Programme:
        subject = self.project or self.programme
        assert subject is not None
        return subject
