"""Figures: computed from rows, declared by counties, printed in documents; targets and runs."""

import re
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.models import Versioned
from core.quarters import Quarter
from core.scope import Scoped
from metrics.words import count, percent, signed

QUARTER = RegexValidator(r"^\d{4}Q[1-4]$", "季度写成 2023Q1 这样的形式。")
DIGITS, PLACES = 18, 2


class ComputationRun(Scoped):
    """One computation of one or more quarters: what was asked, how far it got, how long it took."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "计算中"
        SUCCEEDED = "succeeded", "已完成"
        FAILED = "failed", "未完成"

    quarters = models.JSONField("季度", default=list)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    figures_written = models.PositiveIntegerField("写入指标数", default=0)
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    error = models.CharField("错误", max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发起人", related_name="+")
    created_at = models.DateTimeField("创建时间", default=timezone.now)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标计算"
        ordering = ["-id"]

    def __str__(self) -> str:
        return "、".join(Quarter.parse(quarter).label for quarter in self.quarters)

    @property
    def seconds(self) -> float | None:
        if not self.started_at or not self.finished_at:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class Halves(models.Model):
    """A numerator and a denominator. Divide last; unknown is None; nothing is clamped."""

    numerator = models.DecimalField("分子", max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True)
    denominator = models.DecimalField("分母", max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def rate(self) -> Decimal | None:
        if self.numerator is None or not self.denominator:
            return None
        return self.numerator / self.denominator

    @property
    def is_impossible(self) -> bool:
        """A part larger than its whole."""
        return (
            self.numerator is not None and self.denominator is not None and self.numerator > self.denominator
        )


class Figure(Scoped, Halves):
    """The computed value of one indicator for one union, quarter and group."""

    indicator = models.CharField("指标", max_length=8)
    quarter = models.CharField("季度", max_length=6, validators=[QUARTER])
    group_key = models.CharField("分组", max_length=16, blank=True)
    group_value = models.CharField("组别", max_length=60, blank=True)
    run = models.ForeignKey(ComputationRun, models.PROTECT, verbose_name="计算批次", related_name="figures")

    class Meta:
        verbose_name = verbose_name_plural = "指标数值"
        ordering = ["indicator", "quarter", "union_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "union", "indicator", "group_key", "group_value"],
                name="figure_once",
                violation_error_message="同一指标、季度、工会和组别只有一个数值。",
            )
        ]
        indexes = [
            models.Index(
                fields=["county"], name="figure_impossible", condition=Q(numerator__gt=F("denominator"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.quarter}"


class TargetQuerySet(models.QuerySet["IndicatorTarget"]):
    """Targets come from above and hold below; both directions are open."""

    def visible_to(self, actor: Any) -> Self:
        """Targets of the actor's part of the tree and of the unions above it."""
        if not getattr(actor, "is_authenticated", False):
            return self.none()
        above = actor.scope_path.strip("/").split("/")
        return self.filter(Q(union__path__startswith=actor.scope_path) | Q(union__code__in=above))

    def holding(self, union: Any, quarter: str) -> Self:
        """Targets that hold for a union in a quarter, the nearest and newest first."""
        current = Q(until_quarter="") | Q(until_quarter__gte=quarter)
        of_union = self.filter(
            current,
            archived_at__isnull=True,
            union__code__in=union.ancestor_codes(),
            from_quarter__lte=quarter,
        )
        return of_union.order_by("-union__path", "-from_quarter")


class IndicatorTarget(Versioned):
    """The value an indicator should reach in a place, from a quarter on."""

    class Direction(models.TextChoices):
        AT_LEAST = "at_least", "不低于"
        MORE_THAN = "more_than", "高于"

    indicator = models.CharField("指标", max_length=8)
    union = models.ForeignKey(
        settings.UNION_MODEL, models.PROTECT, verbose_name="适用工会及其下级", related_name="+"
    )
    value = models.DecimalField("目标值（%）", max_digits=5, decimal_places=1)
    direction = models.CharField("要求", max_length=10, choices=Direction.choices, default=Direction.AT_LEAST)
    from_quarter = models.CharField("起始季度", max_length=6, validators=[QUARTER])
    until_quarter = models.CharField("截止季度", max_length=6, validators=[QUARTER], blank=True)
    source = models.CharField("依据", max_length=200)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标值"
        ordering = ["indicator", "-from_quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "union", "from_quarter"],
                condition=Q(archived_at__isnull=True),
                name="target_once",
                violation_error_message="这个季度已有目标值。",
            ),
            models.CheckConstraint(
                name="target_is_percentage",
                condition=Q(value__gt=0, value__lte=100),
                violation_error_message="目标值在0到100之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.words}"

    @property
    def words(self) -> str:
        return f"{self.get_direction_display()} {self.value_words}%"

    @property
    def value_words(self) -> str:
        return f"{self.value.normalize():f}"

    def is_met_by(self, rate: Decimal) -> bool:
        """Whether a rate (a fraction) reaches the target."""
        percent = rate * 100
        return percent > self.value if self.direction == self.Direction.MORE_THAN else percent >= self.value


class SourceDocument(Versioned):
    """A published document whose figures are kept as printed."""

    code = models.CharField("编号", max_length=10, unique=True)
    title = models.CharField("名称", max_length=200)
    issuer = models.CharField("发布单位", max_length=120, blank=True)
    published_on = models.DateField("发布日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "来源文献"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title


class DeclaredFigure(Scoped, Versioned, Halves):
    """A figure as a county declared it, beside the computed one; kept as it stands in the document."""

    indicator = models.CharField("指标", max_length=8)
    quarter = models.CharField("季度", max_length=6, validators=[QUARTER])
    group_key = models.CharField("分组", max_length=16, blank=True)
    group_value = models.CharField("组别", max_length=60, blank=True)
    printed = models.CharField("原文写法", max_length=40, blank=True)
    as_of = models.DateField("截至日期", null=True, blank=True)
    source = models.CharField("来源", max_length=200, blank=True)
    document = models.ForeignKey(
        SourceDocument, models.PROTECT, null=True, blank=True, verbose_name="来源文献", related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "申报数"
        ordering = ["indicator", "quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "union", "indicator", "group_key", "group_value"],
                condition=Q(archived_at__isnull=True),
                name="declared_once",
                violation_error_message="这个工会、指标和季度已有申报数。写错的请打开原来的一条修改，不要重复申报。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.quarter} {self.printed}"

    @property
    def group_label(self) -> str:
        """The group in words, empty for the whole."""
        from metrics.indicators import REGISTRY  # the facts behind them read other models

        declared = REGISTRY.get(self.indicator)
        return declared.group_label(self.group_key, self.group_value) if declared else self.group_value

    @property
    def numerator_words(self) -> str:
        return "" if self.numerator is None else count(self.numerator)

    @property
    def denominator_words(self) -> str:
        return "" if self.denominator is None else count(self.denominator)

    @property
    def rate_words(self) -> str:
        """The rate; where the part is larger than its whole, both halves instead."""
        return (
            f"{self.numerator_words}/{self.denominator_words}" if self.is_impossible else percent(self.rate)
        )

    @property
    def computed_words(self) -> str:
        """Both halves as the portal computed them, on rows read beside them (`beside_computed`)."""
        top, bottom = self._computed()
        return "" if top is None and bottom is None else f"{count(top)}/{count(bottom)}"

    @property
    def difference_words(self) -> str:
        """How the declared halves stand to the computed ones."""
        top, bottom = self._computed()
        if None in (top, bottom, self.numerator, self.denominator):
            return "没有计算数"
        if (top, bottom) == (self.numerator, self.denominator):
            return "一致"
        return f"分子 {signed(self.numerator - top)}，分母 {signed(self.denominator - bottom)}"

    def _computed(self) -> tuple[Any, Any]:
        return getattr(self, "computed_numerator", None), getattr(self, "computed_denominator", None)


class PrintedFigure(Scoped, Versioned):
    """A figure from a published document, as printed, with its precision, source and date."""

    class Qualifier(models.TextChoices):
        EXACT = "exact", ""
        NEAR_BELOW = "near_below", "近"
        MORE_THAN = "more_than", "余"
        ABOUT = "about", "约"
        AT_LEAST = "at_least", "不少于"
        TARGET = "target", "目标"
        NORM = "norm", "标准"

    code = models.CharField("编号", max_length=10, unique=True)
    topic = models.CharField("主题", max_length=60)
    label = models.CharField("项目", max_length=120)
    value_text = models.CharField("数值", max_length=60)
    unit = models.CharField("单位", max_length=20, blank=True)
    qualifier = models.CharField("精度", max_length=10, choices=Qualifier.choices, default=Qualifier.EXACT)
    as_of = models.CharField("截至", max_length=40, blank=True)
    document = models.ForeignKey(
        SourceDocument, models.PROTECT, verbose_name="来源文献", related_name="figures"
    )
    is_uncertain = models.BooleanField("原文不清", default=False)
    note = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文献数字"
        ordering = ["code"]

    @property
    def words(self) -> str:
        """The figure with its precision, as one says it: 近1000家, 3500余场次, 2,000,000人次."""
        number = f"{int(self.value_text):,}" if re.fullmatch(r"\d{5,}", self.value_text) else self.value_text
        qualifier = str(self.get_qualifier_display())
        if self.qualifier == self.Qualifier.MORE_THAN:
            return f"{number}{qualifier}{self.unit}"
        return f"{qualifier}{number}{self.unit}"

    def __str__(self) -> str:
        return f"{self.label} {self.words}"
